"""Processes that work for another: what they are asked, what goes wrong, and that they end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from processes import wait_for_the_end_of

from evenhand.data.errors import UnavailableError
from evenhand.data.support import worker_processes
from evenhand.data.support.worker_processes import start_processes


@pytest.fixture(params=["as is right here", "new interpreters"])
def both_ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start processes both ways, but do not fork where other tests have loaded TensorFlow."""
    if request.param == "new interpreters":
        monkeypatch.setattr(worker_processes, "can_fork", lambda: False)


@pytest.mark.usefixtures("both_ways")
def test_each_call_gives_its_own_result_or_its_own_error() -> None:
    with start_processes(divmod, 2) as ask:
        asked = [ask(number, 7) for number in range(20)]
        wrong = ask(1, 0)
        assert [each.result() for each in asked] == [divmod(number, 7) for number in range(20)]
        with pytest.raises(ZeroDivisionError):
            wrong.result()
        assert ask(8, 7).result() == (1, 1), "an error ends no process"


@pytest.mark.usefixtures("both_ways")
def test_a_process_that_is_killed_is_an_error_with_a_way_out() -> None:
    with (
        start_processes(os._exit, 1) as ask,
        pytest.raises(UnavailableError, match="worker process was killed") as raised,
    ):
        ask(1).result()
    assert "`workers` 1" in str(raised.value)


@pytest.mark.usefixtures("both_ways")
def test_large_arguments_and_results_pass() -> None:
    with start_processes(bytes.upper, 1) as ask:
        assert ask(b"a" * 3_000_000).result() == b"A" * 3_000_000


# A script as people write them, where Python 3.12's warning of forks beside threads is an error.
SCRIPT = """
import sys, threading
from evenhand.data import build_dataset

if "thread" in sys.argv:
    threading.Thread(target=threading.Event().wait, daemon=True).start()
print("once")
build_dataset(["rows.csv"], "out", workers=2)
"""


@pytest.mark.parametrize("surroundings", ["no thread", "thread"])
def test_a_script_needs_no_guard_whether_it_has_threads_or_not(
    tmp_path: Path, surroundings: str
) -> None:
    (tmp_path / "rows.csv").write_text("text\n" + "she is late\n" * 200)
    (tmp_path / "script.py").write_text(SCRIPT)
    command = [sys.executable, "-W", "error::DeprecationWarning", "script.py", surroundings]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "once\n", "")
    assert (tmp_path / "out" / "manifest.json").exists()


# Says which process works for it, which is in the middle of its work then.
PARENT = """
import os, time
from evenhand.data.support import worker_processes
from evenhand.data.support.worker_processes import start_processes

assert worker_processes.can_fork()
worker_processes.can_fork = lambda: FORKS
with start_processes(eval, 2) as ask:
    print(ask("__import__('os').getpid()").result(), flush=True)
    busy = [ask("__import__('time').sleep(3600)") for _ in range(2)]
    ENDING
"""


@pytest.mark.parametrize(
    "ending",
    [
        "os.kill(os.getpid(), 9)",
        "os.kill(os.getpid(), 15)",
        "os._exit(1)",
        "raise RuntimeError",
        "os.killpg(0, 2); time.sleep(3600)",
    ],
)
@pytest.mark.parametrize("forks", [True, False])
def test_a_process_ends_with_the_one_that_it_works_for(ending: str, forks: bool) -> None:
    code = PARENT.replace("ENDING", ending).replace("FORKS", str(forks))
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        parent.communicate()  # until both have closed the pipes
    assert parent.returncode != 0
    wait_for_the_end_of([worker])


@pytest.mark.usefixtures("both_ways")
def test_a_terminals_ctrl_c_does_not_reach_a_process() -> None:
    """It goes to the group of this one, which ends its processes itself."""
    with start_processes(os.getpgid, 1) as ask:
        assert ask(0).result() != os.getpgid(0)
