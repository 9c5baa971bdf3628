"""A search that is stopped in an orderly way says so by its exit code, and can be resumed."""

import os
import signal
import time

import pytest
from jobs import BUDGET, EVERY_TRANSPORT, NEEDS_MPI, SLOW, WORKERS, Workplace, children

from evonas.cli import FAILED, INTERRUPTED, PAUSED


def assert_resumed(workplace, undisturbed):
    done = workplace.resume()
    assert done.returncode == 0, done.stderr
    assert len(workplace.names) == len(set(workplace.names)) == BUDGET
    assert workplace.summary["digest"] == undisturbed["digest"]


LONG = f'if not (HERE / "hurry").exists() and first_time("long"): time.sleep(600)\n    {SLOW}'


@pytest.mark.parametrize("transport", EVERY_TRANSPORT)
def test_a_time_limit_pauses_a_search_and_gives_back_what_runs_too_long(transport, undisturbed, tmp_path):
    workplace = Workplace(tmp_path, SLOW if transport == "inline" else LONG)
    began = time.monotonic()
    done = workplace.run("--time-limit", "1", *WORKERS[transport])
    assert time.monotonic() - began < 45
    assert done.returncode == PAUSED, done.stderr
    assert "paused; go on with: evonas resume run" in done.stdout
    assert len(workplace.outcomes) < BUDGET
    assert_resumed(workplace, undisturbed)


def the_job(pid):
    return [pid]


@pytest.mark.parametrize(
    "transport, target, number, code",
    [
        ("inline", the_job, signal.SIGINT, INTERRUPTED),
        ("local", the_job, signal.SIGINT, INTERRUPTED),
        ("local", the_job, signal.SIGTERM, INTERRUPTED),
        # As Slurm does, which signals every task.
        pytest.param("mpi", children, signal.SIGINT, INTERRUPTED, marks=NEEDS_MPI),
        # The batch system's warning, which mpirun passes on.
        ("local", the_job, signal.SIGUSR1, PAUSED),
        pytest.param("mpi", the_job, signal.SIGUSR1, PAUSED, marks=NEEDS_MPI),
        # mpirun kills its ranks and has the last word.
        pytest.param("mpi", the_job, signal.SIGTERM, FAILED, marks=NEEDS_MPI),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_an_interrupt_ends_a_search_and_keeps_what_is_evaluated(
    transport, target, number, code, undisturbed, tmp_path
):
    workplace = Workplace(tmp_path, SLOW)
    job = workplace.start(*WORKERS[transport])
    workplace.await_outcomes(4)
    for pid in target(job.pid):
        os.kill(pid, number)
    said = workplace.ended(job)
    assert job.returncode == code, said
    assert 4 <= len(workplace.outcomes) < BUDGET
    assert_resumed(workplace, undisturbed)
