"""Whichever ranks of a job with islands die, the rest end the search, and find what they would have found."""

import os
import signal

import pytest
from jobs import BUDGET, NEEDS_SURVIVAL, Workplace, ranks

pytestmark = NEEDS_SURVIVAL

ISLANDS = ["--islands", "2"]
SOME_TIME = "time.sleep(0.08)"

FAULTS = {  # of 6 ranks 0 and 3 are hosts, the others work for the one before them
    "the first rank": (signal.SIGKILL, [0]),
    "the second host": (signal.SIGKILL, [3]),
    "both hosts at once": (signal.SIGKILL, [0, 3]),
    "all workers of an island": (signal.SIGKILL, [1, 2]),
    "a host and all its workers": (signal.SIGKILL, [0, 1, 2]),
    "a worker that is stopped": (signal.SIGSTOP, [4]),
    "a host that is stopped": (signal.SIGSTOP, [3]),
}


@pytest.fixture(scope="session")
def archipelago(tmp_path_factory):
    """The figures of the search with two islands in one process."""
    workplace = Workplace(tmp_path_factory.mktemp("archipelago"))
    assert workplace.run(*ISLANDS).returncode == 0
    return workplace.summary


@pytest.mark.parametrize("fault", FAULTS)
def test_a_search_survives(fault, archipelago, tmp_path):
    number, victims = FAULTS[fault]
    workplace = Workplace(tmp_path, SOME_TIME)
    job = workplace.start("--workers", "5", "--mpi", *ISLANDS)
    workplace.await_outcomes(BUDGET // 4)
    before, pids = workplace.names, ranks(job)
    for victim in victims:
        os.kill(pids[victim], number)
    said = workplace.ended(job)
    assert job.returncode == 0, said
    assert set(before) <= set(workplace.names)
    assert workplace.summary["evaluations"] == len(set(workplace.names)) == len(workplace.names) == BUDGET
    assert workplace.summary["digest"] == archipelago["digest"]
    assert workplace.summary["deaths"] == len(victims)
    hosts = {0, 3} & set(victims)
    assert workplace.summary["takeovers"] == len(hosts), said
