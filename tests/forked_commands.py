"""`evenhand` in forked processes, which find imported what takes long to import.

`python forked_commands.py SOCKET` runs the commands that the script of `serving` asks it for, one
after another, each with the arguments, streams, folder and environment of the script.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

IMPORTED = (
    "keras",
    "tensorflow",
    "tensorflow_model_analysis",
    "tensorflow_model_remediation.counterfactual",
    *(
        f"evenhand.cli.commands.{name}"
        for name in ("data", "demo", "evaluate", "gate", "remediate")
    ),
    "evenhand.data.building.build",
    "evenhand.data.sample",
    "evenhand.evaluation.engine.analysis",
    "evenhand.evaluation.flip_rate",
    "evenhand.evaluation.gate.judge",
    "evenhand.evaluation.rendering.html_page",
    "evenhand.remediation.training.baseline",
    "evenhand.remediation.training.trainer",
    "evenhand.remediation.wrappers.clp",
)
STARTED = 120  # seconds within which the server is there, however busy the machine is

SCRIPT = """#!{python} -S
import json, os, socket, sys

with socket.socket(socket.AF_UNIX) as server:
    server.connect({path!r})
    asked = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
    socket.send_fds(server, [len(asked).to_bytes(8, "big")], [0, 1, 2])
    server.sendall(asked)
    sys.exit(int(server.makefile().read()))
"""


def import_all() -> None:
    """Import what the main commands import, without a thread that a fork would lose."""
    for name in IMPORTED:
        importlib.import_module(name)
    gc.freeze()


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[Path]:
    """Serve commands, and give a folder with the script `evenhand` that asks for them."""
    path = folder / "socket"
    script = folder / "bin" / "evenhand"
    script.parent.mkdir()
    script.write_text(SCRIPT.format(python=sys.executable, path=str(path)))
    script.chmod(0o755)
    with subprocess.Popen([sys.executable, __file__, path]) as server:
        try:
            until = time.monotonic() + STARTED
            while not path.exists():
                assert server.poll() is None and time.monotonic() < until, "it does not start"
                time.sleep(0.05)
            yield script.parent
        finally:
            server.kill()


def serve(path: str) -> None:
    import_all()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        while True:
            asking, _ = server.accept()
            with asking:
                length, streams, _, _ = socket.recv_fds(asking, 8, 3)
                with asking.makefile("rb") as file:
                    asked = json.loads(file.read(int.from_bytes(length, "big")))
                child = os.fork()
                if child == 0:
                    become(streams, *asked)
                for stream in streams:
                    os.close(stream)
                code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
                with contextlib.suppress(BrokenPipeError):
                    asking.sendall(str(code).encode())


def become(
    streams: list[int], arguments: list[str], folder: str, environment: dict[str, str]
) -> None:
    """Run a command in this process, and end it."""
    from evenhand.cli.start import main

    code: object = 70
    try:
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        sys.stdin = open(0, closefd=False)  # noqa: SIM115  all three last as long as the process
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", buffering=1, closefd=False)  # noqa: SIM115
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        sys.path[:0] = filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))
        sys.argv = ["evenhand", *arguments]
        main()
    except SystemExit as ended:
        code = ended.code
    except BaseException:
        traceback.print_exc()
    finally:
        for shown in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):
                shown.flush()
        os._exit(int(code or 0))


if __name__ == "__main__":
    serve(sys.argv[1])
