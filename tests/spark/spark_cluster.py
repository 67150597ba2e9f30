"""A Spark standalone cluster on loopback: a master and workers of one core each."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

_MASTER = "org.apache.spark.deploy.master.Master"
_WORKER = "org.apache.spark.deploy.worker.Worker"
_SECONDS = 120
# Half of a short life of Java goes into compiling what would pay in a long one
QUICK_JAVA = {"JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"}


def why_not() -> str | None:
    """Return why no cluster can be started here, None if one can."""
    if importlib.util.find_spec("pyspark") is None:
        return "pyspark is not installed: it comes with the extra spark"
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        return "there is no Java: Spark needs 17 or later"
    return None


class Cluster:
    """Starts the processes, whose Python finds modules in `code`, too.

    Args:
        folder: For logs, and what the workers write.
        code: A folder of Python modules.
        environment: Variables of the processes, besides this one's.
    """

    def __init__(self, folder: Path, code: Path, environment: dict[str, str]) -> None:
        import pyspark

        self._folder = folder
        self._spark_class = Path(pyspark.__file__).parent / "bin" / "spark-class"
        self._environment = {
            **os.environ,
            **environment,
            "SPARK_LOCAL_IP": "127.0.0.1",
            "PYSPARK_PYTHON": sys.executable,
            "PYTHONPATH": str(code),
        }
        self.python = sys.executable
        self._started: list[subprocess.Popen[bytes]] = []
        self._start("master", _MASTER, "--port", "0")
        self.url = self._wait_for("master", r"Starting Spark master at (spark://\S+)")

    def start_worker(self) -> subprocess.Popen[bytes]:
        name = f"worker{len(self._started)}"
        work = self._folder / name
        options = ("--cores", "1", "--memory", "1g", "--work-dir", str(work))
        process = self._start(name, _WORKER, *options, self.url)
        self._wait_for(name, r"(Successfully registered) with master")
        return process

    def stop(self) -> None:
        for process in self._started:
            kill(process)

    def _start(self, name: str, *words: str) -> subprocess.Popen[bytes]:
        common = ("--host", "127.0.0.1", "--webui-port", "0")
        with (self._folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [self._spark_class, words[0], *common, *words[1:]],
                env=self._environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._started.append(process)
        return process

    def _wait_for(self, name: str, pattern: str) -> str:
        deadline = time.monotonic() + _SECONDS
        log = self._folder / f"{name}.log"
        while time.monotonic() < deadline:
            if found := re.search(pattern, log.read_text()):
                return found[1]
            time.sleep(0.05)
        raise TimeoutError(f"the {name} did not start:\n{log.read_text()}")


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a worker or master with its executors and their Python."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
