"""A Spark cluster of two workers for the tests of this folder, and a session on it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from spark_cluster import QUICK_JAVA, Cluster, why_not

METHODS = """
import secrets, shutil, time
from pathlib import Path

CALLS = Path(__file__).parent / "calls"


def slow(texts):
    (CALLS / secrets.token_hex(8)).touch()
    time.sleep(0.5)
    return [text.upper() for text in texts]


def score(texts):
    if "fails" in texts:
        raise ValueError("no such text")
    return [len(text) % 97 / 97 for text in texts]


def losing(texts):
    for folder in Path((CALLS / "lose").read_text()).glob(".*.partial"):
        shutil.rmtree(folder, ignore_errors=True)
    return [text.upper() for text in texts]
"""


class SparkTests(NamedTuple):
    """A cluster, its workers, a session on it, and the folder of code that its Python finds."""

    cluster: Cluster
    workers: list[subprocess.Popen[bytes]]
    session: Any
    code: Path


@pytest.fixture(scope="session")
def on_spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkTests]:
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    from pyspark.sql import SparkSession

    folder = tmp_path_factory.mktemp("spark")
    code = folder / "code"
    (code / "calls").mkdir(parents=True)
    (code / "cluster_methods.py").write_text(METHODS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        for name, value in QUICK_JAVA.items():
            patch.setenv(name, value)
        patch.syspath_prepend(code)
        cluster = Cluster(folder, code, QUICK_JAVA)
        try:
            patch.setenv("PYSPARK_PYTHON", cluster.python)
            workers = [cluster.start_worker() for _ in range(2)]
            builder = SparkSession.builder.master(cluster.url).appName("tests")
            for name, value in {
                "spark.executor.memory": "512m",
                "spark.task.maxFailures": "2",
                "spark.ui.enabled": "false",
                "spark.ui.showConsoleProgress": "false",
                "spark.log.level": "ERROR",
            }.items():
                builder = builder.config(name, value)
            session = builder.getOrCreate()
            yield SparkTests(cluster, workers, session, code)
            session.stop()
        finally:
            cluster.stop()
