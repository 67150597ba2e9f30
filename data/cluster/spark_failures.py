"""What goes wrong on a cluster, as one clear error each."""

from __future__ import annotations

import json
import re

from evenhand.data.errors import ConfigurationError, EvenhandError, InputError, UnavailableError

_MARK = "evenhand-error: "
_MARKED = re.compile(re.escape(_MARK) + r"(\{.*\})")
_MISSING = re.compile(r"No module named '([\w.]+)'")
_NO_PYTHON = re.compile(r'Cannot run program "([^"]+)"')
_VERSIONS = re.compile(r"(?:version in worker|Python in worker)\D*(\d+\.\d+)\D+(\d+\.\d+)", re.I)
_RAISED = re.compile(r"^(?:: )?([\w.]+(?:Error|Exception|Interrupt): .+)", re.M)
_TIMES = re.compile(r"failed (\d+) times, most recent failure")
_EXECUTOR_LOST = re.compile(r"ExecutorLostFailure \(.*\)(?: Reason: (.+))?")
_PYTHON_LOST = "Python worker exited unexpectedly"
_KINDS = {each.exit_code: each for each in (ConfigurationError, InputError, UnavailableError)}
_PYTHONS = "have PYSPARK_PYTHON name a Python with evenhand, of the same version, on every worker"


class TaskError(Exception):
    """An error of a task that Spark may try again elsewhere; its text goes through Java."""

    def __init__(self, error: EvenhandError) -> None:
        super().__init__(_MARK + json.dumps(parts_of_error(error)))


def parts_of_error(error: EvenhandError) -> dict[str, str | int | None]:
    """Return what an error says."""
    return {
        "exit_code": error.exit_code,
        "what": error.what,
        "where": error.where,
        "expected": error.expected,
        "remedy": error.remedy,
    }


def error_of_parts(parts: dict[str, str | int | None]) -> EvenhandError:
    """Return the error that says it."""
    texts = {name: str(text) for name, text in parts.items() if text is not None}
    kind = _KINDS.get(int(texts.pop("exit_code")), EvenhandError)
    return kind(texts.pop("what"), **texts)


def job_failure(error: BaseException) -> EvenhandError:
    """Return why a job failed, from what Spark raised."""
    text = str(error)
    if marked := _MARKED.search(text):
        return error_of_parts(json.loads(marked[1]))
    if "PYTHON_VERSION_MISMATCH" in text:
        found = _VERSIONS.search(text)
        versions = f" ({found[1]} there, {found[2]} here)" if found else ""
        return UnavailableError(
            f"a worker of the cluster runs another version of Python{versions}",
            remedy=_PYTHONS,
        )
    if missing := _MISSING.search(text):
        name = missing[1].partition(".")[0]
        return UnavailableError(
            f"a worker of the cluster has no module {missing[1]}",
            expected="evenhand and what it needs, on every worker"
            if name in ("evenhand", "tensorflow", "pyarrow", "keras")
            else "the code that the options name, on every worker",
            remedy=_PYTHONS,
        )
    if python := _NO_PYTHON.search(text):
        return UnavailableError(
            f"a worker of the cluster has no Python {python[1]}", remedy=_PYTHONS
        )
    lost = _EXECUTOR_LOST.search(text)
    if lost or _PYTHON_LOST in text:
        times = _TIMES.search(text)
        who = "an executor" if lost else "the Python of an executor"
        reason = f" ({lost[1]})" if lost and lost[1] else ""
        return UnavailableError(
            f"a task was given up: {who} was lost with it"
            + (f" {times[1]} times" if times else "")
            + reason,
            expected="executors with enough memory, which nothing kills",
            remedy="give them more, as spark.executor.memory and spark.executor.memoryOverhead, or "
            "see their logs; nothing was written",
        )
    if _is_stopped(text):
        return UnavailableError(
            "the connection to the cluster is lost",
            remedy="see whether its master runs, and start again; nothing was written",
        )
    raised = _RAISED.findall(text)
    reason = raised[-1] if raised else next(iter(text.splitlines()), type(error).__name__)
    return UnavailableError(
        f"the work on the cluster failed ({reason})",
        remedy="the log of Spark's executors says more; nothing was written",
    )


def session_failure(error: BaseException, master: str | None) -> EvenhandError:
    """Return why there is no session, from what Spark raised."""
    text = str(error)
    if "JAVA_GATEWAY_EXITED" in text:
        return UnavailableError(
            "Spark's Java ended at once", expected="Java 17 or later", remedy="see what it printed"
        )
    if _is_stopped(text):
        return UnavailableError(
            "the Spark master takes no work from here",
            where=master,
            expected="a master of the same version of Spark, and its secret where it asks for one",
            remedy="see what Spark printed; a secret is given as spark.authenticate.secret",
        )
    raised = _RAISED.findall(text)
    reason = raised[0] if raised else next(iter(text.splitlines()), type(error).__name__)
    return UnavailableError(
        f"a Spark session cannot be started ({reason})",
        where=master,
        remedy="see whether the cluster runs, and what `master` names",
    )


def _is_stopped(text: str) -> bool:
    return "SparkContext" in text and ("shut down" in text or "stopped" in text)
