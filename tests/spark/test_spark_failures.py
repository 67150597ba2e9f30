"""What is missing for Spark, or fails there, is one clear error, and nothing is written."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from evenhand.cli import main
from evenhand.data import BuildOptions, InputError, UnavailableError
from evenhand.data.cluster.cluster_options import ClusterOptions
from evenhand.data.cluster.spark_failures import (
    TaskError,
    error_of_parts,
    job_failure,
    session_failure,
)
from evenhand.data.cluster.spark_tasks import _waited, check_there, done, once_a_worker
from evenhand.data.errors import EvenhandError, OptionError
from evenhand.evaluation.cluster.spark_scores import _Scoring, _Task
from evenhand.evaluation.report_options import EvaluateOptions
from evenhand.remediation.model_options import ModelOptions


def build(folder: Path, *more: str) -> int:
    source = folder / "rows.csv"
    source.write_text("text\nshe\nshe is here\n")
    code = main.run(["data", "build", str(source), "--output", str(folder / "out"), *more])
    assert [each.name for each in folder.iterdir()] == [source.name], "nothing is written"
    return code


def test_without_pyspark_the_error_names_the_extra(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "pyspark", None)
    monkeypatch.setitem(sys.modules, "pyspark.core.context", None)
    assert build(tmp_path, "--engine", "spark") == 4
    assert "evenhand[spark]" in capsys.readouterr().err


@pytest.fixture
def no_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spark is installed, and this process has no session, whatever other tests have."""
    sql = pytest.importorskip("pyspark.sql", reason="pyspark comes with the extra spark")
    monkeypatch.setattr(sql.SparkSession, "getActiveSession", lambda: None)


@pytest.mark.usefixtures("no_session")
@pytest.mark.parametrize("home", [None, "nowhere"])
def test_without_java_the_error_says_so(tmp_path, monkeypatch, capsys, home):
    monkeypatch.setenv("PATH", str(tmp_path))
    if home is None:
        monkeypatch.delenv("JAVA_HOME", raising=False)
    else:
        monkeypatch.setenv("JAVA_HOME", home)
    assert build(tmp_path, "--engine", "spark") == 4
    assert "Java 17" in capsys.readouterr().err


@pytest.mark.usefixtures("no_session")
def test_a_master_that_cannot_be_reached_is_named(tmp_path, capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        master = f"spark://127.0.0.1:{taken.getsockname()[1]}"
        assert build(tmp_path, "--engine", "spark", "--master", master) == 4
    shown = capsys.readouterr().err
    assert master in shown and "such as spark://host:7077" in shown


@pytest.mark.parametrize(
    ("more", "named"),
    [
        (["--master", "local[2]"], "--engine"),
        (["--engine", "spark", "--workers", "2"], "--workers"),
        (["--engine", "spark", "--pairs", "pairs.csv"], "--pairs"),
        (["--engine", "spark", "--dry-run"], "--engine"),
    ],
)
def test_options_that_do_not_go_together_are_refused(tmp_path, capsys, more, named):
    assert build(tmp_path, *more) == 2
    assert named in capsys.readouterr().err


MASTERS = ["local", "local[4]", "local[*]", "local[2, 3]", "local-cluster[2,1,1024]", "yarn"]
MASTERS += ["spark://host:7077", "spark://a:7077,b:7077", "spark://[::1]:7077"]
MASTERS += ["k8s://https://host:443", "k8s://host"]


@pytest.mark.parametrize("master", MASTERS)
def test_whatever_spark_takes_may_be_the_master(master):
    assert ClusterOptions(engine="spark", master=master).master == master
    assert EvaluateOptions(engine="spark", master=master).master == master


NO_MASTERS = ["sprk://host:7077", "host:7077", "spark://host", "spark://host:x", "spark:/host:7077"]
NO_MASTERS += ["local[0]", "local[many]", "localhost", "Yarn", "sc://host", "spark://a:7077,b", ""]


@pytest.mark.parametrize("master", NO_MASTERS)
@pytest.mark.parametrize("of_class", [ClusterOptions, EvaluateOptions])
def test_another_master_is_refused_before_java_starts(master, of_class):
    with pytest.raises(OptionError, match="spark://host:7077, yarn"):
        of_class(engine="spark", master=master)


def test_where_the_work_is_done_decides_nothing():
    undecided = {"engine", "master", "workers"}
    assert BuildOptions().engine == "local"
    from evenhand.data.options import options_of

    assert {n for n, each in options_of(BuildOptions).items() if not each.decides} == undecided


@pytest.mark.parametrize(
    "error",
    [
        InputError("a row", where="rows.csv, row 3", expected="text", remedy="mend it"),
        OptionError("seed", "a number", "x"),
    ],
)
def test_an_error_of_the_input_comes_back_as_it_was(error):
    def fails(task: None) -> None:
        raise error

    parts, is_error = done(fails, None, done_version())
    again = error_of_parts(parts)
    assert is_error
    assert (str(again), again.exit_code) == (str(error), error.exit_code)


def done_version() -> str:
    from importlib.metadata import version

    return version("evenhand")


def test_another_version_of_evenhand_on_a_worker_is_an_error():
    with pytest.raises(TaskError) as raised:
        done(lambda task: task, None, "99.0")
    error = job_failure(Exception(f"org.apache.spark.SparkException: {raised.value}\n\tat x.y"))
    assert isinstance(error, UnavailableError)
    assert error.expected == "99.0, as here"


KILLED = "Reason: Command exited with code 137"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ModuleNotFoundError: No module named 'evenhand'", "evenhand and what it needs"),
        ("ModuleNotFoundError: No module named 'tensorflow'", "has no module tensorflow"),
        ("ModuleNotFoundError: No module named 'mine'", "the code that the options name"),
        ('IOException: Cannot run program "python3.9": error=2', "no Python python3.9"),
        ("Cannot call methods on a stopped SparkContext.", "the connection to the cluster is lost"),
        ("Traceback\nValueError: odd\n", "ValueError: odd"),
        (f"most recent failure: ExecutorLostFailure (executor 0 exited) {KILLED}", KILLED[8:]),
        ("Python worker exited unexpectedly (crashed). Consider", "the Python of an executor"),
        ("\n: java.io.IOException: no room\n\tat x.y(z)", "(java.io.IOException: no room)"),
    ],
)
def test_what_spark_raises_becomes_one_sentence(text, said):
    error = job_failure(Exception(f"Job aborted: Task 0 failed 4 times\n{text}"))
    assert isinstance(error, EvenhandError)
    assert error.exit_code == 4
    assert said in str(error)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[JAVA_GATEWAY_EXITED] Java gateway process exited", "Java 17"),
        ("Cannot call methods on a stopped SparkContext.", "spark.authenticate.secret"),
        ("\n: io.KubernetesClientException: 401 Unauthorized.\n\tat x", "401 Unauthorized"),
    ],
)
def test_why_there_is_no_session_is_one_sentence(text, said):
    error = session_failure(Exception(f"An error occurred while calling None.{text}"), "k8s://host")
    assert error.exit_code == 4
    assert said in str(error)


def test_a_worker_without_tensorflow_is_one_sentence(tmp_path, monkeypatch):
    class NotInstalled:
        @staticmethod
        def find_spec(name, path=None, target=None):
            if name == "tensorflow":
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr(sys, "meta_path", [NotInstalled, *sys.meta_path])
    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)
    (tmp_path / "texts.arrow").touch()
    scoring = scoring_of("json:loads")
    with pytest.raises(ModuleNotFoundError) as raised:
        done(scoring, _Task(tmp_path / "texts.arrow", 0), done_version())
    error = job_failure(Exception(f"Traceback\nModuleNotFoundError: {raised.value}\n"))
    assert (error.exit_code, error.what) == (4, "a worker of the cluster has no module tensorflow")


def scoring_of(model: str, **options: str) -> _Scoring:
    return _Scoring(model, None, ModelOptions(**options), 8)


@pytest.mark.parametrize(
    ("model", "options", "said"),
    [
        ("no_such_module.part:score", {}, "has no module no_such_module.part"),
        ("json:loads", {"preprocess": "no_such_module:ids"}, "has no module no_such_module"),
        ("json:loads", {"custom_objects": "no_such_module"}, "has no module no_such_module"),
        ("{}/model.keras", {}, "the model is lost, or a worker of the cluster does not see it"),
        ("{}/model.py:score", {}, "the code is lost, or a worker of the cluster does not see it"),
        ("json:loads", {"preprocess": "{}/code.py:ids"}, "the code is lost"),
    ],
)
def test_what_a_worker_lacks_of_a_model_is_that_workers_error(tmp_path, model, options, said):
    options = {name: text.format(tmp_path) for name, text in options.items()}
    assert said in error_of_scoring(scoring_of(model.format(tmp_path), **options), tmp_path)


@pytest.mark.parametrize(
    "error",
    [
        InputError("it was written by another Keras", where="model.keras", remedy="use Keras 3"),
        UnavailableError("spaCy is not installed", remedy="pip install spacy"),
    ],
)
def test_what_fails_on_a_worker_alone_is_that_workers_error(error):
    def fails():
        raise error

    with pytest.raises(TaskError) as raised:
        done(lambda task: once_a_worker("a job", fails), None, done_version())
    again = job_failure(raised.value)
    assert (again.exit_code, again.where, again.remedy) == (4, error.where, error.remedy)
    assert again.what == f"on a worker of the cluster: {error.what}"


def error_of_scoring(scoring: _Scoring, folder: Path) -> str:
    (folder / "texts.arrow").touch()
    with pytest.raises(TaskError) as raised:  # so Spark tries it elsewhere
        done(scoring, _Task(folder / "texts.arrow", 0), done_version())
    error = job_failure(raised.value)
    assert error.exit_code == 4
    return str(error)


@pytest.mark.parametrize(("tasks", "active", "waits"), [(5, 0, True), (5, 2, False), (1, 0, False)])
def test_progress_says_when_the_cluster_runs_nothing(tasks, active, waits):
    class Stage:
        numCompletedTasks, numActiveTasks = 1, active

    class Tracker:
        getJobIdsForGroup = staticmethod(lambda group: [0])
        getJobInfo = staticmethod(lambda job: type("Job", (), {"stageIds": [0, 1]}))
        getStageInfo = staticmethod([Stage, None].__getitem__)

    class Context:
        statusTracker = Tracker

    class Job:
        waits = 1

        def result(self, timeout):
            self.waits -= 1
            if self.waits == 0:
                raise TimeoutError
            return []

    told = []
    assert _waited(Job(), Context, "group", tasks, "scoring", lambda *each: told.append(each)) == []
    [(stage, done_so_far, total, note)] = told
    assert (stage, done_so_far, total) == ("scoring", 1, tasks)
    assert ("waiting for the cluster" in note) == waits


@pytest.mark.parametrize(
    ("error", "said"),
    [(None, "does not see it"), (PermissionError(13, "Permission denied"), "Permission denied")],
)
def test_what_a_worker_does_not_see_or_may_not_use_is_named(tmp_path, monkeypatch, error, said):
    def exists(path):
        if error is not None:
            raise error
        return False

    monkeypatch.setattr(Path, "exists", exists)
    with pytest.raises(UnavailableError, match=said):
        check_there(tmp_path / "rows.csv", "input")
