"""Whatever is killed, nothing is lost and nothing is counted twice."""

import os
import signal
from collections import Counter

import pytest
from jobs import (
    BUDGET,
    NEEDS_MPI,
    SLOW,
    TRANSPORTS_WITH_PROCESSES,
    WORKERS,
    Workplace,
    alive,
    children,
    until,
)

DEATHS = {
    "killed": "os.kill(os.getpid(), signal.SIGKILL)",
    "left natively": "ctypes.CDLL(None).exit(1)",  # with a code of which MPI tells nobody
    "interrupted": "raise KeyboardInterrupt",  # which is nobody's evaluation's business, but must not hang
}


@pytest.mark.parametrize("death", DEATHS)
@pytest.mark.parametrize("transport", TRANSPORTS_WITH_PROCESSES)
def test_a_search_survives_a_worker_that_dies_in_mid_evaluation(transport, death, undisturbed, tmp_path):
    workplace = Workplace(
        tmp_path, f'if context.seed % 4 == 0 and first_time("died"): {DEATHS[death]}', "import ctypes"
    )
    done = workplace.run(*WORKERS[transport])
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("died; its candidate goes to another") == 1
    assert workplace.summary["evaluations"] == len(set(workplace.names)) == len(workplace.names) == BUDGET
    assert workplace.summary["digest"] == undisturbed["digest"]
    times = Counter(Counter(seed for _, seed in workplace.begun).values())
    assert times == {1: BUDGET - 1, 2: 1}, "only the evaluation that was cut off is begun again"


@pytest.mark.parametrize("transport", ["local"])
def test_an_evaluation_that_always_kills_costs_its_outcome_and_no_worker_for_good(transport, tmp_path):
    workplace = Workplace(tmp_path, f"if context.seed % 8 == 0: {DEATHS['killed']}")
    done = workplace.run(*WORKERS[transport])
    assert done.returncode == 0, done.stderr
    killers = {seed for _, seed in workplace.begun if seed % 8 == 0}
    failed = [outcome for outcome in workplace.outcomes if "failure" in outcome]
    assert len(failed) == len(killers) > 1, "more deaths than there are workers"
    assert {outcome["failure"] for outcome in failed} == {"2 workers died while evaluating it"}
    assert workplace.summary["evaluations"] == len(set(workplace.names)) == BUDGET


def everybody(job):
    """As a batch system does when the time is over."""
    return [*children(job.pid), job.pid]


def parent(job):
    """The manager of local workers, or mpirun: who started the others."""
    return [job.pid]


@pytest.mark.parametrize(
    "first, killed, second",
    [
        ("local", everybody, "inline"),
        pytest.param("local", parent, "mpi", marks=NEEDS_MPI),
        pytest.param("mpi", everybody, "local", marks=NEEDS_MPI),
        pytest.param("mpi", parent, "mpi", marks=NEEDS_MPI),
    ],
)
def test_a_killed_job_leaves_nobody_behind_and_is_resumed_elsewhere(
    first, killed, second, undisturbed, tmp_path
):
    workplace = Workplace(tmp_path, SLOW)
    job = workplace.start(*WORKERS[first])
    workplace.await_outcomes(BUDGET // 3)
    before = workplace.names
    for pid in killed(job):
        os.kill(pid, signal.SIGKILL)
    job.wait()
    until(lambda: not any(alive(pid) for pid, _ in workplace.begun), "the workers of a killed job to end")

    done = workplace.resume(*WORKERS[second])
    assert done.returncode == 0, done.stderr
    assert set(before) <= set(workplace.names)
    assert workplace.summary["evaluations"] == len(set(workplace.names)) == len(workplace.names) == BUDGET
    assert workplace.summary["digest"] == undisturbed["digest"]
