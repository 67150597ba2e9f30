"""Ctrl-C, SIGTERM and SIGHUP in every long command, and kills in every step of the demo.

`EVENHAND_KILLS=20` makes it twenty kills.
"""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from commands import ENTRY, evenhand, left_in, no_traceback, started

from evenhand.data import CounterfactualDataset, build_dataset
from evenhand.remediation import train_baseline

KILLS = int(os.environ.get("EVENHAND_KILLS", "4"))  # of 20, minutes of processor time


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder with a dataset and a baseline."""
    folder = tmp_path_factory.mktemp("trained")
    rows = "".join(f"{'she' if i % 3 else 'he'} is late today,{i % 2}\n" for i in range(3_000))
    (folder / "rows.csv").write_text("text,toxic\n" + rows)
    build_dataset([folder / "rows.csv"], folder / "cf", label_column="toxic")
    train_baseline(folder / "cf", folder / "baseline.keras", epochs=1)
    return folder


# Of each command, the beginning of the line after which it is interrupted, and what may be left.
LONG = {
    "baseline": (
        "remediate baseline --data {0}/cf --output out.keras --epochs 500",
        "epoch",
        [],
    ),
    "train": (
        "remediate train --baseline {0}/baseline.keras --data {0}/cf --output out --epochs 500",
        "epoch",
        ["out.checkpoint"],
    ),
    "sweep": (
        "remediate sweep --baseline {0}/baseline.keras --data {0}/cf --output out --epochs 500",
        "",
        ["out.checkpoint"],
    ),
    "evaluate": (
        "evaluate flip-rate --model {0}/baseline.keras --data {0}/cf --output out --no-cache",
        "scoring",
        [],
    ),
    "demo": ("demo --output demo --rows 1000", "epoch", ["demo"]),
}


# Where Python throws away what is raised, or a library does: functions of swallowing.py.
SWALLOWING = (
    "destructor",
    "weak_reference",
    "finalizer",
    "garbage_collection",
    "native_callback",
    "complained_about",
    "printed_by_native_code",
    "suppressed",
    "again_and_again",
    "kept",
    "another_error",
    "while_importing",
    "thread",
    "twice",
)
AT_THE_END = ("at_the_end", "in_a_last_thread")


# The exit code and the words of each signal that ends a command.
SIGNALS = {
    "SIGINT": (130, "Interrupted."),
    "SIGTERM": (143, "Ended by SIGTERM."),
    "SIGHUP": (129, "Ended by SIGHUP."),
}
OTHERS = ("SIGTERM", "SIGHUP")


def interrupted_build(project: Path, place: str, name: str = "SIGINT") -> tuple[int, str]:
    """Build with a method that is interrupted in a place; return the exit code and stderr."""
    (project / "interrupted_module.py").write_text("import swallowing\nswallowing.ctrl_c()\n")
    environment = {"PLACE": place, "SIGNAL": name, "PYTHONPATH": str(Path(__file__).parent)}
    arguments = ["data", "build", project / "rows.csv", "--output", project / "out" / "cf"]
    arguments += ["--method", "swallowing:change"]
    with started(*arguments, cwd=project, env=os.environ | environment) as process:
        _, errors = process.communicate(timeout=300)
    return process.returncode, errors


@pytest.mark.parametrize("place", SWALLOWING)
def test_ctrl_c_where_exceptions_are_thrown_away(project: Path, place: str) -> None:
    code, errors = interrupted_build(project, place)
    assert code == 130, errors
    assert [line for line in errors.splitlines() if "pairing" not in line] == ["Interrupted."]
    assert left_in(project / "out") == []


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("place", ["suppressed", "native_callback", "thread", "twice"])
def test_other_signals_end_a_command_as_ctrl_c_does(project: Path, place: str, name: str) -> None:
    code, errors = interrupted_build(project, place, name)
    expected, words = SIGNALS[name]
    assert code == expected, errors
    assert [line for line in errors.splitlines() if "pairing" not in line] == [words]
    assert left_in(project / "out") == []


@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize("place", AT_THE_END)
def test_ctrl_c_while_python_shuts_down(project: Path, place: str, name: str) -> None:
    """The work is done, and stays; no exit code says that it was not interrupted."""
    code, errors = interrupted_build(project, place, name)
    assert code == SIGNALS[name][0], errors
    no_traceback(errors)
    assert left_in(project / "out") == ["cf"]


@pytest.mark.parametrize(
    ("place", "code", "left"), [("stuck", 0, ["cf"]), ("stuck_and_interrupted", 130, [])]
)
def test_a_command_that_is_through_ends(
    project: Path, place: str, code: int, left: list[str]
) -> None:
    """Nothing that hangs when Python takes itself apart keeps it."""
    found, errors = interrupted_build(project, place)
    assert found == code, errors
    assert left_in(project / "out") == left


@pytest.mark.parametrize("name", SIGNALS)
def test_ctrl_c_while_the_command_loads(project: Path, name: str) -> None:
    code = f"import os, signal\nos.kill(os.getpid(), signal.{name})\n"
    (project / "typer.py").write_text(code)
    ended = evenhand("--version", env={"PYTHONPATH": str(project)})
    expected, words = SIGNALS[name]
    assert (ended.returncode, ended.stdout, ended.stderr) == (expected, "", f"{words}\n")


def test_a_terminal_that_is_closed_ends_its_command(project: Path) -> None:
    """The kernel sends SIGHUP, and nothing can be written to the terminal any more."""
    ours, theirs = pty.openpty()
    here = project / "here"
    own_terminal = f"import fcntl, termios\nfcntl.ioctl(0, termios.TIOCSCTTY, 0)\n{ENTRY[2]}"
    arguments = ["data", "build", project / "rows.csv", "--output", project / "out" / "cf"]
    arguments += ["--method", "swallowing:change"]
    process = subprocess.Popen(
        [sys.executable, "-c", own_terminal, *map(str, arguments)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=os.environ
        | {"PLACE": "announced", "HERE": str(here), "PYTHONPATH": str(Path(__file__).parent)},
        start_new_session=True,
    )
    os.close(theirs)
    while not here.exists():
        assert process.poll() is None
        time.sleep(0.01)
    os.close(ours)
    assert process.wait(timeout=300) == 129
    assert left_in(project / "out") == []


@pytest.mark.parametrize("name", SIGNALS)
def test_ctrl_c_that_is_ignored_from_the_start_stays_ignored(project: Path, name: str) -> None:
    """Under nohup, and in the background jobs of a script."""
    environment = {
        "PLACE": "suppressed",
        "SIGNAL": name,
        "PYTHONPATH": str(Path(__file__).parent),
    }
    arguments = ["data", "build", project / "rows.csv", "--output", project / "cf"]
    arguments += ["--method", "swallowing:change"]
    ended = subprocess.run(
        ["sh", "-c", f"""trap '' {name[3:]}; exec "$@" """, "sh", *ENTRY, *map(str, arguments)],
        cwd=project,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        start_new_session=True,
    )
    assert ended.returncode == 0, ended.stderr
    assert SIGNALS[name][1] not in ended.stderr
    CounterfactualDataset.open(project / "cf")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "sent"),
    [*((name, "SIGINT") for name in LONG), ("train", "SIGTERM"), ("evaluate", "SIGHUP")],
)
def test_ctrl_c(trained: Path, tmp_path: Path, name: str, sent: str) -> None:
    command, line, may_be_left = LONG[name]
    errors = ""
    with started(*command.format(trained).split(), cwd=tmp_path) as process:
        assert process.stderr is not None
        for shown in process.stderr:
            errors += shown
            if shown.startswith(line):
                break
        os.killpg(process.pid, signal.Signals[sent])
        errors += process.communicate()[1]
    code, words = SIGNALS[sent]
    assert process.returncode == code, errors
    assert words in errors
    no_traceback(errors)
    assert set(left_in(tmp_path)) <= set(may_be_left)
    assert not [part for part in tmp_path.rglob("*") if part.name.endswith(".partial")]


@pytest.mark.slow
@pytest.mark.timeout(1_200)
def test_ctrl_c_at_any_moment_of_an_evaluation(trained: Path, tmp_path: Path) -> None:
    script = Path(__file__).with_name("interrupted_evaluations.py")
    inputs = [trained / "baseline.keras", trained / "cf", tmp_path]
    command = [sys.executable, script, *inputs, str(2 * KILLS)]
    ended = subprocess.run(command, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    codes = []
    for line in ended.stdout.splitlines():
        found = json.loads(line)
        codes.append(found["code"])
        no_traceback(found["shown"])
        if found["code"] == 0:  # the command was through
            assert found["left"] == ["report"]
        else:
            assert found["code"] == 130, found
            assert found["left"] in ([], ["report"]), found
    assert codes.count(130) >= KILLS, codes


@pytest.mark.slow
@pytest.mark.timeout(1_200)
def test_a_demo_killed_at_any_moment_ends_with_the_same_report_when_run_again(
    tmp_path: Path,
) -> None:
    script = Path(__file__).with_name("killed_demos.py")
    ended = subprocess.run(
        [sys.executable, script, tmp_path, str(KILLS)], capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr
    found = [json.loads(line) for line in ended.stdout.splitlines()]
    assert len(found) == KILLS
    for kill in found:
        assert kill["code"] == kill["expected"], kill
        assert kill["same"], kill
        assert kill["left"] == [], kill
    assert len({tuple(kill["after"]) for kill in found}) >= 3, "kills reach several steps"
    assert sum(kill["killed"] for kill in found) >= KILLS // 2
