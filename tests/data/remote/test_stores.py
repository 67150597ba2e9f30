"""Files and folders in stores: read as a whole, written completely or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evenhand.data.errors import ConfigurationError, EvenhandError, InputError, UnavailableError
from evenhand.data.formats.sources import find_inputs
from evenhand.data.remote.arguments import takes_urls
from evenhand.data.storage.files import check_new_file, write_text
from evenhand.data.storage.folders import new_folder
from evenhand.data.storage.ownership import MARKER_NAME
from evenhand.data.urls import shown_url

fsspec = pytest.importorskip("fsspec")

from failing_store import FailingStore, register  # noqa: E402

register()


@pytest.fixture(params=["memory", "file", "failing"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty folder, in each kind of store."""
    if request.param == "file":
        yield f"file://{tmp_path}/store"
        return
    url = f"{request.param}://{tmp_path.name}"
    FailingStore.empty()
    yield url
    FailingStore.empty()
    if files_of(url):
        fs, path = fsspec.core.url_to_fs(url)
        fs.rm(path, recursive=True)


def files_of(url: str) -> dict[str, str]:
    """Return the texts of all files below a URL, by their paths from it."""
    fs, path = fsspec.core.url_to_fs(url)
    try:
        found = fs.find(path)
    except FileNotFoundError:
        return {}
    return {name[len(path) :].lstrip("/"): fs.cat_file(name).decode() for name in found}


def put(url: str, text: str) -> None:
    fs, path = fsspec.core.url_to_fs(url)
    fs.makedirs(path.rpartition("/")[0], exist_ok=True)
    fs.pipe_file(path, text.encode())


@takes_urls(source="read")
def read(source: str | Path) -> dict[str, str]:
    """Return the texts of a file, of a folder's files or of those of a pattern, by name."""
    path = Path(source)
    if path.is_dir():
        files = [each for each in path.rglob("*") if each.is_file()]
    else:
        files = list(path.parent.glob(path.name))
    return {each.name: each.read_text() for each in files}


@takes_urls()
def write(output: str | Path, names: dict[str, str], *, overwrite: bool = False) -> Path:
    """Make an output: a folder that `manifest.json` makes readable."""
    with new_folder(output, kind="dataset", overwrite=overwrite) as folder:
        for name, text in names.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text)
    return Path(output)


OLD = {"manifest.json": "old", "part-0": "old", "part-1": "old", "deep/part": "old"}
NEW = {"manifest.json": "new", "part-0": "new", "deep/other": "new"}


def test_a_file_a_folder_and_a_pattern_are_read(root: str) -> None:
    for name in ("a.csv", "b.csv", "c.txt"):
        put(f"{root}/in/{name}", name)
    assert read(f"{root}/in/a.csv") == {"a.csv": "a.csv"}
    assert read(f"{root}/in") == read(f"{root}/in/") == {n: n for n in ("a.csv", "b.csv", "c.txt")}
    assert read(f"{root}/in/*.csv") == {"a.csv": "a.csv", "b.csv": "b.csv"}


def test_patterns_find_the_same_inputs_as_on_disk(root: str) -> None:
    for name in ("x/1.csv", "x/y/2.csv", "3.csv"):
        put(f"{root}/in/{name}", "text")

    @takes_urls()
    def found(inputs: list[str]) -> list[str]:
        return [file.path.name for file in find_inputs(inputs)]

    assert found([f"{root}/in/**/*.csv"]) == ["3.csv", "1.csv", "2.csv"]
    assert found([f"{root}/in/x"]) == ["1.csv", "2.csv"]


def test_what_has_not_changed_is_copied_once(root: str) -> None:
    @takes_urls(source="read")
    def place(source: Any) -> Path:
        return Path(source)

    put(f"{root}/in/a.csv", "one")
    first = place(f"{root}/in/a.csv")
    assert place(f"{root}/in/a.csv") == first
    put(f"{root}/in/a.csv", "another")
    assert place(f"{root}/in/a.csv").read_text() == "another"
    assert first.read_text() == "one"  # whoever works with it


def test_a_model_comes_with_the_record_of_its_training(root: str) -> None:
    for name in ("model.keras", "train.json", "other.json"):
        put(f"{root}/clp/{name}", name)

    @takes_urls()
    def beside(model: Any) -> set[str]:
        return {path.name for path in Path(model).parent.iterdir()}

    assert beside(f"{root}/clp/model.keras") == {"model.keras", "train.json"}
    put(f"{root}/clp/sweep.json", "new")
    assert beside(f"{root}/clp/model.keras") == {"model.keras", "train.json", "sweep.json"}


def test_a_record_is_written_beside_its_output(root: str) -> None:
    @takes_urls(output="recorded")
    def train(output: Any, seen: str) -> None:
        output = Path(output)
        record = output.with_name(f"{output.name}.json")
        assert (record.read_text() if record.exists() else "") == seen
        write_text(output, "model")
        write_text(record, f"{seen}1")

    train(f"{root}/base.keras", "")
    train(f"{root}/base.keras", "1")
    assert files_of(root) == {"base.keras": "model", "base.keras.json": "11"}


def test_a_folder_is_changed_in_its_place(root: str) -> None:
    write(f"{root}/report", OLD)

    @takes_urls(folder="changed")
    def render(folder: Any) -> str:
        write_text(Path(folder) / "page.html", "new")
        write_text(Path(folder) / "part-0", "new")
        return (Path(folder) / "part-1").read_text()

    assert render(f"{root}/report") == "old"
    there = files_of(f"{root}/report")
    del there[MARKER_NAME]
    assert there == {**OLD, "part-0": "new", "page.html": "new"}
    with pytest.raises(ConfigurationError, match="a folder is expected"):
        render(f"{root}/report/manifest.json")


def test_an_output_is_there_with_nothing_beside_it(root: str) -> None:
    made = write(f"{root}/out", NEW)
    there = files_of(root)
    assert there.pop(f"out/{MARKER_NAME}")
    assert there == {f"out/{name}": text for name, text in NEW.items()}
    assert made.is_dir()  # the copy on this machine, until the process ends


def test_an_output_is_replaced_only_when_asked(root: str) -> None:
    write(f"{root}/out", OLD)
    with pytest.raises(ConfigurationError, match="the output folder exists") as raised:
        write(f"{root}/out", NEW)
    assert f"at: {root}/out" in str(raised.value)
    write(f"{root}/out", NEW, overwrite=True)
    there = files_of(f"{root}/out")
    del there[MARKER_NAME]
    assert there == NEW


def test_somebody_elses_files_are_left_alone(root: str) -> None:
    put(f"{root}/out/thesis.txt", "mine")
    with pytest.raises(ConfigurationError, match="holds other files"):
        write(f"{root}/out", NEW, overwrite=True)
    write(f"{root}/ours", OLD)
    put(f"{root}/ours/thesis.txt", "mine")
    with pytest.raises(ConfigurationError, match="thesis"):
        write(f"{root}/ours", NEW, overwrite=True)
    assert files_of(f"{root}/out") == {"thesis.txt": "mine"}
    assert files_of(f"{root}/ours")["part-1"] == "old"


def test_a_file_is_written_and_replaced_only_when_asked(root: str) -> None:
    @takes_urls()
    def write_file(output: str | Path, text: str, overwrite: bool = False) -> None:
        check_new_file(output, overwrite=overwrite)
        write_text(output, text)

    write_file(f"{root}/deep/out.txt", "one")
    with pytest.raises(ConfigurationError, match="the output exists"):
        write_file(f"{root}/deep/out.txt", "two")
    assert files_of(root) == {"deep/out.txt": "one"}
    write_file(f"{root}/deep/out.txt", "two", overwrite=True)
    assert files_of(root) == {"deep/out.txt": "two"}


def test_nothing_is_uploaded_if_the_work_fails_or_writes_nothing(root: str) -> None:
    @takes_urls()
    def fail(output: str | Path, error: BaseException | None) -> None:
        if error is not None:
            Path(output).mkdir()
            (Path(output) / "half").touch()
            raise error

    fail(f"{root}/out", None)
    for error in (InputError("bad"), KeyboardInterrupt(), ZeroDivisionError()):
        with pytest.raises(type(error)):
            fail(f"{root}/out", error)
    assert files_of(root) == {}


def test_a_file_that_cannot_be_replaced_stays() -> None:
    @takes_urls()
    def write_file(output: str | Path, text: str) -> None:
        write_text(output, text)

    FailingStore.empty()
    write_file("failing://bucket/out.txt", "old")
    for failed_at in (1, 2, 3):
        FailingStore.begin(failed_at)
        with pytest.raises(UnavailableError):
            write_file("failing://bucket/out.txt", "new")
        assert files_of("failing://bucket") == {"out.txt": "old"}


@pytest.mark.parametrize("dies", [False, True])
@pytest.mark.parametrize("before", [None, OLD])
def test_an_interrupted_upload_leaves_nothing_to_read(
    before: dict[str, str] | None, dies: bool
) -> None:
    url = "failing://bucket/out"
    FailingStore.empty()
    write("failing://bucket/other", NEW)
    failed_at = 0
    while True:
        failed_at += 1
        if before is not None:
            FailingStore.begin()
            write(url, before, overwrite=True)
        FailingStore.begin(failed_at, dies=dies)
        try:
            write(url, NEW, overwrite=True)
        except UnavailableError:
            FailingStore.begin()
        else:
            break
        try:
            found = read(url)
        except InputError:
            if not dies:
                assert {name.split("/")[0] for name in files_of("failing://bucket")} == {"other"}
        else:
            del found[MARKER_NAME]
            assert found == {Path(name).name: text for name, text in (before or {}).items()}
    assert failed_at > 2 * len(NEW)
    FailingStore.begin()
    write(url, NEW, overwrite=True)  # whatever the last failure left
    assert "other" in read(url)
    assert "new" in files_of("failing://bucket/other").values()


def test_what_could_not_be_uploaded_is_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    FailingStore.empty()
    FailingStore.begin(4)
    with pytest.raises(UnavailableError, match="the network is down") as raised:
        write("failing://bucket/out", NEW)
    [kept] = tmp_path.glob("evenhand-kept-*/out")
    assert str(kept) in str(raised.value)
    assert (kept / "manifest.json").read_text() == "new"


def test_two_that_write_one_output_do_not_mix(root: str) -> None:
    @takes_urls()
    def slow(output: str | Path) -> None:
        write(f"{root}/out", OLD)  # by another process, meanwhile
        write(Path(output), NEW)

    with pytest.raises(UnavailableError, match="somebody else has written there"):
        slow(f"{root}/out")
    there = files_of(f"{root}/out")
    del there[MARKER_NAME]
    assert there == OLD


@pytest.mark.parametrize(
    "source, output",
    [("in", "in"), ("in/a.csv", "in"), ("in", "in/out"), ("in/*.csv", "in/a.csv")],
)
def test_an_output_is_no_input(root: str, source: str, output: str) -> None:
    put(f"{root}/in/a.csv", "text")

    @takes_urls(source="read")
    def work(source: Any, output: Any) -> None:
        raise AssertionError

    with pytest.raises(ConfigurationError, match="is, holds or lies in an input"):
        work(f"{root}/{source}", f"{root}/{output}")


def test_an_output_that_lacks_a_file_is_refused(root: str) -> None:
    write(f"{root}/out", OLD)
    fs, path = fsspec.core.url_to_fs(f"{root}/out/part-1")
    fs.rm(path)
    with pytest.raises(InputError, match="part-1 is missing"):
        read(f"{root}/out")


@pytest.mark.parametrize(
    "url, error, words",
    [
        ("memory://nothing/here.csv", InputError, "nothing to read"),
        ("nostore://bucket/x", ConfigurationError, "names no store that is known"),
        ("MEMORY://bucket/x", ConfigurationError, "names no store that is known"),
        ("oci://bucket/x", UnavailableError, "pip install"),
    ],
)
def test_what_cannot_be_read_is_one_clear_error(
    url: str, error: type[EvenhandError], words: str
) -> None:
    with pytest.raises(error) as raised:
        read(url)
    assert words in str(raised.value)
    assert url in str(raised.value)


@pytest.mark.parametrize(
    "url", ["memory://", "failing:///", "s3://bucket", "memory://out*", "file:///"]
)
def test_an_output_is_a_place_in_a_store(url: str) -> None:
    if url.startswith("s3"):
        pytest.importorskip("s3fs")
    with pytest.raises(EvenhandError):
        write(url, NEW)


def test_names_that_lead_out_of_the_copy_are_refused(tmp_path: Path) -> None:
    FailingStore.empty()
    fs = FailingStore()
    fs.pipe_file("/bucket/in/good.csv", b"text")
    fs.store["/bucket/in/../../../evil.csv"] = fs.store["/bucket/in/good.csv"]
    with pytest.raises(InputError, match="a name that no copy can have"):
        read("failing://bucket/in")


def test_secrets_of_a_url_are_not_shown() -> None:
    with pytest.raises(EvenhandError) as raised:
        read("nostore://me:password@bucket/x")
    assert "password" not in str(raised.value)
    assert shown_url("abfss://box@account.dfs.core.windows.net/x").startswith("abfss://box@acc")
    assert "password" not in shown_url("abfss://box:password@account.dfs.core.windows.net/x")


def test_copies_are_called_by_their_urls(root: str) -> None:
    put(f"{root}/in/a.csv", "text")

    @takes_urls()
    def fail(inputs: Path) -> None:
        raise InputError("it is damaged", where=f"{inputs}, row 3")

    with pytest.raises(InputError) as raised:
        fail(f"{root}/in/a.csv")
    assert f"at: {root}/in/a.csv, row 3" in str(raised.value)


def test_folders_for_scores_are_on_this_machine() -> None:
    @takes_urls()
    def work(cache: Any) -> None:
        raise AssertionError

    with pytest.raises(ConfigurationError, match="`cache` cannot be in a store"):
        work("memory://cache")


def test_a_url_as_a_path_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="a URL is given as a path"):
        read(Path("s3://bucket/in"))


def test_a_checkpoint_waits_for_the_next_attempt(root: str) -> None:
    @takes_urls()
    def train(output: Any, *, last: bool, resume: bool = False) -> str:
        output = Path(output)
        checkpoint = output.with_name(f"{output.name}.checkpoint")
        if not last:
            write_text(checkpoint / "state", "half")
            raise KeyboardInterrupt
        state = (checkpoint / "state").read_text()
        (checkpoint / "state").unlink()
        checkpoint.rmdir()
        write(output, NEW)
        return state

    with pytest.raises(KeyboardInterrupt):
        train(f"{root}/out", last=False)
    assert files_of(root) == {}
    assert train(f"{root}/out", last=True, resume=True) == "half"
    assert files_of(f"{root}/out")["manifest.json"] == "new"
