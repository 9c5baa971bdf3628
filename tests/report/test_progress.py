"""How a search shows itself: on a terminal, in a log, and in the table at its end."""

import fcntl
import io
import os
import re
import select
import struct
import termios
import time
from dataclasses import replace

import pytest

from evonas.report import progress
from evonas.report.progress import TERMINAL, Progress, Status, duration
from evonas.report.summary import print_summary, rows

STATUS = Status(
    done=1200,
    total=5000,
    best="accuracy 0.97",
    rate=12.34,
    left=308,
    failed=3,
    duplicates=41,
    busy=0.985,
    running=8,
)


@pytest.mark.parametrize(
    "changes, line",
    [
        (
            {},
            "1,200/5,000  best accuracy 0.97  12.3/s  5m08s left  3 failed  41 duplicates  "
            "workers 98% busy  8 running",
        ),
        (
            {"total": None, "best": "", "rate": 0.5, "left": None, "failed": 0, "duplicates": 0, "busy": 0},
            "1,200 evaluations  nothing found yet  30.0/min  workers 0% busy  8 running",
        ),
    ],
)
def test_a_status_says_on_one_line_what_there_is_to_say(changes, line):
    assert replace(STATUS, **changes).line() == line


@pytest.mark.parametrize(
    "seconds, text",
    [
        (0, "0s"),
        (0.4, "0s"),
        (59.4, "59s"),
        (59.6, "1m00s"),
        (187, "3m07s"),
        (3599.7, "1h00m"),
        (7500, "2h05m"),
        (360_000, "100h00m"),
    ],
)
def test_durations_read_as_people_say_them(seconds, text):
    assert duration(seconds) == text


@pytest.fixture
def stream(monkeypatch):
    monkeypatch.delenv(TERMINAL, raising=False)
    return io.StringIO()


def test_a_log_has_whole_readable_lines(stream):
    with Progress(stream) as shown:
        shown.notice("worker 3 died; [bold]nothing[/bold] is markup")
        shown.show(STATUS)
        shown.notice("x" * 300)
    notice, long, last = stream.getvalue().splitlines()
    assert notice == "[0s] worker 3 died; [bold]nothing[/bold] is markup"
    assert long == "[0s] " + "x" * 300
    assert last == STATUS.line()
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", stream.getvalue()), "no control characters"


def test_a_log_gets_a_status_only_now_and_then(stream, monkeypatch):
    with Progress(stream) as shown:
        for _ in range(100):
            shown.show(STATUS)
        assert stream.getvalue() == ""
        clock = time.monotonic()
        for minute in range(1, 11):
            monkeypatch.setattr(progress.time, "monotonic", lambda now=clock + 61 * minute: now)
            for _ in range(100):
                shown.show(STATUS)
        assert stream.getvalue().count("\n") == 10


@pytest.fixture
def terminal(monkeypatch):
    """The other side of a terminal of 40 columns, named as a launcher names it."""
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 40, 0, 0))
    monkeypatch.setenv(TERMINAL, os.ttyname(slave))
    monkeypatch.setenv("TERM", "xterm")
    yield master
    os.close(master)
    os.close(slave)


def test_a_terminal_gets_one_live_line_as_wide_as_it_is(terminal):
    with Progress() as shown:
        shown.show(STATUS)
        shown.notice("worker 3 died")
    told = b""
    while select.select([terminal], [], [], 0.2)[0]:  # what was written comes in pieces
        told += os.read(terminal, 100_000)
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", told.decode())
    lines = re.split(r"[\r\n]+", plain.strip())
    assert "[0s] worker 3 died" in lines
    bars = [line for line in lines if "━" in line]
    assert bars
    assert all(len(line) <= 40 and line.endswith("…") for line in bars)
    assert "".join(lines).endswith(STATUS.line())


def test_a_terminal_of_another_machine_is_passed_over(monkeypatch, capsys):
    monkeypatch.setenv(TERMINAL, "/dev/pts/nowhere")
    with Progress() as shown:
        shown.notice("worker 3 died")
    assert capsys.readouterr().err == "[0s] worker 3 died\n"


def test_nothing_shown_leaves_nothing_behind(stream):
    with Progress(stream):
        pass
    assert stream.getvalue() == ""


FIGURES = {
    "reason": "the budget of evaluations is spent: 500",
    "ending": "complete",
    "best": "accuracy 0.97",
    "evaluations": 500,
    "failed": 2,
    "duplicates": 1041,
    "seconds": 7500.0,
    "session_seconds": 187.0,
    "session_evaluations": 40,
    "evaluations_per_second": 0.2139,
    "transport": "mpi",
    "workers": 64,
    "busy": 0.985,
    "messages_per_evaluation": 2.04,
    "bytes_per_evaluation": 1234.5,
    "manager_busy": 0.31,
    "deaths": 0,
    "takeovers": 0,
    "retried": 0,
    "islands": [
        {
            "island": island,
            "evaluations": 250,
            "best": "accuracy 0.97",
            "messages": 510,
            "bytes": 30_861,
            "manager_busy": 0.31,
            "worker_busy": 0.99,
            "migrations_sent": 4,
            "migrations_received": 3,
        }
        for island in range(20)
    ],
    "fidelities": [],
    "digest": "0123456789abcdef",
    "folder": "runs/digits-1",
}


def test_the_summary_says_what_a_search_did_and_cost():
    assert dict(rows(FIGURES)) == {
        "stopped": "the budget of evaluations is spent: 500",
        "best": "accuracy 0.97",
        "evaluations": "500 distinct, 2 of them failed",
        "duplicates": "1,041 answered from memory",
        "wall time": "2h05m, 3m07s of it in this session",
        "rate": "0.214 evaluations/s",
        "workers": "64 mpi, 98% busy",
        "managers": "20 islands, 31% busy at most",
        "per evaluation": "2.0 messages, 1,234 bytes",
        "digest": "0123456789abcdef",
        "run": "runs/digits-1",
    }


def test_a_session_without_evaluations_has_no_rates_of_its_own():
    assert {"workers", "per evaluation"}.isdisjoint(dict(rows({**FIGURES, "session_evaluations": 0})))


def test_the_summary_admits_that_nothing_was_found(capsys):
    print_summary({**FIGURES, "best": ""})
    assert "none: no evaluation succeeded" in capsys.readouterr().out


def test_the_summary_tells_of_each_fidelity_if_there_are_several(capsys):
    low = {"fidelity": 3, "evaluations": 1200, "failed": 2, "seconds": 900.0}
    full = {"fidelity": None, "evaluations": 40, "failed": 0, "seconds": 2700.0}
    print_summary({**FIGURES, "fidelities": [low, full]})
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    place = lines.index(["fidelity", "evaluations", "failed", "time", "of", "all", "time"])
    assert lines[place + 1 : place + 3] == [
        ["3", "1,200", "2", "15m00s", "25%"],
        ["full", "40", "0", "45m00s", "75%"],
    ]


def test_the_summary_tells_what_died_and_was_tried_again():
    told = dict(rows({**FIGURES, "deaths": 3, "takeovers": 1, "retried": 2}))["faults"]
    assert told == "3 processes died, 1 managers were replaced, 2 evaluations were tried again"


def test_the_summary_shows_the_first_islands_one_by_one(capsys):
    print_summary(FIGURES)
    lines = capsys.readouterr().out.splitlines()
    assert sum("250" in line and "30,861" in line for line in lines) == 16
    assert any("4 more in summary.json" in line for line in lines)
