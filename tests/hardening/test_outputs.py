"""Outputs: links, devices, folders that cannot be written, full disks, and two runs at once."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import ENTRY, evenhand, left_in, no_traceback

from evenhand.cli.main import run
from evenhand.data import CounterfactualDataset, build_dataset
from evenhand.data.storage.files import write_text

is_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a small disk")


def build(project: Path, output: Path, *options: str) -> int:
    return run(["data", "build", str(project / "rows.csv"), "--output", str(output), *options])


@pytest.mark.parametrize("target", ["a folder", "a dataset", "a file", "nothing"])
def test_an_output_folder_that_is_a_link_is_refused(project: Path, target: str) -> None:
    elsewhere = project / "elsewhere"
    if target == "a dataset":
        build_dataset([project / "rows.csv"], elsewhere)
    elif target == "a folder":
        elsewhere.mkdir()
        (elsewhere / "thesis.txt").write_text("precious")
    elif target == "a file":
        elsewhere.write_text("precious")
    before = elsewhere.exists() and elsewhere.is_dir() and left_in(elsewhere)
    (project / "cf").symlink_to(elsewhere)
    for options in ([], ["--overwrite"]):
        assert build(project, project / "cf", *options) == 2
    assert (project / "cf").is_symlink()
    assert (elsewhere.exists() and elsewhere.is_dir() and left_in(elsewhere)) == before


def test_a_folder_that_holds_a_link_is_not_replaced(project: Path) -> None:
    build_dataset([project / "rows.csv"], project / "cf")
    (project / "elsewhere").mkdir()
    (project / "elsewhere" / "thesis.txt").write_text("precious")
    (project / "cf" / "link").symlink_to(project / "elsewhere")
    assert build(project, project / "cf", "--overwrite") == 2
    assert (project / "cf" / "link").is_symlink()
    assert (project / "elsewhere" / "thesis.txt").read_text() == "precious"


@pytest.mark.parametrize("target", ["a file", "nothing"])
def test_an_output_file_that_is_a_link_is_replaced_and_its_target_kept(
    tmp_path: Path, target: str
) -> None:
    if target == "a file":
        (tmp_path / "elsewhere").write_text("precious")
    (tmp_path / "gate.xml").symlink_to(tmp_path / "elsewhere")
    write_text(tmp_path / "gate.xml", "new")
    assert (tmp_path / "gate.xml").read_text() == "new"
    assert not (tmp_path / "gate.xml").is_symlink()
    if target == "a file":
        assert (tmp_path / "elsewhere").read_text() == "precious"
    else:
        assert left_in(tmp_path) == ["gate.xml"]


def test_an_output_file_that_is_a_folder(project: Path) -> None:
    (project / "gate.xml").mkdir()
    report = project / "report.json"
    ended = evenhand("gate", "--report", report, "--junit", project / "gate.xml", cwd=project)
    assert ended.returncode == 4 and "cannot be written" in ended.stderr
    assert (project / "gate.xml").is_dir()


def test_devices_and_pipes_are_written_to_and_never_replaced(project: Path) -> None:
    """A root in a container would otherwise turn /dev/null into a file for everybody."""
    for device in ("/dev/null", "/dev/stdout", "/dev/fd/1"):
        ended = evenhand("gate", "--report", project, "--junit", device, cwd=project)
        assert ended.returncode == 0, ended.stderr
        assert ("<testsuites>" in ended.stdout) == (device != "/dev/null")
    assert not Path("/dev/null").is_file() and Path("/dev/stdout").is_symlink()
    os.mkfifo(project / "pipe")
    with subprocess.Popen(["cat", project / "pipe"], stdout=subprocess.PIPE) as reader:
        write_text(project / "pipe", "through")
        assert reader.communicate()[0] == b"through"


def test_what_a_killed_process_left_is_removed_by_the_next(tmp_path: Path) -> None:
    code = (
        "import sys, os, signal; from evenhand.data.storage.files import new_file\n"
        "with new_file(sys.argv[1]) as work:\n"
        "    work.write_text('half'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code, tmp_path / "gate.xml"])
    assert len(left_in(tmp_path)) == 1 and not (tmp_path / "gate.xml").exists()
    write_text(tmp_path / "gate.xml", "whole")
    assert left_in(tmp_path) == ["gate.xml"]


@contextlib.contextmanager
def small_disk(folder: Path, size: str, *options: str) -> Iterator[Path]:
    """Mount a file system of this size."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", ",".join([f"size={size}", *options]), "tmpfs", folder]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def assert_clear(ended: subprocess.CompletedProcess[str]) -> None:
    assert ended.returncode == 4, ended.stderr
    no_traceback(ended.stderr)
    errors = ended.stderr[ended.stderr.index("Error:") :].splitlines()
    assert len(errors) <= 4
    assert "cannot be written" in errors[0], errors


@is_root
def test_a_full_disk(project: Path, tmp_path: Path) -> None:
    rows = "".join(f"{i},she is {os.urandom(40).hex()} late\n" for i in range(20_000))
    (project / "many.csv").write_text("id,text\n" + rows)
    with small_disk(tmp_path / "small", "300k") as disk:
        assert_clear(evenhand("data", "build", project / "many.csv", "--output", disk / "cf"))
        assert left_in(disk) == []
        (disk / "ballast").write_bytes(bytes(290 << 10))
        with pytest.raises(OSError):
            (disk / "more").write_bytes(bytes(100 << 10))
        outputs = ("--junit", disk / "gate.xml")
        assert_clear(evenhand("gate", "--report", project, *outputs, cwd=project))
        assert not (disk / "gate.xml").exists()
        assert_clear(evenhand("data", "sample", "--output", disk / "sample"))
        assert not (disk / "sample").exists()


@is_root
def test_a_disk_that_is_read_only(project: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "fixed", "1m", "ro") as disk:
        assert_clear(evenhand("data", "build", project / "rows.csv", "--output", disk / "cf"))
        outputs = ("--sarif", disk / "gate.sarif")
        assert_clear(evenhand("gate", "--report", project, *outputs, cwd=project))
        assert_clear(evenhand("data", "sample", "--output", disk / "sample"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission(project: Path, tmp_path: Path) -> None:
    (tmp_path / "fixed").mkdir(mode=0o500)
    output = tmp_path / "fixed" / "cf"
    assert_clear(evenhand("data", "build", project / "rows.csv", "--output", output))


TRAINING = """
import os, sys
from pathlib import Path
import keras
from evenhand.data.errors import UnavailableError
from evenhand.evaluation import evaluate_flip_rate
from evenhand.remediation import train, train_baseline

data, disk, baseline = map(Path, sys.argv[1:])

def refused(function, *arguments, **options):
    try:
        function(*arguments, **options)
    except UnavailableError as error:
        assert "cannot be written" in str(error) and len(error.lines()) <= 4
    else:
        raise AssertionError(f"{function} wrote to a full disk")
    left = sorted(part.name for part in disk.iterdir() if not part.name.endswith(".checkpoint"))
    assert left == ["ballast"], left

train_baseline(data, baseline, epochs=1)
refused(train_baseline, data, disk / "baseline.keras", epochs=1)
refused(train, baseline, data, disk / "clp", epochs=1)
refused(train, baseline, data, disk / "other", epochs=1, cache="disk")
refused(evaluate_flip_rate, data, baseline, output=disk / "report")
"""


@pytest.mark.slow
@is_root
def test_a_disk_that_fills_up_in_training_and_evaluation(project: Path, tmp_path: Path) -> None:
    data = project / "cf"
    build_dataset([project / "rows.csv"], data, label_column="toxic", slice_columns=["topic"])
    with small_disk(tmp_path / "small", "64k") as disk:
        (disk / "ballast").write_bytes(bytes(52 << 10))
        arguments = [sys.executable, "-c", TRAINING, data, disk, tmp_path / "baseline.keras"]
        ended = subprocess.run(arguments, capture_output=True, text=True, timeout=300)
        assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("options", [[], ["--overwrite"]])
def test_two_runs_into_one_folder_at_once(project: Path, options: list[str]) -> None:
    command = ["data", "build", project / "rows.csv", "--output", project / "cf", *options]
    runs = [
        subprocess.Popen([*ENTRY, *map(str, command)], stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    ended = [(process.communicate()[1], process.returncode) for process in runs]
    assert any(code == 0 for _, code in ended), ended
    for errors, code in ended:
        assert code in (0, 2, 4), errors
        no_traceback(errors)
    assert CounterfactualDataset.open(project / "cf").manifest.counts.examples == 60
    assert left_in(project) == ["cf", "evenhand.toml", "report.json", "rows.csv"]


def test_two_replacements_of_one_folder_never_mix(tmp_path: Path) -> None:
    code = (
        "import sys; from evenhand.data.storage.folders import new_folder\n"
        "from evenhand.data.errors import EvenhandError\n"
        "for _ in range(100):\n"
        "    try:\n"
        "        with new_folder(sys.argv[1], kind='report', overwrite=True) as work:\n"
        "            (work / 'm').write_text(sys.argv[2]); (work / 'n').write_text(sys.argv[2])\n"
        "    except EvenhandError: pass\n"
    )
    runs = [subprocess.Popen([sys.executable, "-c", code, tmp_path / "out", i]) for i in "abc"]
    assert [process.wait() for process in runs] == [0, 0, 0]
    out = tmp_path / "out"
    assert (out / "m").read_text() == (out / "n").read_text()
    assert left_in(tmp_path) == ["out"]
