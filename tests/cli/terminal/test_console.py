"""What a terminal shows while work goes on."""

from __future__ import annotations

import io
import re
import sys

import pytest

from evenhand.cli.terminal import console


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def terminal_for(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Put a terminal in the place of stderr; a fixture would, before pytest puts its own there."""
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    return terminal


def shown(terminal: Terminal) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", terminal.getvalue())


def test_the_time_left_is_shown_though_the_total_is_an_estimate(monkeypatch):
    terminal = terminal_for(monkeypatch)
    clock = [0.0]
    monkeypatch.setattr("rich.console.monotonic", lambda: clock[0])
    with console.progress_bars() as progress:
        for done, total in ((1_000, 10_000), (2_000, 9_000), (3_000, 12_000)):
            progress("pairing", done, total, note="2 pairs")
            clock[0] += 10.0
    last = shown(terminal).split("pairing")[-1]
    assert "3,000/12,000" in last
    assert "2 pairs" in last
    assert "0:01:40" in last, "three quarters at 15 % in 20 seconds"


def test_work_without_a_total_is_counted(monkeypatch):
    terminal = terminal_for(monkeypatch)
    with console.progress_bars() as progress:
        progress("scanning", 1_234)
        progress("scanning", 5_678)
    assert "5,678" in shown(terminal)


def test_loading_is_told_at_once_and_gives_way_to_what_comes_next(monkeypatch):
    terminal = terminal_for(monkeypatch)
    console.tell_loading()
    assert terminal.getvalue() == "loading TensorFlow"
    console.tell_loading("rules")
    assert terminal.getvalue().endswith("TensorFlow\r\x1b[Kloading rules")
    console.write_stderr("Error: no such file")
    console.write_stderr("  remedy")
    assert terminal.getvalue().endswith("rules\r\x1b[KError: no such file\n  remedy\n")


def test_nothing_is_told_of_loading_in_a_file(monkeypatch):
    file = io.StringIO()
    monkeypatch.setattr(sys, "stderr", file)
    console.tell_loading()
    console.write_stderr("line")
    assert file.getvalue() == "line\n"
