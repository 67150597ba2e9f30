"""Folders are complete or absent, and replace or remove only what evenhand wrote."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from evenhand.data.errors import ConfigurationError, UnavailableError
from evenhand.data.storage.files import write_text
from evenhand.data.storage.folders import check_destination, new_folder, remove_folder, take_folder
from evenhand.data.storage.ownership import MARKER_NAME, temporary_name

NAME = "manifest.json"


def write_output(path: Path, content: str, *, overwrite: bool = False) -> None:
    with new_folder(path, kind="dataset", overwrite=overwrite) as folder:
        (folder / NAME).write_text(content)


def leftovers(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir() if entry.name.startswith("."))


def test_a_new_folder_appears_with_its_parents(tmp_path):
    write_output(tmp_path / "a" / "b", "one")
    assert (tmp_path / "a" / "b" / NAME).read_text() == "one"
    assert leftovers(tmp_path / "a") == []


def test_a_new_folder_is_not_there_while_it_is_written(tmp_path):
    with new_folder(tmp_path / "out", kind="dataset") as folder:
        (folder / NAME).write_text("one")
        assert not (tmp_path / "out").exists()


def test_an_error_leaves_nothing_behind(tmp_path):
    with pytest.raises(ZeroDivisionError), new_folder(tmp_path / "out", kind="dataset") as folder:
        (folder / NAME).write_text("half")
        _ = 1 / 0
    assert list(tmp_path.iterdir()) == []


def test_an_existing_output_is_kept_without_overwrite(tmp_path):
    write_output(tmp_path / "out", "one")
    with pytest.raises(ConfigurationError, match="the output folder exists") as raised:
        write_output(tmp_path / "out", "two")
    assert "`overwrite`" in raised.value.remedy
    assert (tmp_path / "out" / NAME).read_text() == "one"


def test_overwrite_replaces_the_whole_output(tmp_path):
    with new_folder(tmp_path / "out", kind="dataset") as folder:
        (folder / "old").mkdir()
        (folder / "old" / "old.txt").write_text("old")
    write_output(tmp_path / "out", "two", overwrite=True)
    assert sorted(entry.name for entry in (tmp_path / "out").iterdir()) == [MARKER_NAME, NAME]
    assert (tmp_path / "out" / NAME).read_text() == "two"
    assert leftovers(tmp_path) == []


def test_a_failed_overwrite_keeps_the_old_output(tmp_path):
    write_output(tmp_path / "out", "one")
    with (
        pytest.raises(ZeroDivisionError),
        new_folder(tmp_path / "out", kind="dataset", overwrite=True),
    ):
        _ = 1 / 0
    assert (tmp_path / "out" / NAME).read_text() == "one"


def test_a_folder_of_something_else_is_never_replaced(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("three years of work")
    with pytest.raises(ConfigurationError, match="holds other files"):
        write_output(tmp_path / "out", "one", overwrite=True)
    assert (tmp_path / "out" / "thesis.txt").exists()


def test_an_empty_folder_may_be_filled(tmp_path):
    (tmp_path / "out").mkdir()
    write_output(tmp_path / "out", "one")
    assert (tmp_path / "out" / NAME).exists()


def test_a_folder_whose_marker_was_not_finished_may_be_filled(tmp_path):
    """As a kill leaves it while the marker, the first file of the folder, is written."""
    code = """
import os, signal, sys
from evenhand.data.storage.ownership import Marker
Marker.write = lambda *arguments: os.kill(os.getpid(), signal.SIGKILL)
from evenhand.data.storage import temporary
from evenhand.data.storage import folders
write = temporary.Marker("temporary").write
class Whole(temporary.Marker):
    def write(self, folder):
        text = '{"schema_version": 1, "kind": "temporary", "written": [], "inode": %d}'
        (folder / ".evenhand.json").write_text(text % self.inode)
temporary.Marker = Whole
folders.take_folder(sys.argv[1], kind="demo", names=["a.txt"])
"""
    killed = subprocess.run([sys.executable, "-c", code, tmp_path / "out"], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert len(leftovers(tmp_path / "out")) == 1
    take_folder(tmp_path / "out", kind="demo", names=["a.txt"])
    assert leftovers(tmp_path / "out") == [MARKER_NAME]


@pytest.mark.parametrize("what", ["file", "link to a folder", "dangling link"])
def test_what_is_no_folder_is_refused(tmp_path, what):
    output = tmp_path / "out"
    if what == "file":
        output.write_text("")
    else:
        target = tmp_path / "target"
        if what == "link to a folder":
            target.mkdir()
        output.symlink_to(target)
    with pytest.raises(ConfigurationError, match="not a folder"):
        check_destination(output, kind="dataset", overwrite=True)


def test_a_parent_that_is_a_file_is_a_clear_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UnavailableError, match="cannot be written"):
        write_output(tmp_path / "file" / "out", "one")


def test_killed_while_writing_the_output_is_absent_and_can_be_written_again(tmp_path):
    code = """
import os, signal, sys
from evenhand.data.storage.folders import new_folder
with new_folder(sys.argv[1], kind="dataset") as folder:
    (folder / "manifest.json").write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    killed = subprocess.run([sys.executable, "-c", code, tmp_path / "out"], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert not (tmp_path / "out").exists()
    write_output(tmp_path / "out", "whole")
    assert (tmp_path / "out" / NAME).read_text() == "whole"


# What shows that a folder is evenhand's: its marker's content, never the name of a file.


def report_of(path: Path) -> Path:
    with new_folder(path, kind="report") as folder:
        (folder / "report.json").write_text("{}")
        (folder / "tfma").mkdir()
        (folder / "tfma" / "metrics").write_text("m")
    return path


def everything(folder: Path) -> dict[str, str | bytes | None]:
    """Return what is in a folder, byte for byte: of files the content, of links where they lead."""
    found: dict[str, str | bytes | None] = {}
    for path in sorted(folder.rglob("*")):
        content = None if path.is_dir() or path.is_fifo() else path.read_bytes()
        found[str(path.relative_to(folder))] = (
            str(path.readlink()) if path.is_symlink() else content
        )
    return found


def thesis(folder: Path) -> None:
    folder.mkdir()
    (folder / "thesis.txt").write_text("three years of work")


def marked(folder: Path, document: object) -> None:
    thesis(folder)
    (folder / MARKER_NAME).write_text(json.dumps(document))


GOOD = {"schema_version": 1, "kind": "report", "written": ["thesis.txt"]}

NOT_OURS = {
    "a report.json of {}": lambda out: (thesis(out), (out / "report.json").write_text("{}")),
    "a manifest and a README": lambda out: (
        thesis(out),
        (out / "manifest.json").write_text("{}"),
        (out / "README.md").write_text("# mine"),
    ),
    "an empty marker": lambda out: (thesis(out), (out / MARKER_NAME).touch()),
    "a marker that is {}": lambda out: marked(out, {}),
    "a marker that is a list": lambda out: marked(out, ["thesis.txt"]),
    "a marker of another kind": lambda out: marked(out, GOOD | {"kind": "dataset"}),
    "a marker of no kind": lambda out: marked(out, GOOD | {"kind": ["report"]}),
    "a marker of a temporary folder": lambda out: marked(out, GOOD | {"kind": "temporary"}),
    "a marker of a later version": lambda out: marked(out, GOOD | {"schema_version": 2}),
    "a list that is text": lambda out: marked(out, GOOD | {"written": "thesis.txt"}),
    "a list of numbers": lambda out: marked(out, GOOD | {"written": [1]}),
    "a list with an absolute path": lambda out: marked(out, GOOD | {"written": ["/etc/passwd"]}),
    "a list that leads out": lambda out: marked(
        out, GOOD | {"written": ["thesis.txt", "../mine/notes.md"]}
    ),
    "a list with a dot": lambda out: marked(out, GOOD | {"written": ["./thesis.txt"]}),
    "a list with an empty name": lambda out: marked(out, GOOD | {"written": ["thesis.txt", ""]}),
    "a list with a null byte": lambda out: marked(out, GOOD | {"written": ["thesis.txt", "a\0"]}),
    "a list without the file": lambda out: marked(out, GOOD | {"written": ["report.json"]}),
    "a list that has it as a folder": lambda out: marked(out, GOOD | {"written": ["thesis.txt/"]}),
    "a marker nested without an end": lambda out: (
        thesis(out),
        (out / MARKER_NAME).write_text("[" * 200_000),
    ),
    "a marker that is a link": lambda out: (
        marked(out, GOOD),
        (out / MARKER_NAME).rename(out.parent / "elsewhere.json"),
        (out / MARKER_NAME).symlink_to(out.parent / "elsewhere.json"),
    ),
    "a marker that is a pipe": lambda out: (thesis(out), os.mkfifo(out / MARKER_NAME)),
    "a marker that is a folder": lambda out: (thesis(out), (out / MARKER_NAME).mkdir()),
    "notes in a report": lambda out: (report_of(out), (out / "notes.md").write_text("mine")),
    "notes deep in a report": lambda out: (
        report_of(out),
        (out / "tfma" / "notes.md").write_text("mine"),
    ),
    "an empty folder in a report": lambda out: (report_of(out), (out / "mine").mkdir()),
    "a link in a report": lambda out: (report_of(out), (out / "l").symlink_to(out.parent / "mine")),
    "a link in the place of a file": lambda out: (
        report_of(out),
        (out / "report.json").unlink(),
        (out / "report.json").symlink_to(out.parent / "mine" / "notes.md"),
    ),
    "a link in the place of a folder": lambda out: (
        report_of(out),
        shutil.rmtree(out / "tfma"),
        (out / "tfma").symlink_to(out.parent / "mine"),
    ),
    "a pipe in the place of a file": lambda out: (
        report_of(out),
        (out / "report.json").unlink(),
        os.mkfifo(out / "report.json"),
    ),
    "a folder in the place of a file": lambda out: (
        report_of(out),
        (out / "report.json").unlink(),
        (out / "report.json").mkdir(),
    ),
    "a repository": lambda out: (report_of(out), (out / ".git").mkdir()),
    "somebody's partial folder": lambda out: (report_of(out), thesis(out / ".mine.partial")),
}


@pytest.mark.parametrize("what", NOT_OURS)
def test_what_evenhand_did_not_write_is_never_replaced_or_removed(tmp_path, what):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.md").write_text("mine")
    NOT_OURS[what](tmp_path / "out")
    before = everything(tmp_path)
    for overwrite in (False, True):
        with (
            pytest.raises(ConfigurationError, match=r"left alone|exists"),
            new_folder(tmp_path / "out", kind="report", overwrite=overwrite) as work,
        ):
            (work / "report.json").write_text("new")
        assert everything(tmp_path) == before


def test_the_refusal_names_what_is_not_ours(tmp_path):
    report_of(tmp_path / "out")
    (tmp_path / "out" / "tfma" / "notes.md").write_text("mine")
    with pytest.raises(ConfigurationError, match=r"'tfma/notes\.md'"):
        check_destination(tmp_path / "out", kind="report", overwrite=True)


@pytest.mark.parametrize("what", [what for what in NOT_OURS if " in " in what or "list" in what])
def test_removing_a_folder_leaves_what_is_not_ours(tmp_path, what):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.md").write_text("mine")
    report = everything(report_of(tmp_path / "out"))
    shutil.rmtree(tmp_path / "out")
    NOT_OURS[what](tmp_path / "out")
    before = everything(tmp_path)
    remove_folder(tmp_path / "out", kind="report")
    after = everything(tmp_path)
    ours = {f"out/{name}" for name in report}
    assert after.items() <= before.items()
    assert set(before) - set(after) <= ours
    assert {name for name in before if name.startswith("mine")} <= set(after)


def test_a_list_leads_nowhere_outside_even_where_all_of_it_is_plain(tmp_path):
    """A folder that came from strangers, with a marker that lists what is reached by a link."""
    thesis(tmp_path / "mine")
    out = tmp_path / "out"
    out.mkdir()
    (out / "sub").symlink_to(tmp_path / "mine")
    document = GOOD | {"written": ["sub/", "sub/thesis.txt"]}
    (out / MARKER_NAME).write_text(json.dumps(document))
    before = everything(tmp_path)
    with pytest.raises(ConfigurationError, match="'sub'"):
        check_destination(out, kind="report", overwrite=True)
    remove_folder(out, kind="report")
    assert everything(tmp_path) == {
        name: content for name, content in before.items() if name != f"out/{MARKER_NAME}"
    }


def test_a_folder_that_is_filled_bit_by_bit_is_ours_with_the_outputs_in_it(tmp_path):
    take_folder(tmp_path / "run", kind="checkpoint", names=["run.json", "control/"])
    (tmp_path / "run" / "run.json").write_text("{}")
    report_of(tmp_path / "run" / "control")
    check_destination(tmp_path / "run", kind="checkpoint", overwrite=True)
    (tmp_path / "run" / "control" / "notes.md").write_text("mine")
    with pytest.raises(ConfigurationError, match=r"'control/notes\.md'"):
        check_destination(tmp_path / "run", kind="checkpoint", overwrite=True)
    remove_folder(tmp_path / "run", kind="checkpoint")
    assert everything(tmp_path) == {
        "run": None,
        "run/control": None,
        "run/control/notes.md": b"mine",
    }


def test_somebody_s_own_file_is_not_taken_into_the_list(tmp_path):
    take_folder(tmp_path / "run", kind="run", names=["a.txt"])
    (tmp_path / "run" / "b.txt").write_text("mine")
    take_folder(tmp_path / "run", kind="run", names=["a.txt", "c.txt"])
    with pytest.raises(ConfigurationError, match=r"'b\.txt'"):
        take_folder(tmp_path / "run", kind="run", names=["b.txt"])
    with pytest.raises(ConfigurationError, match="left alone"):
        take_folder(tmp_path / "run", kind="demo", names=["d.txt"])


SOMEBODY_S = {
    "without a marker": {},
    "with an empty one": "",
    "with a copied one": None,
    "with one that is guessed": {
        "schema_version": 1,
        "kind": "temporary",
        "written": [],
        "inode": 1,
    },
}


@pytest.mark.parametrize("marker", SOMEBODY_S)
def test_somebody_s_folder_with_the_name_of_a_temporary_one_is_never_removed(tmp_path, marker):
    mine = tmp_path / ".out.mine.partial"
    if SOMEBODY_S[marker] is None:
        with new_folder(tmp_path / "out", kind="report"):
            (temporary,) = tmp_path.glob(".out.*.partial")
            shutil.copytree(temporary, mine)
        shutil.rmtree(tmp_path / "out")
    else:
        mine.mkdir()
        content = SOMEBODY_S[marker]
        if content != {}:
            (mine / MARKER_NAME).write_text(json.dumps(content) if content else "")
    (mine / "thesis.txt").write_text("three years of work")
    before = everything(mine)
    report_of(tmp_path / "out")
    write_text(tmp_path / "out.txt", "text")
    check_destination(tmp_path / "out", kind="report", overwrite=True)
    with new_folder(tmp_path / "out", kind="report", overwrite=True):
        pass
    assert everything(mine) == before


def test_what_a_killed_replacement_moved_away_is_removed_only_if_it_is_ours(tmp_path):
    code = """
import os, signal, sys
from pathlib import Path
from evenhand.data.storage import folders
from evenhand.data.storage.ownership import why_not_ours
def killed(folder, kind=None):
    if folder.name == "old":
        os.kill(os.getpid(), signal.SIGKILL)
    return why_not_ours(folder, kind)
folders.why_not_ours = killed
with folders.new_folder(sys.argv[1], kind="report", overwrite=True) as work:
    (work / "report.json").write_text("new")
"""
    report_of(tmp_path / "out")
    killed = subprocess.run([sys.executable, "-c", code, tmp_path / "out"], check=False)
    assert killed.returncode == -signal.SIGKILL
    (left,) = tmp_path.iterdir()
    (left / "old" / "notes.md").write_text("mine")
    report_of(tmp_path / "out")
    assert (left / "old" / "notes.md").read_text() == "mine"
    (left / "old" / "notes.md").unlink()
    with new_folder(tmp_path / "out", kind="report", overwrite=True):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


WRITTEN_IN_THE_END = {
    "replaced_file": ["out"],
    "replaced_folder": ["out", f"out/{MARKER_NAME}", "out/inside", "out/report.json"],
    "removed_folder": [],
    "folder_filled_bit_by_bit": ["out", f"out/{MARKER_NAME}", "out/a.txt"],
}


def test_a_kill_at_any_line_of_the_writing_leaves_nothing_that_the_next_process_does_not_remove(
    tmp_path,
):
    script = Path(__file__).with_name("killed_writers.py")
    ended = subprocess.run([sys.executable, script, tmp_path], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    kills = [json.loads(line) for line in ended.stdout.splitlines()]
    for kill in kills:
        assert kill["left"] == WRITTEN_IN_THE_END[kill["writer"]], kill
    for writer in WRITTEN_IN_THE_END:
        assert sum(kill["writer"] == writer for kill in kills) > 50


def test_a_folder_without_a_marker_is_ours_only_if_it_is_empty_and_its_name_was_made_by_us(
    tmp_path,
):
    ours, other = (tmp_path / temporary_name("out") for _ in range(2))
    empty = tmp_path / ".out.0123456789ab.partial"
    for folder in (ours, empty, other):
        folder.mkdir(mode=0o700)
    (other / "thesis.txt").write_text("three years of work")
    write_text(tmp_path / "out", "text")
    assert {path.name for path in tmp_path.iterdir()} == {"out", empty.name, other.name}
    assert (other / "thesis.txt").read_text() == "three years of work"
