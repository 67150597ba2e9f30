"""Whose a name is: evenhand's own are nobody else's, and no name is that of two packages.

Each kind of thing that packages can add is asked for by a name, with packages really installed that
take a name of evenhand's own, that take one another's, or that cannot be used.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from installing import installed, run_python, write_package

EXTENDING = Path(__file__).parents[2] / "docs" / "extending.md"

# By group: what errors call such a thing, a name of evenhand's own, one that a package may add
GROUPS = {
    "evenhand.methods": ("method", "neutral", "mine"),
    "evenhand.lexicons": ("lexicon", "gender", "mine"),
    "evenhand.taggers": ("tagger", "rules", "mine"),
    "evenhand.techniques": ("technique", "clp", "mine"),
    "evenhand.models": ("kind of model", ".keras", ".mine"),
    "evenhand.metrics": ("metric", "flip_rate", "mine"),
    "evenhand.renderers": ("renderer", "html", "mine"),
}
# Asks for a thing of each kind by the names of GROUPS, and prints what comes of it
ASK = """
import json, sys
from pathlib import Path
from evenhand.data import BuildOptions, ConfigurationError, load_lexicon
from evenhand.data.english.taggers import tagger_of
from evenhand.evaluation.flip_metric import load_flip_metrics
from evenhand.evaluation.rendering.renderers import load_renderers
from evenhand.remediation.models.references import kind_of
from evenhand.remediation.training.fit_options import SweepOptions, TrainOptions

def model(suffix):
    Path("model" + suffix).write_text("")
    return kind_of("model" + suffix)

asked = {
    "evenhand.methods": lambda name: BuildOptions(method=name).choice(()).make(None),
    "evenhand.lexicons": load_lexicon,
    "evenhand.taggers": lambda name: tagger_of(name, None),
    "evenhand.techniques": lambda name: TrainOptions(technique=name),
    "evenhand.models": model,
    "evenhand.metrics": lambda name: load_flip_metrics(),
    "evenhand.renderers": lambda name: load_renderers(),
}
found = {}
for group, name in json.loads(sys.argv[1]).items():
    try:
        asked[group](name)
    except ConfigurationError as error:
        found[group] = [error.exit_code, str(error)]
    else:
        found[group] = None
print(json.dumps(found))
"""
# A command line's work, with each command's exit code and what it says on standard error
COMMANDS = """
import contextlib, io, json, sys
from evenhand.cli.main import run
found = []
for command in json.loads(sys.argv[1]):
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        code = run(command)
    found.append([code, said.getvalue()])
print(json.dumps(found))
"""
BUILD = ["data", "build", "rows.csv", "--overwrite", "--output", "pairs"]


def names(place):
    return {group: each[place] for group, each in GROUPS.items()}


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """Folders with installed packages, by what is wrong with them."""
    home = tmp_path_factory.mktemp("packages")
    sources = [
        write_package(home, "taken", names(1), "added = 1"),
        write_package(home, "twice-one", names(2), "added = 1"),
        write_package(home, "twice-two", names(2), "added = 1"),
        write_package(home, "unloadable", names(2), "import nowhere_to_be_found"),
        write_package(home, "unfit", names(2), "added = 1"),
    ]
    together, found = installed(sources, home / "together"), {}
    for what in ("taken", "twice", "unloadable", "unfit"):
        found[what] = home / f"only-{what}"
        found[what].mkdir()
        for path in together.glob(f"{what}*"):
            path.rename(found[what] / path.name)
    return found


def ask(place, packages, where):
    found = json.loads(run_python(ASK, json.dumps(names(place)), where=where, packages=packages))
    assert set(found) == set(GROUPS)
    return found


def run_commands(commands, packages, where):
    (where / "rows.csv").write_text("text\nShe came.\n", encoding="utf-8")
    return json.loads(run_python(COMMANDS, json.dumps(commands), where=where, packages=packages))


def test_the_groups_are_those_of_the_documentation():
    text = EXTENDING.read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(evenhand\.\w+)` \|", text, re.MULTILINE)) == set(GROUPS)


def test_a_name_of_evenhand_s_own_is_refused_in_every_group(packages, tmp_path):
    for group, found in ask(1, packages["taken"], tmp_path).items():
        kind, name, _ = GROUPS[group]
        assert found is not None, f"the package's {kind} {name} is passed over in silence"
        code, message = found
        assert code == 2
        assert message.splitlines() == [
            f"the {kind} {name!r} is evenhand's own, and a package adds another one",
            f"  at: entry point {name} = taken:added of taken ({group})",
            "  try: give it another name, or uninstall the package",
        ]


def test_a_name_that_two_packages_add_is_refused_in_every_group(packages, tmp_path):
    for group, (code, message) in ask(2, packages["twice"], tmp_path).items():
        kind, _, name = GROUPS[group]
        assert code == 2
        assert message.splitlines()[0] == f"2 packages add a {kind} {name!r}"
        assert "of twice-one" in message and "of twice-two" in message and group in message


def test_what_cannot_be_loaded_or_used_is_named_in_every_group(packages, tmp_path):
    for what in ("unloadable", "unfit"):
        for group, (code, message) in ask(2, packages[what], tmp_path).items():
            assert code == 2
            assert f"the {GROUPS[group][0]}" in message or GROUPS[group][2] in message
            assert group in message or "  at: `" in message
            loaded = "cannot be loaded (ModuleNotFoundError: No module named 'nowhere_to_be_found')"
            assert (loaded in message) == (what == "unloadable")


@pytest.mark.parametrize("what", ["unloadable", "twice"])
def test_packages_that_nobody_asks_for_break_nothing(packages, tmp_path, what):
    commands = [
        BUILD,
        [*BUILD, "--method", "substitute"],
        ["data", "terms", "show", "gender"],
        ["remediate", "train", "--help"],
        ["evaluate", "flip-rate", "--help"],
        [*BUILD, "--method", "mine"],
        [*BUILD, "--method", "substitute", "--tagger", "mine"],
        [*BUILD, "--terms", "mine"],
        ["data", "terms", "list"],
    ]
    found = run_commands(commands, packages[what], tmp_path)
    assert [code for code, _ in found] == [0, 0, 0, 0, 0, 2, 2, 2, 2]
    assert all("Traceback" not in said for _, said in found)


def test_evenhand_s_own_work_where_a_package_takes_the_names_of_others(packages, tmp_path):
    """The options of techniques stay what they are, and are shown."""
    commands = [
        [*BUILD, "--method", "substitute", "--terms", "religion", "--spacy", "none"],
        [*BUILD, "--terms", "religion"],
        [*BUILD, "--method", "substitute", "--terms", "religion"],
        ["remediate", "train", "--baseline", "m", "--data", "d", "--output", "o", "--loss", "mse"],
        ["remediate", "train", "--help"],
    ]
    found = run_commands(commands, packages["taken"], tmp_path)
    assert [code for code, _ in found] == [4, 2, 2, 2, 0]
    for (_, said), name in zip(found[1:4], ("neutral", "rules", "clp"), strict=True):
        assert f"{name!r} is evenhand's own" in said
