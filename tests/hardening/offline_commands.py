"""Runs the main commands in one process, which fails where it would open a connection.

`python offline_commands.py FOLDER` looks at what Python asks for. Where the process is alone in a
network of its own, it also looks at what the kernel counted, which includes TensorFlow's threads.
"""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import Any

ASKED: list[str] = []


def note(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.getaddrinfo", "socket.gethostbyname", "urllib.Request"):
        ASKED.append(f"{event} {arguments}")
    sent = event in ("socket.connect", "socket.sendto", "socket.sendmsg")
    if sent and arguments[0].family != socket.AF_UNIX:
        ASKED.append(f"{event} {arguments[1:]}")


def counted() -> dict[str, int]:
    """Return how often the kernel was asked to connect or send, in this network."""
    lines = Path("/proc/net/snmp").read_text().splitlines()
    found = {}
    for names, values in zip(lines[::2], lines[1::2], strict=True):
        protocol, *keys = names.split()
        found |= dict(zip([protocol + key for key in keys], values.split()[1:], strict=True))
    wanted = ("Tcp:ActiveOpens", "Udp:OutDatagrams", "Ip:OutRequests", "Ip:OutNoRoutes")
    return {name: int(found[name]) for name in wanted}


def main() -> None:
    sys.addaudithook(note)
    folder = Path(sys.argv[1])
    os.chdir(folder)
    before = counted()
    from evenhand.cli.main import run

    clp = "clp/model.keras"
    for command, code in (
        ("--help", 0),
        ("data terms list", 0),
        ("data build rows.csv --label-column toxic --slice-column topic --output cf", 0),
        ("data export cf --output records", 0),
        ("remediate baseline --data cf --output baseline.keras --epochs 1", 0),
        ("remediate train --baseline baseline.keras --data cf --output clp --epochs 1", 0),
        (f"evaluate flip-rate --model {clp} --compare-to baseline.keras --data cf --output r", 0),
        ("report render r", 0),
        ("gate init --report r --output new.toml", 0),
        ("gate --report r --config new.toml --junit gate.xml", None),
    ):
        ended = run(command.split())
        assert code is None or ended == code, f"{command}: {ended}"
        assert not ASKED, f"{command}: {ASKED}"
    if os.environ.get("ALONE_IN_ITS_NETWORK"):
        assert counted() == before, (before, counted())


if __name__ == "__main__":
    main()
