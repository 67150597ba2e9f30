"""The Spark session that work runs in: the process's own, spark-submit's, or a new one."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from evenhand.data.cluster.spark_failures import session_failure
from evenhand.data.errors import ConfigurationError, UnavailableError

_LOCAL = "local[*]"
_STANDALONE = re.compile(r"spark://(.+)")
_CONNECT_SECONDS = 10  # Spark itself tries for a minute, and then fails without saying why
_SUBMITTED = "PYSPARK_GATEWAY_PORT"  # set by spark-submit, which has started Java already
_WORKERS_PYTHON = "PYSPARK_PYTHON"


@contextlib.contextmanager
def spark_session(master: str | None = None) -> Iterator[Any]:
    """Give a `SparkSession`. One that the process has is taken as it is, and left.

    Args:
        master: The cluster, such as ``spark://host:7077``; None for what spark-submit or Spark's
            own configuration says, and without that for all cores of this machine.

    Raises:
        ConfigurationError: The process has a session with another master.
        UnavailableError: pyspark or Java is missing, or the master cannot be reached.
    """
    try:
        from pyspark.core.context import SparkContext
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise UnavailableError(
            f"Spark cannot be used here ({error})",
            expected="pyspark 4",
            remedy="install evenhand with its extra spark, as evenhand[spark], or pyspark itself",
        ) from error
    active = SparkSession.getActiveSession()
    if active is not None:
        there = active.sparkContext.master
        if master not in (None, there):
            raise ConfigurationError(
                f"this process has a Spark session with the master {there}",
                where="`master`",
                remedy="leave it out, or stop that session",
            )
        yield active
        return
    if _SUBMITTED not in os.environ:
        _check_java()
    if master is not None:
        _check_reachable(master)
    own_python = os.environ.get(_WORKERS_PYTHON)
    handler = signal.getsignal(signal.SIGINT)
    spark = None
    try:
        if own_python is None and (master is None or master.startswith("local")):
            os.environ[_WORKERS_PYTHON] = sys.executable
        try:
            spark = _started(SparkContext, SparkSession, master)
        except Exception as error:
            raise session_failure(error, master) from error
        finally:
            if threading.current_thread() is threading.main_thread():
                signal.signal(signal.SIGINT, handler)  # Spark puts its own there
        yield spark
    finally:
        if own_python is None:
            os.environ.pop(_WORKERS_PYTHON, None)
        if spark is not None:
            with contextlib.suppress(Exception):  # it may have died with its cluster
                spark.stop()


def _started(context: Any, session: Any, master: str | None) -> Any:
    context._ensure_initialized()  # reads Spark's configuration, which may name a master
    configured = context._jvm.SparkConf(True)
    builder = session.builder.appName("evenhand")
    if master is not None or not configured.contains("spark.master"):
        builder = builder.master(master or _LOCAL)
    if not configured.contains("spark.log.level"):
        builder = builder.config("spark.log.level", "ERROR")
    return builder.config("spark.ui.showConsoleProgress", "false").getOrCreate()


def _check_java() -> None:
    home = os.environ.get("JAVA_HOME")
    if home is not None and not (Path(home) / "bin" / "java").is_file():
        raise UnavailableError("JAVA_HOME names a folder without Java", where=home, expected=_JAVA)
    if home is None and shutil.which("java") is None:
        raise UnavailableError(
            "Spark needs Java, and there is none on the PATH",
            expected=_JAVA,
            remedy="install it, as the package openjdk-17-jre-headless, or set JAVA_HOME",
        )


_JAVA = "Java 17 or later"


def _check_reachable(master: str) -> None:
    """Raise UnavailableError if none of a standalone cluster's masters can be reached."""
    found = _STANDALONE.fullmatch(master)
    if found is None:
        return
    reasons = []
    for place in found[1].split(","):
        host, _, port = place.rpartition(":")
        try:
            socket.create_connection((host, int(port)), _CONNECT_SECONDS).close()
            return
        except (OSError, ValueError) as error:
            reasons.append(getattr(error, "strerror", None) or str(error))
    raise UnavailableError(
        f"the Spark master cannot be reached ({'; '.join(reasons)})",
        where=master,
        expected="the address of a master that runs, such as spark://host:7077",
    )
