"""Run files: what is read, what overrides it, and that every problem is named before any work."""

from __future__ import annotations

import json
import re
from importlib import resources
from pathlib import Path

import pytest
from run_projects import RUN_FILE

from evenhand.cli.runs.file import read_run_file
from evenhand.cli.runs.staleness import status_of
from evenhand.cli.runs.state import Digests, StepRecord
from evenhand.cli.runs.steps import steps_of
from evenhand.data.errors import ConfigurationError, InputError
from evenhand.data.progress import ignore_progress
from evenhand.data.storage.files import digest_of


@pytest.fixture
def write(tmp_path: Path):
    def write_file(text: str = RUN_FILE, name: str = "evenhand.toml") -> Path:
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return write_file


def test_defaults_are_those_of_the_commands(write):
    steps = read_run_file(write()).steps
    assert list(steps) == ["data.train", "data.test", "baseline", "train", "evaluate"]
    assert steps["data.train"]["terms"] == ("gender",)
    assert steps["train"]["loss"] == "absolute"
    assert steps["train"]["learning_rate"] is None
    assert steps["evaluate"]["thresholds"] == (0.5,)
    assert steps["evaluate"]["preprocess"] is None


def test_flags_go_before_the_file_and_the_file_before_defaults(write):
    path = write(RUN_FILE + "[run]\nseed = 3\n[evaluate]\nslice_columns = []\n")
    file = read_run_file(
        path,
        ["train.epochs=8", "train.loss=mse", 'data.test.text_column="other"', "baseline.seed=0"],
    )
    assert file.steps["train"]["epochs"] == 8
    assert file.steps["train"]["loss"] == "mse"
    assert file.steps["data.test"]["text_column"] == "other"
    assert file.steps["data.train"]["text_column"] == "comment_text"
    assert file.steps["train"]["seed"] == 3, "the seed of the run"
    assert file.steps["baseline"]["seed"] == 0, "a value of its own, though it is 0"
    assert file.steps["evaluate"]["slice_columns"] == [], "given, though it is empty"


def test_slices_that_a_report_makes_need_their_columns_in_the_data(write):
    data = "data.slice_columns=['sex','age']"
    made = "evaluate.slice_columns=['sex,age:18:65']"
    assert read_run_file(write(), [data, made]).steps["evaluate"]["slice_columns"]
    for wanted, what in (
        ("['sex,colour']", "'colour' is no slice column of the data"),
        ("['age:65:18']", "has the edges '65:18'"),
    ):
        with pytest.raises(ConfigurationError, match=what):
            read_run_file(write(), [data, f"evaluate.slice_columns={wanted}"])


def test_pyproject_holds_a_run_file_too(write):
    text = re.sub(r"^(\[+)", r"\1tool.evenhand.", RUN_FILE, flags=re.MULTILINE)
    assert "train" in read_run_file(write(text, "pyproject.toml")).steps


def test_every_problem_is_named_at_once(write):
    overrides = [
        "train.epoch=8",
        "trian.epochs=8",
        "data.label_colunm=x",
        "train.batch_size=true",
        "train.patience=2.5",
        "train.loss=mae",
        "data.slice_columns=gender",
        "baseline.epochs=0",
        "evaluate.thresholds=[2]",
        "evaluate.slice_columns=['age']",
        "data.test.min_tokens=0",
        "run.output=3",
        "gate.rules=[{metric='auc',maxx=1}]",
        'run.reference="a\\u0000b"',
        "sweep.epochs=1",
    ]
    with pytest.raises(ConfigurationError) as caught:
        read_run_file(write(), overrides)
    for problem in (
        "train.epoch is unknown, did you mean 'epochs'?",
        "trian is unknown, did you mean 'train'?",
        "data.label_colunm is unknown, did you mean 'label_column'?",
        "train.batch_size is True, expected a whole number",
        "train.patience is 2.5, expected a whole number",
        "train.loss is 'mae', expected one of",
        "data.slice_columns is 'gender', expected a list",
        "baseline.epochs must be 1 or more, got 0",
        "evaluate.thresholds must be 0 or more and below 1, or auto, got 2",
        "'age' is no slice column",
        "data.test.min_tokens must be 1 or more, got 0",
        "run.output is 3, expected a string",
        "run.reference holds a null byte",
        "rules[1].maxx: unknown key",
        "there is a [train] and a [sweep]",
    ):
        assert problem in caught.value.what
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("removed", "problem"),
    [
        ('[data.test]\ninputs = ["sample/test.csv"]', "data.test.inputs is missing"),
        ('[data.train]\ninputs = ["sample/train.csv"]', "data.train.inputs is missing"),
        ("[baseline]\nepochs = 1", "train.baseline is missing"),
        ("[baseline]\nepochs = 1\n\n[train]\nepochs = 1", "there is no model"),
        ('[[gate.rules]]\nmetric = "flip_rate"\nmax = 1.0', "the configuration has no gate"),
    ],
)
def test_what_is_missing_is_named(write, removed, problem):
    assert removed in RUN_FILE
    with pytest.raises(ConfigurationError, match=problem.replace("[", r"\[")):
        read_run_file(write(RUN_FILE.replace(removed, "")))


def test_names_from_the_file_reach_no_terminal_as_they_are(write):
    text = RUN_FILE + '["\\u001b[31m"]\nx = 1\n[evaluate]\nslice_columns = ["\\u001b[31m"]\n'
    with pytest.raises(ConfigurationError) as caught:
        read_run_file(write(text))
    assert caught.value.what.isprintable()


@pytest.mark.parametrize("override", ["epochs=8", "train.epochs", "train.=8", "train.epochs.x=8"])
def test_what_sets_nothing_is_refused(write, override):
    with pytest.raises(ConfigurationError, match="--set"):
        read_run_file(write(), [override])


def test_paths_are_relative_to_the_file(write, tmp_path):
    (tmp_path / "sample").mkdir()
    for name in ("sample/train.csv", "sample/test.csv", "terms.txt", "old.keras"):
        (tmp_path / name).write_text("she\n")
    text = RUN_FILE.replace("[baseline]\nepochs = 1", "").replace(
        "[train]", '[train]\nbaseline = "old.keras"'
    )
    overrides = ['data.terms=["gender","terms.txt"]', "data.test.inputs=['sample/te*.csv']"]
    build, test, train, evaluate = steps_of(read_run_file(write(text), overrides))
    assert build.files == {"sample/train.csv": tmp_path / "sample/train.csv"}
    assert build.arguments["terms"] == ["gender", tmp_path / "terms.txt"]
    assert set(build.texts) == {"lexicon gender", "lexicon terms.txt"}
    assert test.files == {"sample/test.csv": tmp_path / "sample/test.csv"}
    assert train.files == {"old.keras": tmp_path / "old.keras"}
    assert evaluate.arguments["compare_to"] == tmp_path / "old.keras"
    assert evaluate.made == {
        "data.test": tmp_path / "evenhand-run/data/test",
        "train": tmp_path / "evenhand-run/clp/model.keras",
    }
    assert json.dumps(build.options), "what is recorded names no folder of this machine"
    assert str(tmp_path) not in json.dumps(build.options)


def test_python_code_and_served_models_are_no_paths(write, tmp_path):
    (tmp_path / "sample").mkdir()
    (tmp_path / "sample/test.csv").write_text("text\n")
    text = RUN_FILE[: RUN_FILE.index("[baseline]")] + RUN_FILE[RUN_FILE.index("[[gate") :]
    text = text.replace('[data.train]\ninputs = ["sample/train.csv"]', "")
    settings = ["evaluate.model=mine.models:build", "evaluate.preprocess=mine.text:ids"]
    *_, evaluate = steps_of(read_run_file(write(text), settings))
    assert evaluate.arguments["model"] == "mine.models:build"
    assert evaluate.unknown == ("mine.models:build",)
    assert evaluate.code == ("mine.text:ids",)
    url = "http://localhost:8501/v1/models/m"
    *_, evaluate = steps_of(read_run_file(write(text), [f"evaluate.model={url}"]))
    assert evaluate.arguments["model"] == url
    assert evaluate.unknown == (url,)


def test_a_sweep_takes_the_place_of_a_training(write, tmp_path):
    (tmp_path / "sample").mkdir()
    for name in ("train", "test"):
        (tmp_path / "sample" / f"{name}.csv").write_text("text\n")
    text = RUN_FILE.replace("[train]\nepochs = 1", "[sweep]\nloss_weights = [1, 3.0]")
    of_model = ["custom_objects=mine.layers", "preprocess=mine.text:ids", "head=toxic"]
    settings = [f"sweep.{each}" for each in (*of_model, "positive_class=2", "logits=true")]
    file = read_run_file(write(text), [*settings, "evaluate.positive_class=1"])
    *_, sweep, evaluate = steps_of(file)
    assert sweep.output == tmp_path / "evenhand-run" / "sweep"
    assert sweep.arguments["loss_weights"] == (1, 3.0)
    assert evaluate.arguments["model"] == sweep.output / "model.keras"
    assert evaluate.arguments["compared"] == evaluate.made["sweep"] == sweep.output
    assert evaluate.arguments["compare_to"] == tmp_path / "evenhand-run" / "baseline.keras"
    assert set(evaluate.code) == {"mine.layers", "mine.text:ids"}, "what loads one loads the other"
    assert (evaluate.options["head"], evaluate.options["logits"]) == ("toxic", True)
    assert evaluate.options["positive_class"] == 1, "its own goes before"


def test_a_comparison_chooses_by_data_of_its_own_and_its_table_is_shown(write, tmp_path):
    (tmp_path / "sample").mkdir()
    for name in ("train", "choose", "test"):
        (tmp_path / "sample" / f"{name}.csv").write_text("text\n")
    text = RUN_FILE.replace("[train]\nepochs = 1", "[compare]\ntechniques = ['clp', 'mine:a=1']")
    with pytest.raises(ConfigurationError, match=r"\[compare\] needs \[data.compare\]"):
        read_run_file(write(text))
    text += '\n[data.compare]\ninputs = ["sample/choose.csv"]\n'
    *_, compare, evaluate = steps_of(read_run_file(write(text)))
    folder = tmp_path / "evenhand-run"
    assert compare.arguments["data"] == folder / "data" / "train"
    assert compare.arguments["test_data"] == compare.made["data.compare"]
    assert compare.made["data.compare"] == folder / "data" / "compare"
    assert compare.code == ("mine",), "a technique of another package"
    assert evaluate.arguments["data"] == folder / "data" / "test"
    assert evaluate.arguments["model"] == folder / "compare" / "model.keras"
    assert evaluate.arguments["compared"] == evaluate.made["compare"] == folder / "compare"
    with pytest.raises(ConfigurationError, match=r"\[data.compare\] is there without"):
        read_run_file(write(text.replace("[compare]\ntechniques", "[train]\ntechniques")))


def test_a_training_is_made_from_the_data_that_it_is_validated_on(write, tmp_path):
    (tmp_path / "sample").mkdir()
    for name in ("train", "test"):
        (tmp_path / "sample" / f"{name}.csv").write_text("text\n")
    text = RUN_FILE.replace("[train]\n", '[train]\nvalidation_data = "cf/valid"\n')
    train = next(s for s in steps_of(read_run_file(write(text))) if s.name == "train")
    assert train.files == {"cf/valid": tmp_path / "cf/valid"}
    assert train.arguments["validation_data"] == tmp_path / "cf/valid"


TECHNIQUE = """
from dataclasses import dataclass

from evenhand.remediation import Needs, Technique


@dataclass(frozen=True, kw_only=True)
class Mine(Technique):
    name = "mine"
    title = "mine"
    summary = "mine"
    needs = Needs(pairs=False)

    def wrap(self, model, output):
        raise NotImplementedError
"""


def test_what_packages_add_counts_as_code_and_evenhand_s_own_does_not(write, tmp_path, add_package):
    (tmp_path / "sample").mkdir()
    for name in ("train", "test"):
        (tmp_path / "sample" / f"{name}.csv").write_text("text\n")
    add_package("run_techniques", "evenhand.techniques", {"mine": "Mine"}, TECHNIQUE)
    own, mine, rules = (
        steps_of(read_run_file(write(), settings))
        for settings in (
            ["data.method=substitute", "data.tagger=rules", "train.technique=fine-tune"],
            ["data.method=substitute", "data.tagger=french", "train.technique=mine"],
            ["data.method=rules"],  # what is evenhand's own as a tagger is not so as a method
        )
    )
    assert {step.name: step.code for step in own if step.code} == {}
    assert {step.name: step.code for step in mine if step.code} == {
        "data.train": ("french",),
        "data.test": ("french",),
        "train": ("mine",),
    }
    assert {step.code for step in rules} == {("rules",), ()}
    add_package("run_methods", "evenhand.methods", {"substitute": "made"}, "made = 1")
    with pytest.raises(ConfigurationError, match="'substitute' is evenhand's own"):
        steps_of(read_run_file(write(), ["data.method=substitute"]))


def test_the_path_of_a_file_of_code_is_one_of_a_file(write, tmp_path):
    (tmp_path / "sample").mkdir()
    for name in ("train", "test"):
        (tmp_path / "sample" / f"{name}.csv").write_text("text\n")
    own = str(tmp_path / "own/pairs.py:made")
    steps = steps_of(read_run_file(write(), ["data.method=own/pairs.py:made"]))
    [step, *_] = [step for step in steps if step.name == "data.train"]
    assert (step.arguments["method"], step.code) == (own, (own,))


def test_a_run_does_not_read_what_it_writes(write, tmp_path):
    for name in ("train.csv", "evenhand-run/data/train/examples-00000.parquet"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    with pytest.raises(ConfigurationError, match="the output lies in an input"):
        steps_of(read_run_file(write(), ["data.train.inputs=['.']"]))


def test_inputs_that_are_not_there(write):
    with pytest.raises(InputError, match=r"train\.csv"):
        steps_of(read_run_file(write()))


def test_a_report_at_a_models_own_threshold_is_made_from_its_record_too(write, tmp_path):
    """Another threshold of the same model must not leave the report as it is."""
    (tmp_path / "sample").mkdir()
    for name in ("train", "test"):
        (tmp_path / "sample" / f"{name}.csv").write_text("text\n")
    own = ["train.threshold=auto:f1", 'evaluate.thresholds=["auto", 0.5]']
    plain, asked = (steps_of(read_run_file(write(), settings))[-1] for settings in ([], own))
    model = plain.made["train"]
    assert model.name == "model.keras"
    assert asked.made["train"] == model.parent
    assert asked.arguments["model"] == model
    assert asked.options["thresholds"] == ["auto", 0.5]


def test_positive_labels_are_a_list_of_texts_numbers_or_booleans(write):
    steps = read_run_file(write(), ['data.positive_labels=["toxic", 1, -1.5, true]']).steps
    for split in ("data.train", "data.test"):
        assert steps[split]["positive_labels"] == ["toxic", 1, -1.5, True]
    for value in ('"toxic"', "[[1]]", '[""]'):
        with pytest.raises(ConfigurationError, match="positive_labels"):
            read_run_file(write(), [f"data.positive_labels={value}"])
    with pytest.raises(ConfigurationError, match="need a column of labels"):
        read_run_file(write(RUN_FILE.replace('label_column = "toxicity"', "positive_labels = [1]")))


def test_data_of_other_positive_labels_is_stale(write, tmp_path):
    (tmp_path / "sample").mkdir()
    for split in ("train", "test"):
        rows = [f"she is here {number},{number % 3},x" for number in range(9)]
        path = tmp_path / "sample" / f"{split}.csv"
        path.write_text("comment_text,toxicity,gender\n" + "\n".join(rows))

    def first_step(*overrides):
        return steps_of(read_run_file(write(), overrides))[0]

    digests = Digests({}, tmp_path)
    step = first_step("data.positive_labels=[1]")
    step.make(resume=False, progress=ignore_progress)
    inputs = status_of(step, StepRecord(), digests).inputs
    record = StepRecord(made_from=inputs, sha256=digest_of(step.output))
    assert status_of(step, record, digests).condition == "up to date"
    for label, shown in (("[2]", "[1] -> [2]"), ("[1, 2]", "[1] -> [1, 2]")):
        status = status_of(first_step(f"data.positive_labels={label}"), record, digests)
        assert status.reasons == (f"options changed: positive_labels {shown}",)


def test_functionalities_are_asked_of_the_models_of_the_report_at_its_thresholds(write, tmp_path):
    (tmp_path / "sample").mkdir()
    for name in ("train", "test"):
        (tmp_path / "sample" / f"{name}.csv").write_text("text\n")
    settings = ["evaluate.thresholds=[0.4, 0.5]", "evaluate.baseline_threshold=0.6"]
    settings += ["train.preprocess=mine.text:ids", "functions.groups=['sikh']"]
    assert "functions" not in read_run_file(write(), settings[:-1]).steps
    *_, evaluate, functions = steps_of(read_run_file(write(), settings))
    assert functions.output == tmp_path / "evenhand-run" / "functions"
    for name in ("model", "compare_to", "preprocess", "baseline_threshold"):
        assert functions.arguments[name] == evaluate.arguments[name]
    assert functions.arguments["threshold"] == 0.4
    assert functions.arguments["groups"] == ["sikh"]
    assert set(functions.made) == {"train", "baseline"} and functions.code == ("mine.text:ids",)
    assert set(functions.texts) >= {"lexicon gender", "lexicon religion"}
    *_, functions = steps_of(read_run_file(write(), [*settings, "functions.terms=['religion']"]))
    assert set(functions.texts) == {"lexicon religion"}
    labels = ["train.labels=['insult=4', 'toxic=0']", "evaluate.label_thresholds=['insult=0.3']"]
    *_, functions = steps_of(read_run_file(write(), [*settings, *labels]))
    assert (functions.arguments["positive_class"], functions.arguments["threshold"]) == (4, 0.3)
    auto = ["evaluate.thresholds=['auto']", "functions.terms=['religion']"]
    *_, functions = steps_of(read_run_file(write(), auto))
    assert functions.made["train"] == tmp_path / "evenhand-run" / "clp", "with its record"
    for other in ("model=other.keras", "threshold=0.7", "compare_to=other.keras", "head=toxic"):
        with pytest.raises(ConfigurationError, match=r"functions\.\w+ is unknown"):
            read_run_file(write(), [f"functions.{other}"])


def test_functionalities_of_a_model_that_no_step_makes_are_stale_when_it_changes(write, tmp_path):
    (tmp_path / "sample").mkdir()
    for name in ("sample/test.csv", "old.keras", "older.keras"):
        (tmp_path / name).write_text("text\n")
    text = RUN_FILE[: RUN_FILE.index("[baseline]")] + RUN_FILE[RUN_FILE.index("[[gate") :]
    text = text.replace('[data.train]\ninputs = ["sample/train.csv"]', "[functions]")
    settings = ["evaluate.model=old.keras", "evaluate.compare_to=older.keras"]
    *_, functions = steps_of(read_run_file(write(text), settings))
    assert set(functions.files) == {"old.keras", "older.keras"}
    functions.output.mkdir(parents=True)
    inputs = status_of(functions, StepRecord(), Digests({}, tmp_path)).inputs
    record = StepRecord(made_from=inputs, sha256=digest_of(functions.output))
    assert status_of(functions, record, Digests({}, tmp_path)).condition == "up to date"
    (tmp_path / "old.keras").write_text("other")
    reasons = status_of(functions, record, Digests({}, tmp_path)).reasons
    assert reasons == ("input changed: old.keras",)


def test_what_is_read_may_be_in_a_store_and_is_recorded_by_its_url(tmp_path: Path) -> None:
    fsspec = pytest.importorskip("fsspec")
    memory = fsspec.filesystem("memory")
    memory.pipe_file("/run/in/train.csv", b"text,label\nshe is here,1\n")
    memory.pipe_file("/run/in/terms.toml", (resources.files("evenhand.data") / TERMS).read_bytes())
    path = tmp_path / "evenhand.toml"
    path.write_text(IN_A_STORE)
    first = steps_of(read_run_file(path))[0]
    assert list(first.files) == ["memory://run/in/train.csv"]
    assert first.options["inputs"] == ["memory://run/in/*.csv"]
    assert list(first.texts) == ["lexicon memory://run/in/terms.toml"]
    assert first.files["memory://run/in/train.csv"].read_bytes().startswith(b"text,label")
    with pytest.raises(ConfigurationError, match="output cannot be a URL"):
        read_run_file(path, ['run.output="memory://run/out"'])
    memory.rm("/run", recursive=True)


TERMS = "lexicons/age.toml"
IN_A_STORE = """
[data.train]
inputs = ["memory://run/in/*.csv"]
terms = ["memory://run/in/terms.toml"]
[data.test]
inputs = ["memory://run/in/train.csv"]
[baseline]
[[gate.rules]]
metric = "flip_rate"
max = 1.0
"""
