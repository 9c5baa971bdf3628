"""What every transport promises; its workers here are echoes.

Those of the MPI transport are tested by this same file, on rank 0 of a job of echoes.
"""

import os
import sys
import time

import echo
import pytest
from echo import DIE, HELLO, SLEEP, STOP
from jobs import NEEDS_MPI, mpi_job

from evonas.ranks.launch import launched_by_mpi
from evonas.ranks.local import Inline, LocalProcesses

PATIENCE = 30.0

UNDER_MPI = launched_by_mpi()
WITH_PROCESSES = ["mpi"] if UNDER_MPI else ["local"]
EVERYWHERE = WITH_PROCESSES if UNDER_MPI else ["inline", "local"]


def echo_command(descriptor):
    return [sys.executable, echo.__file__, str(descriptor)]


def mpi_transport():
    from evonas.ranks.mpi import MpiTransport, line_of_process

    return MpiTransport(line_of_process())


MAKE = {
    "inline": lambda: Inline(echo.EchoJob()),
    "local": lambda: LocalProcesses(2, echo_command),
    "mpi": mpi_transport,
}


@pytest.fixture(scope="module")
def opened():
    """Transports by name, whose workers have said hello; all tests share them, for a job has only one."""
    transports = {name: MAKE[name]() for name in EVERYWHERE}
    yield {name: greeted(transport) for name, transport in transports.items()}
    for transport in transports.values():
        for worker in everybody(transport):
            transport.send(worker, STOP)
        transport.close(PATIENCE)


@pytest.fixture
def transport(request, opened):
    return opened[request.param]


everywhere = pytest.mark.parametrize("transport", EVERYWHERE, indirect=True)
with_processes = pytest.mark.parametrize("transport", WITH_PROCESSES, indirect=True)


def everybody(transport):
    return range(1, transport.workers + 1)


def greeted(transport):
    greetings = received(transport, transport.workers)
    assert sorted(greetings) == [(worker, HELLO) for worker in everybody(transport)]
    return transport


def received(transport, number):
    """Return what arrives until there are ``number`` messages."""
    messages = []
    end = time.monotonic() + PATIENCE
    while len(messages) < number and time.monotonic() < end:
        messages += transport.receive(0.1)
    return messages


@everywhere
@pytest.mark.parametrize("size", [0, 1, 4_096, 1_000_000])
def test_a_message_arrives_once_and_whole(transport, size):
    message = os.urandom(size)
    for worker in everybody(transport):
        transport.send(worker, message)
    replies = received(transport, transport.workers)
    assert sorted(replies) == [(worker, message) for worker in everybody(transport)]
    assert transport.receive(0.05) == []


@everywhere
def test_messages_of_a_worker_keep_their_order(transport):
    messages = [number.to_bytes(2, "little") for number in range(100)]
    for message in messages:
        transport.send(1, message)
    assert received(transport, len(messages)) == [(1, message) for message in messages]


@everywhere
def test_receiving_ends_in_time_when_nothing_comes(transport):
    began = time.monotonic()
    assert transport.receive(0.2) == []
    assert time.monotonic() - began < PATIENCE
    assert transport.lost() == []


@with_processes
def test_traffic_is_counted_where_it_is_handed_over(transport):
    messages, size = transport.traffic.n_messages, transport.traffic.n_bytes
    transport.send(1, b"12345")
    received(transport, 1)
    assert transport.traffic.n_messages == messages + 2
    assert transport.traffic.n_bytes == size + 10


@with_processes
def test_waiting_costs_no_processor(transport):
    before = time.process_time()
    transport.receive(1.0)
    assert time.process_time() - before < 0.5


@with_processes
def test_a_dead_worker_is_reported_once_and_messages_to_it_are_dropped(transport):
    transport.send(2, DIE)
    end = time.monotonic() + PATIENCE
    lost = []
    while not lost and time.monotonic() < end:
        assert transport.receive(0.1) == []
        lost = transport.lost()
    assert lost == [2]
    transport.send(2, b"to nobody")
    transport.send(1, b"to the living")
    assert received(transport, 1) == [(1, b"to the living")]
    assert transport.receive(0.1) == []
    assert transport.lost() == []


@pytest.mark.skipif(UNDER_MPI, reason="there the launcher owns the processes")
@pytest.mark.parametrize("last_words", [STOP, SLEEP], ids=["dismissed", "busy"])
def test_closing_ends_every_local_worker(last_words):
    transport = greeted(LocalProcesses(2, echo_command))
    processes = list(transport._processes.values())
    for worker in everybody(transport):
        transport.send(worker, last_words)
    transport.close(PATIENCE if last_words == STOP else 0)
    assert all(process.returncode is not None for process in processes)


@pytest.mark.skipif(UNDER_MPI, reason="this is the job")
@pytest.mark.parametrize("ranks", [pytest.param(3, marks=NEEDS_MPI)])
def test_mpi_keeps_these_promises_too(ranks, tmp_path):
    done = mpi_job(ranks, sys.executable, echo.__file__, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "9 passed" in done.stdout
