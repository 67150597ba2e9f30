"""A build that is killed or interrupted leaves no half of a dataset, and the next one finishes."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys

import pytest
from processes import children_of, wait_for_the_end_of

from evenhand.data import CounterfactualDataset, build_dataset

# Stops at the given point of the build and says so, for this process to be killed there.
CHILD = """
import contextlib, sys, time
from evenhand.data.building import build
from evenhand.data.dataset.shards import ShardWriter

source, output, point, workers = sys.argv[1:]

def stop(*arguments, **keywords):
    print("here", flush=True)
    time.sleep(120)

def after_first(function):
    calls = []
    def counted(*arguments):
        calls.append(None)
        return stop() if len(calls) == 2 else function(*arguments)
    return counted

if point == "examples":
    ShardWriter.write = after_first(ShardWriter.write)
elif point == "card":
    build.write_card = stop
elif point == "manifest":
    build.Manifest.write = stop
elif point == "written":
    write = build.Manifest.write
    build.Manifest.write = lambda *arguments: (write(*arguments), stop())
else:
    new_folder = build.new_folder
    @contextlib.contextmanager
    def new_folder_and_stop(*arguments, **options):
        with new_folder(*arguments, **options) as folder:
            yield folder
        stop()
    build.new_folder = new_folder_and_stop
build.build_dataset([source], output, workers=int(workers))
"""


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "in" / "rows.csv"
    path.parent.mkdir()
    path.write_text("text\n" + "she is late\nthe bus is late\n" * 3_000)
    return path


@pytest.fixture
def start():
    """Start Python with code and arguments, until it is "here"; nothing outlives the test."""
    with contextlib.ExitStack() as stack:

        def started(code, *arguments):
            child = stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", code, *map(str, arguments)],
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                    start_new_session=True,
                )
            )
            stack.callback(child.kill)
            assert child.stdout.readline() == "here\n"
            return child

        yield started


@pytest.mark.parametrize(
    ("point", "workers"),
    [("examples", 2), ("card", 1), ("manifest", 1), ("written", 1), ("renamed", 1)],
)
def test_killed_at_any_point_the_output_is_absent_or_complete(
    tmp_path, source, start, point, workers
):
    output = tmp_path / "out" / "cf"
    child = start(CHILD, source, output, point, workers)
    helpers = children_of(child.pid)
    assert len(helpers) == (workers if workers > 1 else 0)
    child.kill()
    child.communicate(timeout=300)  # until the workers, too, have closed the pipes
    assert output.exists() == (point == "renamed")
    if output.exists():
        assert CounterfactualDataset.open(output).manifest.counts.pairs == 3_000
    left = [entry.name for entry in output.parent.iterdir() if entry != output]
    assert len(left) == (point != "renamed")
    wait_for_the_end_of(helpers)
    dataset = build_dataset([source], output, overwrite=True)
    assert dataset.manifest.counts.pairs == 3_000
    assert [entry.name for entry in output.parent.iterdir()] == ["cf"], "nothing is left over"


def test_a_build_that_goes_on_keeps_its_folder(tmp_path, source, start):
    output = tmp_path / "out" / "cf"
    child = start(CHILD, source, output, "manifest", 1)
    build_dataset([source], output)
    others = [entry for entry in output.parent.iterdir() if entry != output]
    child.kill()
    child.communicate()
    assert len(others) == 1
    assert (others[0] / "new" / "card.md").exists()


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_ctrl_c_ends_the_command_and_its_workers(tmp_path, source, start, name, code):
    output = tmp_path / "out" / "cf"
    command = CHILD.replace(
        "build.build_dataset([source], output, workers=int(workers))",
        "from evenhand.cli.main import main\n"
        "sys.argv[1:] = ['data', 'build', source, '--output', output, '--workers', workers]\n"
        "main()",
    )
    child = start(command, source, output, "examples", 2)
    helpers = children_of(child.pid)
    assert len(helpers) == 2
    os.killpg(child.pid, signal.Signals[name])
    _, errors = child.communicate(timeout=300)
    assert child.returncode == code
    assert "Traceback" not in errors
    wait_for_the_end_of(helpers)
    assert list(output.parent.iterdir()) == []
