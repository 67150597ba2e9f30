"""No command opens a connection that its flags did not ask for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("offline_commands.py")
OWN_NETWORK = ["unshare", "--map-root-user", "--net"]


def has_own_network() -> bool:
    try:
        return subprocess.run([*OWN_NETWORK, "true"], capture_output=True).returncode == 0
    except OSError:
        return False


@pytest.mark.slow
def test_the_main_commands_open_no_connection(project: Path) -> None:
    alone = has_own_network()
    ended = subprocess.run(
        [*(OWN_NETWORK if alone else []), sys.executable, SCRIPT, project],
        env=os.environ | ({"ALONE_IN_ITS_NETWORK": "1"} if alone else {}),
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
