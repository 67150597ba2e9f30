"""A store that speaks S3: moto's server, on this machine, reached through s3fs."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evenhand.cli.main import run
from evenhand.data import CounterfactualDataset, build_dataset
from evenhand.data.errors import EvenhandError, InputError, UnavailableError

pytest.importorskip("s3fs")
pytest.importorskip("moto")
pytest.importorskip("flask_cors")

TEXTS = "text,label\n" + "".join(f"she is person {n},{n % 2}\n" for n in range(20))
FILES = {".evenhand.json", "card.md", "examples-00000.parquet", "manifest.json"}
FILES |= {"pairs-00000.parquet"}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a server of S3."""
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    app = DomainDispatcherApplication(create_backend_app)
    served = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=served.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{served.server_port}"
    served.shutdown()
    thread.join()
    served.server_close()


@pytest.fixture
def bucket(server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """An empty bucket on the server."""
    import s3fs

    for name in [each for each in os.environ if each.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    s3fs.S3FileSystem.clear_instance_cache()
    name = tmp_path.name.replace("_", "-").lower()
    s3fs.S3FileSystem().mkdir(name)
    yield name
    s3fs.S3FileSystem.clear_instance_cache()


def store() -> Any:
    import s3fs

    found = s3fs.S3FileSystem()
    found.invalidate_cache()
    return found


def test_a_dataset_is_built_read_and_replaced(bucket: str, capsys: Any) -> None:
    fs = store()
    fs.pipe_file(f"{bucket}/in/train.csv", TEXTS.encode())
    output = f"s3://{bucket}/cf/train"
    build = ["data", "build", f"s3://{bucket}/in/*.csv", "--terms", "gender", "--label-column"]
    build += ["label", "--output", output]
    assert run(build) == 0
    assert f"Wrote {output}\n" in capsys.readouterr().out
    assert CounterfactualDataset.open(output).manifest.counts.pairs == 20
    first = {name: about["ETag"] for name, about in store().find(bucket, detail=True).items()}
    assert {name.rpartition("/")[2] for name in first} == FILES | {"train.csv"}
    assert run(build) == 2
    assert f"at: {output}\n" in capsys.readouterr().err
    fs.pipe_file(f"{bucket}/in/more.csv", TEXTS.encode())
    assert run([*build, "--overwrite"]) == 0
    assert CounterfactualDataset.open(output).manifest.counts.pairs == 40
    second = {name: about["ETag"] for name, about in store().find(bucket, detail=True).items()}
    assert second.keys() == first.keys() | {f"{bucket}/in/more.csv"}
    assert second[f"{bucket}/cf/train/manifest.json"] != first[f"{bucket}/cf/train/manifest.json"]


def test_a_lost_bucket_is_one_clear_error(bucket: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing to read"):
        CounterfactualDataset.open(f"s3://{bucket}/cf")
    texts = tmp_path / "train.csv"
    texts.write_text(TEXTS)
    for url in ("s3://evenhand-lost/cf", "s3://evenhand-lost/deep/cf"):
        with pytest.raises(InputError, match="no such place") as raised:
            build_dataset(texts, url, label_column="label")
        assert f"at: {url}" in str(raised.value)
    assert not store().exists("evenhand-lost")


def test_an_upload_that_fails_leaves_nothing(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import s3fs

    put_file = s3fs.S3FileSystem._put_file

    async def fail_late(self: Any, source: str, *rest: Any, **more: Any) -> None:
        if source.endswith("manifest.json"):
            raise OSError("the network is down")
        await put_file(self, source, *rest, **more)

    monkeypatch.setattr(s3fs.S3FileSystem, "_put_file", fail_late)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    texts = tmp_path / "train.csv"
    texts.write_text(TEXTS)
    with pytest.raises(UnavailableError, match="the network is down"):
        build_dataset(texts, f"s3://{bucket}/cf", label_column="label", terms=["gender"])
    assert store().find(bucket) == []
    [kept] = tmp_path.glob("evenhand-kept-*/cf")
    assert CounterfactualDataset.open(kept).manifest.counts.pairs == 20


def test_wrong_credentials_are_one_clear_error(
    bucket: str, server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import requests

    store().pipe_file(f"{bucket}/in/train.csv", TEXTS.encode())
    texts = tmp_path / "train.csv"
    texts.write_text(TEXTS)
    requests.post(f"{server}/moto-api/reset-auth", data=b"0", timeout=10)  # from now on keys count
    try:
        for work in (
            lambda: build_dataset(f"s3://{bucket}/in/train.csv", label_column="label"),
            lambda: build_dataset(texts, f"s3://{bucket}/cf", label_column="label"),
        ):
            with pytest.raises(EvenhandError) as raised:
                work()
            assert isinstance(raised.value, UnavailableError)
            assert "the store refuses access" in str(raised.value)
            assert "credentials" in str(raised.value)
            assert "secret" not in str(raised.value)
    finally:
        requests.post(f"{server}/moto-api/reset-auth", data=b"inf", timeout=10)
