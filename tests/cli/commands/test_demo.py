"""The demo, whole: what the README promises of it."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from evenhand.cli.main import run
from evenhand.evaluation import load_report

pytestmark = pytest.mark.slow

EVENHAND = Path(sys.executable).with_name("evenhand")


def start_demo(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [EVENHAND, "demo", "--output", folder],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """Run a demo that is killed while it trains, then goes on to its end."""
    folder = tmp_path_factory.mktemp("demo") / "demo"
    killed = start_demo(folder)
    while not (folder / "pairs" / "test").exists():
        assert killed.poll() is None, killed.stdout.read()
        time.sleep(0.1)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    process = start_demo(folder)
    printed, _ = process.communicate()
    assert process.returncode == 0, printed
    return folder, printed


def test_it_goes_on_where_it_was_killed(demo):
    _, printed = demo
    assert printed.count("is there already") == 3  # the sample and both splits' pairs


def test_it_repairs_the_baseline_at_little_cost(demo):
    folder, _ = demo
    report = load_report(folder / "report")
    before, after = (model.overall.metrics for model in (report.baseline, report.candidate))
    assert before["flip_rate"].value >= 0.08
    assert after["flip_rate"].value <= 0.1 * before["flip_rate"].value
    assert after["accuracy"].value >= before["accuracy"].value - 0.01


def test_it_says_that_the_gate_passes_for_one_model_and_fails_for_the_other(demo):
    _, printed = demo
    assert printed.index("Gate passed") < printed.index("Gate FAILED")


def test_every_command_that_it_prints_is_there_to_run_again(demo, tmp_path, monkeypatch):
    _folder, printed = demo
    commands = [line[2:] for line in printed.splitlines() if line.startswith("$ evenhand ")]
    assert len(commands) == 8
    gate = next(line for line in commands if " gate " in line).split()[1:]
    assert run(gate) == 0


def test_another_demo_or_other_files_are_not_replaced(demo, tmp_path, capsys):
    folder, _ = demo
    assert run(["demo", "--output", str(folder), "--seed", "1"]) == 2
    assert "--overwrite" in capsys.readouterr().err
    (tmp_path / "thesis.txt").write_text("precious")
    assert run(["demo", "--output", str(tmp_path), "--overwrite"]) == 2
    assert (tmp_path / "thesis.txt").read_text() == "precious"
