"""Evaluates again and again, interrupted at moments spread over the whole length.

`python interrupted_evaluations.py MODEL DATA FOLDER TIMES` imports what takes long once, and forks
for each. It writes a line of JSON for each: the exit code, what stderr shows, and what is left.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from evenhand.cli.main import main as evenhand

sys.path.insert(0, str(Path(__file__).parents[1]))
from forked_commands import import_all
from quicker_beam import make_beam_quicker


def start(arguments: list[str], log: Path) -> int:
    """Start a command in a process group of its own and return its id."""
    child = os.fork()
    if child == 0:
        code = 70
        try:
            os.setpgid(0, 0)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            for stream in (1, 2):
                os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), stream)
            sys.argv = ["evenhand", *arguments]
            evenhand()
        except SystemExit as ended:
            code = int(ended.code or 0)
        except KeyboardInterrupt:  # before the command has begun
            code = 130
        finally:
            os._exit(code)
    return child


def finish(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main() -> None:
    model, data, home, times = sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4])
    import_all()
    make_beam_quicker()
    chance = random.Random(0)
    common = ["evaluate", "flip-rate", "--model", model, "--data", data, "--no-cache", "--output"]
    began = time.monotonic()
    log = home / "whole.log"
    assert finish(start([*common, str(home / "whole")], log)) == 0, log.read_text()
    whole = time.monotonic() - began
    for number in range(times):
        folder = home / str(number)
        folder.mkdir()
        log = home / f"{number}.log"
        child = start([*common, str(folder / "report")], log)
        time.sleep(whole * (number + chance.random()) / times)
        os.kill(child, signal.SIGINT)
        found = {
            "code": finish(child),
            "shown": log.read_text(errors="replace") if log.exists() else "",
            "left": sorted(part.name for part in folder.iterdir()),
        }
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
