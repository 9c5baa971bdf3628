"""Local workers under strain: what the contract of transports does not ask of all of them."""

import os
import signal
import socket
import sys
import time
from collections import Counter

import pytest

from evonas.errors import TransportError
from evonas.ranks import local, vigil
from evonas.ranks.launch import SIZE_VARIABLES
from evonas.ranks.local import Child, Inline, LocalProcesses, SocketLink

DEADLINE = 30.0

ECHO = """
while (message := link.receive()) not in (None, wire.STOP):
    link.send(message)
"""


def worker(body):
    """Return a command whose process does ``body`` with its ``link``."""
    program = (
        "import os, subprocess, sys, time\nfrom evonas.ranks import wire\n"
        "from evonas.ranks.local import SocketLink\n"
        f"link = SocketLink(int(sys.argv[1]))\n{body}"
    )
    return lambda descriptor: [sys.executable, "-c", program, str(descriptor)]


@pytest.fixture
def transport(request):
    """Local workers that do the body in the parameter; killed in the end."""
    number, body = request.param
    transport = LocalProcesses(number, worker(body))
    yield transport
    transport.close(0)


def doing(body, number=1):
    return pytest.mark.parametrize("transport", [(number, body)], indirect=True, ids=[""])


def received(transport, number=None):
    """Return what arrives until there are ``number`` messages or somebody died."""
    messages, end = [], time.monotonic() + DEADLINE
    while time.monotonic() < end and (number is None or len(messages) < number):
        messages += transport.receive(0.2)
        if transport._lost:
            break
    return messages


@doing(f"link.send(b'busy'); time.sleep(1)\n{ECHO}")
def test_a_busy_worker_keeps_nobody_waiting_however_much_is_sent_to_it(transport):
    received(transport, 1)
    messages = [bytes([number]) * 1_000_000 for number in range(8)]
    began = time.monotonic()
    for message in messages:
        transport.send(1, message)
    assert time.monotonic() - began < 0.9
    assert received(transport, 8) == [(1, message) for message in messages]


@doing("for number in range(200): link.send(number.to_bytes(2, 'little') * 5_000)\nos._exit(1)", number=2)
def test_last_words_arrive_before_a_death_is_told(transport):
    counts = Counter()
    lost = []
    end = time.monotonic() + DEADLINE
    while not {1, 2} <= set(lost) and time.monotonic() < end:
        counts.update(rank for rank, _ in transport.receive(0.2))
        for rank in transport.lost():  # those who replace them die too
            assert counts[rank] == 200
            lost.append(rank)
    assert {1, 2} <= set(lost) and len(lost) == len(set(lost))
    assert not {1, 2} & {rank for rank, _ in transport.receive(0)}


@doing("link.send(b'here')\nlink.receive()\nos._exit(0)")
def test_a_message_that_a_worker_never_reads_dies_with_it(transport):
    received(transport, 1)
    for _ in range(5):
        transport.send(1, bytes(1_000_000))
    assert received(transport) == []
    assert transport.lost() == [1]
    transport.send(1, b"to nobody")
    assert 1 not in dict(transport.receive(0))


FORKED = "child = os.fork()\nif not child: time.sleep(600)"
HANDED_ON = """
os.set_inheritable(int(sys.argv[1]), True)
child = subprocess.Popen(["sleep", "600"], close_fds=False).pid
"""


@pytest.mark.parametrize(
    "transport",
    [(1, f"{begin}\nlink.send(str(child).encode())\nos._exit(1)") for begin in (FORKED, HANDED_ON)],
    ids=["forked", "handed on"],
    indirect=True,
)
def test_a_child_that_outlives_a_worker_does_not_hide_its_death(transport, monkeypatch):
    monkeypatch.setattr(local, "LOOK", 0.1)
    [(_, child)] = received(transport, 1)
    received(transport)
    lost = transport.lost()
    os.kill(int(child), signal.SIGKILL)
    assert lost == [1]


@doing(f"link.send(b'here')\n{ECHO}", number=2)
def test_a_stopped_worker_is_killed_and_told_of(transport, monkeypatch):
    for module in (local, vigil):
        monkeypatch.setattr(module, "LOOK", 0.05)
    received(transport, 2)
    os.kill(transport.processes[1], signal.SIGSTOP)
    assert received(transport) == []
    assert transport.lost() == [2]
    transport.send(1, b"and you?")
    assert (1, b"and you?") in received(transport, 2), "beside the greeting of who replaces the other"


@doing("link.send(b'here')\ntime.sleep(600)", number=3)
def test_workers_are_waited_for_side_by_side(transport):
    received(transport, 3)
    pids, began = transport.processes, time.monotonic()
    transport.close(1.0)
    assert time.monotonic() - began < 2.9
    assert all(vigil.life(pid) is None for pid in pids)


@doing(f"link.send(b'here')\n{ECHO}time.sleep(0.1)\nlink.send(b'.' * 3_000_000)")
def test_a_worker_that_says_much_when_dismissed_ends_by_itself(transport):
    received(transport, 1)
    process = transport._children[1].process
    transport.close(DEADLINE)
    assert process.returncode == 0


def test_a_worker_that_cannot_be_started_is_an_error():
    with pytest.raises(TransportError, match=r"a worker cannot be started: .*; try fewer workers"):
        LocalProcesses(2, lambda descriptor: ["/nowhere/python"])


@pytest.mark.parametrize("name", [*SIZE_VARIABLES, "PMIX_NAMESPACE"])
def test_a_child_of_a_rank_does_not_take_itself_for_one(name, monkeypatch):
    monkeypatch.setenv(name, "4")
    child = Child(lambda descriptor: [sys.executable, "-c", f"import os; os._exit({name!r} in os.environ)"])
    assert child.process.wait(DEADLINE) == 0
    child.kill()


class Repeating:
    """A job and its desk that answers a message by as many replies as it has bytes."""

    closed = False

    def close(self):
        self.closed = True

    def introduction(self):
        return b"hello"

    def replies(self, message):
        for place in range(len(message)):
            yield message[place : place + 1]


def test_the_managers_own_process_gives_one_reply_at_a_time_and_keeps_their_order(monkeypatch):
    monkeypatch.setattr(local, "Desk", lambda job: job)
    transport = Inline(Repeating(), islands=3)
    for message in (b"ab", b"", b"c"):
        transport.send(1, message)
    replies = [transport.receive(0) for _ in range(5)]
    assert replies == [[(1, b"hello")], [(1, b"a")], [(1, b"b")], [(1, b"c")], []]
    assert transport.layout.islands_of(transport.rank) == (0, 1, 2)
    transport.close(0)
    assert transport._job.closed


@pytest.fixture
def line():
    """Both ends of a worker's line: a socket, and a link."""
    handler = signal.getsignal(signal.SIGINT)
    ours, theirs = socket.socketpair()
    link = SocketLink(theirs.detach())
    yield ours, link
    signal.signal(signal.SIGINT, handler)
    ours.close()
    link._socket.close()


def test_a_link_waits_as_long_as_it_is_told(line):
    ours, link = line
    began = time.monotonic()
    assert link.receive(0) == b""
    assert link.receive(0.05) == b""
    assert 0.05 <= time.monotonic() - began < 5
    ours.sendall(b"\3\0\0\0abc\1\0\0\0d\2\0")
    assert [link.receive(0), link.receive()] == [b"abc", b"d"]
    ours.sendall(b"\0\0ef")
    assert link.receive(1) == b"ef"


def test_a_link_tells_that_the_manager_is_gone_after_its_last_message(line):
    ours, link = line
    ours.sendall(b"\0\0\0\0\1\0\0\0x\1")
    ours.close()
    link.send(b"to nobody")
    assert [link.receive(), link.receive(), link.receive(), link.receive(0)] == [b"", b"x", None, None]
