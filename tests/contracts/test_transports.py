"""What every transport promises; its workers here are echoes.

Those of the MPI transport are tested by this same file, on rank 0 of a job of echoes. Under an MPI without
fault tolerance, such as MPICH, the promises about the dead are skipped. To try that one, make a virtual
environment with the wheels ``mpich mpi4py numpy deap rich pytest hypothesis``, and run this file with it.
"""

import os
import sys
import time

import echo
import numpy as np
import pytest
from echo import DIE, SLEEP
from jobs import MPI_VERSION, NEEDS_MPI, mpi_job

from evonas.evolve.records import Candidate, CandidateId
from evonas.ranks import wire
from evonas.ranks.launch import launched_by_mpi, survives_dead_ranks
from evonas.ranks.local import Inline, LocalProcesses
from evonas.ranks.memory import Memory
from evonas.space.genome import Genome

PATIENCE = 30.0

UNDER_MPI = launched_by_mpi()
WITH_PROCESSES = ["mpi"] if UNDER_MPI else ["local"]
EVERYWHERE = WITH_PROCESSES if UNDER_MPI else ["inline", "local"]


def echo_command(descriptor):
    return [sys.executable, echo.__file__, str(descriptor)]


def mpi_transport():
    from evonas.ranks.mpi import MpiTransport, line_of_process

    return MpiTransport(line_of_process(), 1, echo.Echo)


MAKE = {
    "inline": lambda: Inline(echo.Echo()),
    "local": lambda: LocalProcesses(2, echo_command),
    "mpi": mpi_transport,
}


@pytest.fixture(scope="module")
def opened():
    """Transports by name, whose workers have said hello; all tests share them, for a job has only one."""
    transports = {name: MAKE[name]() for name in EVERYWHERE}
    yield {name: greeted(transport) for name, transport in transports.items()}
    for transport in transports.values():
        transport.close(PATIENCE)


@pytest.fixture
def transport(request, opened):
    return opened[request.param]


everywhere = pytest.mark.parametrize("transport", EVERYWHERE, indirect=True)
with_processes = pytest.mark.parametrize("transport", WITH_PROCESSES, indirect=True)
survives_deaths = pytest.mark.skipif(
    UNDER_MPI and not survives_dead_ranks(MPI_VERSION), reason="this MPI ends a job with its first dead rank"
)


def greeted(transport):
    greetings = received(transport, len(transport.workers))
    assert sorted(worker for worker, _ in greetings) == list(transport.workers)
    assert all(wire.unpack_introduction(message).fingerprint == "echo" for _, message in greetings)
    return transport


def received(transport, number):
    """Return what arrives until there are ``number`` messages."""
    messages = []
    end = time.monotonic() + PATIENCE
    while len(messages) < number and time.monotonic() < end:
        messages += transport.receive(0.1)
    return messages


def task(genes, birth=0):
    """Return a message with the task to repeat these genes."""
    genome = Genome(genes.astype("<f8").tobytes(), b"\1" * len(genes))
    return wire.pack_tasks([Candidate(CandidateId(0, birth), genome)], Memory())


def echoes(messages):
    """Return the births and bytes that workers repeated, as ``(worker, birth, bytes)``."""
    return [
        (worker, outcome.id.birth, bytes.fromhex(outcome.failure.reason))
        for worker, message in messages
        for outcome in wire.unpack_outcomes(message, ("value",), worker, "")[1]
    ]


@everywhere
@pytest.mark.parametrize("size", [0, 1, 500, 100_000])
def test_a_message_arrives_once_and_whole(transport, size):
    genes = np.random.default_rng(size).random(size)
    for worker in transport.workers:
        transport.send(worker, task(genes))
    replies = received(transport, len(transport.workers))
    assert sorted(echoes(replies)) == [(worker, 0, genes.tobytes()) for worker in transport.workers]
    assert transport.receive(0.05) == []


@everywhere
def test_messages_of_a_worker_keep_their_order(transport):
    worker = transport.workers[0]
    for birth in range(100):
        transport.send(worker, task(np.ones(2), birth))
    assert [birth for _, birth, _ in echoes(received(transport, 100))] == list(range(100))


@everywhere
def test_receiving_ends_in_time_when_nothing_comes(transport):
    began = time.monotonic()
    assert transport.receive(0.2) == []
    assert 0.15 < time.monotonic() - began < PATIENCE
    assert transport.lost() == []


@everywhere
def test_a_host_leads_all_islands_of_a_job_with_one(transport):
    assert transport.layout.lead == transport.rank
    assert transport.layout.islands_of(transport.rank) == (0,)
    assert transport.rank not in transport.workers


@with_processes
def test_traffic_is_counted_where_it_is_handed_over(transport):
    message = task(np.ones(5))
    messages, size = transport.traffic.n_messages, transport.traffic.n_bytes
    transport.send(transport.workers[0], message)
    [(_, reply)] = received(transport, 1)
    assert transport.traffic.n_messages == messages + 2
    assert transport.traffic.n_bytes == size + len(message) + len(reply)


@with_processes
def test_sending_to_a_busy_worker_does_not_wait(transport):
    worker, message = transport.workers[0], task(np.random.default_rng(0).random(20_000))
    began = time.monotonic()
    for _ in range(10):
        transport.send(worker, message)
    assert time.monotonic() - began < 1.0
    assert len(received(transport, 10)) == 10


@with_processes
def test_waiting_costs_no_processor(transport):
    before = time.process_time()
    transport.receive(1.0)
    assert time.process_time() - before < 0.5


@with_processes
@survives_deaths
def test_a_dead_worker_is_reported_once_and_messages_to_it_are_dropped(transport):
    living, doomed = transport.workers
    transport.send(doomed, task(np.ones(1), DIE))
    end = time.monotonic() + PATIENCE
    lost = []
    while not lost and time.monotonic() < end:
        assert transport.receive(0.1) == []
        lost = transport.lost()
    assert lost == [doomed]
    if transport.replaces:
        [(successor, message)] = received(transport, 1)
        assert wire.kind(message) == wire.READY
        assert successor in {*transport.workers} - {living, doomed}
    transport.send(doomed, task(np.ones(1)))
    transport.send(living, task(np.ones(1), 7))
    assert echoes(received(transport, 1)) == [(living, 7, np.ones(1).tobytes())]
    assert transport.receive(0.1) == []
    assert transport.lost() == []


@pytest.mark.skipif(UNDER_MPI, reason="there the launcher owns the processes")
@pytest.mark.parametrize("busy", [False, True], ids=["idle", "busy"])
def test_closing_ends_every_local_worker(busy):
    transport = greeted(LocalProcesses(2, echo_command))
    pids = transport.processes
    if busy:
        for worker in transport.workers:
            transport.send(worker, task(np.ones(1), SLEEP))
    transport.close(0 if busy else PATIENCE)
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


@pytest.mark.skipif(UNDER_MPI, reason="this is the job")
@pytest.mark.parametrize("ranks", [pytest.param(3, marks=NEEDS_MPI)])
def test_mpi_keeps_these_promises_too(ranks, tmp_path):
    done = mpi_job(ranks, sys.executable, echo.__file__, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{11 if survives_dead_ranks(MPI_VERSION) else 10} passed" in done.stdout
