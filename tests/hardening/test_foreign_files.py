"""Every command with every form of output, amid files that are not evenhand's, which stay."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import ROWS
from damage import json_bytes
from foreign import lookalike, state_of, surround
from test_fuzz_readers import REPORT

from evenhand.cli.main import run
from evenhand.data import build_dataset
from evenhand.remediation import train_baseline

SCORES = "id,prediction,counterfactual_prediction,label\n" + "".join(
    f"{i},0.{i % 9 + 1},0.{i % 8 + 1},{i % 2}\n" for i in range(40)
)
GATE = '[[gate.rules]]\nmetric = "flip_rate"\nmax = 0.9\n'
RUN_FILE = f"""
[data]
text_column = "text"
label_column = "toxic"
[data.train]
inputs = ["rows.csv"]
[data.test]
inputs = ["rows.csv"]
[baseline]
epochs = 1
[train]
epochs = 1
{GATE}"""
DONE = (0, 1)  # 1 is the gate's, or that no epoch keeps the limits


@dataclass(frozen=True)
class Command:
    """A command that writes.

    Attributes:
        words: The command; ``IN`` stands for the folder of inputs, ``OUT`` for its output.
        inputs: What it reads, inside that folder.
        name: Of its output.
        overwrites: Whether it has ``--overwrite``.
        beside: What else it writes, beside its output.
    """

    words: str
    inputs: Sequence[str]
    name: str = "out"
    overwrites: bool = True
    beside: Sequence[str] = ()

    def __call__(self, inputs: Path, output: Path, *options: str) -> int:
        words = self.words.replace("IN/", f"{inputs}/").split()
        return run([str(output) if word == "OUT" else word for word in words] + [*options])


slow = pytest.mark.slow
TRAINED = "--baseline IN/baseline.keras --data IN/cf --epochs 1 --output OUT"
FOLDERS = {
    "data build": Command("data build IN/rows.csv --output OUT", ["rows.csv"]),
    "data build with one's own lexicon": Command(
        "data build IN/rows.csv --terms IN/terms.txt --output OUT", ["rows.csv", "terms.txt"]
    ),
    "data build of a folder": Command("data build IN/parts --output OUT", ["parts"]),
    "data sample": Command("data sample --rows 1000 --output OUT", []),
    "data export": Command("data export IN/cf --output OUT", ["cf"]),
    "evaluate predictions": Command(
        "evaluate flip-rate --predictions IN/scores.csv --compare-to IN/more.csv --output OUT",
        ["scores.csv", "more.csv"],
    ),
    "evaluate a model": Command(
        "evaluate flip-rate --model IN/baseline.keras --data IN/cf --no-cache --output OUT",
        ["baseline.keras", "cf"],
    ),
    "remediate train": Command(f"remediate train {TRAINED}", ["baseline.keras", "cf"]),
    "remediate sweep": Command(
        f"remediate sweep {TRAINED} --loss-weight 1 --loss-weight 2", ["baseline.keras", "cf"]
    ),
}
QUICK = ("data build", "data build with one's own lexicon", "data build of a folder",
         "data sample", "data export")  # fmt: skip
FILES = {
    "gate --junit": Command(
        "gate --report IN/report/report.json --config IN/gate.toml --junit OUT",
        ["report/report.json", "gate.toml"],
        overwrites=False,
    ),
    "gate --sarif": Command(
        "gate --report IN/report --config IN/gate.toml --sarif OUT",
        ["report", "gate.toml"],
        overwrites=False,
    ),
    "gate --markdown": Command(
        "gate --report IN/report --reference IN/other --config IN/gate.toml --markdown OUT",
        ["report", "other", "gate.toml"],
        overwrites=False,
    ),
    "report compare": Command(
        "report compare IN/report IN/other --output OUT", ["report", "other"], overwrites=False
    ),
    "gate init": Command("gate init --report IN/report --output OUT", ["report"], "out.toml"),
    "init": Command(
        "init --data IN/rows.csv --test-data IN/parts --text-column text --label-column toxic "
        "--terms IN/terms.txt --output OUT",
        ["rows.csv", "parts", "terms.txt"],
        "out.toml",
    ),
    "remediate baseline": Command(
        "remediate baseline --data IN/cf --epochs 1 --output OUT",
        ["cf"],
        "out.keras",
        beside=["out.keras.json"],
    ),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the inputs of all commands but the model."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "parts").mkdir()
    for name in ("rows.csv", "parts/1.csv"):
        (folder / name).write_text(ROWS)
    for name in ("scores.csv", "more.csv"):
        (folder / name).write_text(SCORES)
    for name in ("report", "other"):
        (folder / name).mkdir()
        (folder / name / "report.json").write_bytes(json_bytes(REPORT))
    (folder / "terms.txt").write_text("she\nhe\n")
    (folder / "gate.toml").write_text(GATE)
    (folder / "evenhand.toml").write_text(RUN_FILE)
    build_dataset([folder / "rows.csv"], folder / "cf", label_column="toxic")
    return folder


@pytest.fixture(scope="module")
def with_model(made: Path) -> Path:
    train_baseline(made / "cf", made / "baseline.keras", epochs=1)
    return made


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)  # whatever is written by a relative name shows
    return tmp_path


@pytest.mark.parametrize("name", [pytest.param(name, marks=() if name in QUICK else slow)
                                  for name in FOLDERS])  # fmt: skip
def test_an_output_folder(
    name: str, home: Path, made: Path, request: pytest.FixtureRequest
) -> None:
    command = FOLDERS[name]
    if "baseline.keras" in command.inputs:
        request.getfixturevalue("with_model")
    inputs, tree = home / "in", home / "tree"
    shutil.copytree(made, inputs)
    surround(tree, command.name)
    output = tree / command.name
    before = state_of(home)

    assert command(inputs, output) in DONE
    assert state_of(home, [output]) == before
    with_output = state_of(home)
    assert command(inputs, output) == 2, "it is there"
    assert state_of(home) == with_output
    assert command(inputs, output, "--overwrite") in DONE
    assert state_of(home, [output]) == before

    (output / "notes.md").write_text("mine")
    with_notes = state_of(home)
    assert command(inputs, output, "--overwrite") == 2, "there are notes in it"
    assert state_of(home) == with_notes

    shutil.rmtree(output)
    refused = [lookalike(home / "theirs"), *links_to(home, tree), *touching(command, inputs, home)]
    if "remediate" in name:
        lookalike(home / "new.checkpoint")
        refused.append(home / "new")
    before = state_of(home)
    for place in refused:
        for options in ([], ["--overwrite"]):
            assert command(inputs, place, *options) == 2, place
            assert state_of(home) == before, place


@pytest.mark.parametrize("name", [pytest.param(name, marks=slow if "remediate" in name else ())
                                  for name in FILES])  # fmt: skip
def test_an_output_file(name: str, home: Path, made: Path) -> None:
    command = FILES[name]
    inputs, tree = home / "in", home / "tree"
    shutil.copytree(made, inputs)
    surround(tree, command.name)
    output = tree / command.name
    written = [output, *(tree / beside for beside in command.beside)]
    flag = ["--overwrite"] if command.overwrites else []
    before = state_of(home)

    assert command(inputs, output) in DONE
    assert state_of(home, written) == before
    if command.overwrites:
        with_output = state_of(home)
        assert command(inputs, output) == 2, "it is there"
        assert state_of(home) == with_output
    assert command(inputs, output, *flag) in DONE
    assert state_of(home, written) == before

    output.unlink()
    output.symlink_to("README.md")
    assert command(inputs, output, *flag) in DONE
    assert state_of(home, written) == before, "what the link leads to stays"
    for path in written:
        path.unlink()

    lookalike(home / command.name)
    refused = [home / command.name, *touching(command, inputs, home)]
    for beside in command.beside:
        (home / f"new-{beside}").write_text('{"mine": 1}')
        refused.append(home / f"new-{command.name}")
    before = state_of(home)
    for place in refused:
        for options in ([], flag):
            assert command(inputs, place, *options) in (2, 4), place
            assert state_of(home) == before, place


def links_to(home: Path, tree: Path) -> Iterator[Path]:
    for name, target in (("link", tree), ("dangling", home / "nowhere")):
        (home / name).symlink_to(target)
        yield home / name


def touching(command: Command, inputs: Path, home: Path) -> Iterator[Path]:
    """Yield outputs that are, hold or lie in an input, by their own names and by others."""
    suffix = Path(command.name).suffix
    for number, name in enumerate(command.inputs):
        source = inputs / name
        if source.is_dir():
            yield source / f"new{suffix}"
            (home / f"folder-{number}").symlink_to(source)
            yield home / f"folder-{number}" / f"new{suffix}"
        if suffix not in ("", source.suffix):
            continue
        yield source
        yield inputs / "parts" / ".." / name
        yield source.parent
        (home / f"link-{number}").symlink_to(source)
        yield home / f"link-{number}"
        if source.is_file():
            os.link(source, home / f"hard-{number}")
            yield home / f"hard-{number}"


@slow
def test_what_is_written_beside_an_output(home: Path, with_model: Path) -> None:
    """TensorBoard's logs and the cache of scores."""
    inputs, tree = home / "in", home / "tree"
    shutil.copytree(with_model, inputs)
    surround(tree, "out")
    before = state_of(home)
    training, evaluation = FOLDERS["remediate train"], FOLDERS["evaluate a model"]
    evaluation = Command(evaluation.words.replace("--no-cache ", ""), evaluation.inputs)
    for command, flag, place in (
        (training, "--tensorboard", tree / "logs"),
        (evaluation, "--cache", tree / "scores"),
    ):
        for touches in (inputs / "cf", inputs / "cf" / "new", inputs, tree / "out" / "logs"):
            assert command(inputs, tree / "out", flag, str(touches)) == 2
            assert state_of(home) == before
        assert command(inputs, tree / "out", flag, str(place)) in DONE
        assert state_of(home, [tree / "out", place]) == before
        shutil.rmtree(tree / "out")
        shutil.rmtree(place)


def test_a_rendered_report(home: Path, made: Path) -> None:
    inputs, tree = home / "in", home / "tree"
    shutil.copytree(made, inputs)
    surround(tree, "report")
    shutil.copytree(made / "report", tree / "report")
    (tree / "report" / "notes.md").write_text("mine")
    (home / "latest").symlink_to(tree / "report")
    before = state_of(home)
    names = (".evenhand.json", "report.html", "report.md", "report.csv")
    written = [tree / "report" / name for name in names]
    for folder in (tree / "report", tree / "report", home / "latest"):
        assert run(["report", "render", str(folder)]) == 0
        assert state_of(home, written) == before
    for path in written[:2]:
        path.unlink()
    for name in ("report.md", ".evenhand.json"):
        for path in written:
            path.unlink(missing_ok=True)
        (tree / "report" / name).write_text("what I think of it")
        before = state_of(home)
        assert run(["report", "render", str(tree / "report")]) == 2
        assert state_of(home) == before


@slow
def test_the_demo(home: Path) -> None:
    tree = home / "tree"
    surround(tree, "demo")
    output = tree / "demo"
    before = state_of(home)
    command = Command("demo --rows 1000 --output OUT", [])
    assert command(home, output) in DONE
    assert state_of(home, [output]) == before
    assert command(home, output, "--seed", "1") == 2
    assert command(home, output, "--seed", "1", "--overwrite") in DONE
    assert state_of(home, [output]) == before
    (output / "clp" / "notes.md").write_text("mine")
    lookalike(home / "theirs")
    places = [output, home / "theirs", *links_to(home, tree)]
    before = state_of(home)
    for place in places:
        assert command(home, place, "--seed", "2", "--overwrite") == 2, place
        assert state_of(home) == before, place


@slow
def test_a_run(home: Path, made: Path) -> None:
    inputs, tree = home / "in", home / "tree"
    shutil.copytree(made, inputs)
    surround(tree, "out")
    output = tree / "out"
    before = state_of(home)

    def made_in(place: Path, *options: str) -> int:
        file = str(inputs / "evenhand.toml")
        return run(["run", file, "--set", f"run.output={place}", *options])

    assert made_in(output) in DONE
    assert state_of(home, [output]) == before
    (output / "notes.md").write_text("mine")
    assert made_in(output, "--force") in DONE
    assert (output / "notes.md").read_text() == "mine"
    (output / "report" / "notes.md").write_text("mine")
    assert made_in(output, "--force") == 2, "there are notes in the report"
    assert (output / "report" / "notes.md").read_text() == "mine"
    assert state_of(home, [output]) == before

    lookalike(home / "theirs")
    (inputs / "rows.csv").rename(home / "theirs" / "rows.csv")
    (inputs / "rows.csv").symlink_to(home / "theirs" / "rows.csv")
    places = [home / "theirs", inputs, inputs / "rows.csv", *links_to(home, tree)]
    before = state_of(home)
    for place in places:
        assert made_in(place) == 2, place
        assert state_of(home) == before, place
