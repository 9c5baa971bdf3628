"""One file, one digest: however a search is started, it finds the same."""

import sys

import pytest
from jobs import BUDGET, NEEDS_MPI, WORKERS, Workplace, evonas, mpi_job, process

pytestmark = NEEDS_MPI

COMMAND = ["-m", "evonas", "run", "search.py", "--run", "run", "--no-export"]
ISLANDS = ["--islands", "3"]


def command(*words):
    return lambda cwd: evonas(*COMMAND[2:], *words, cwd=cwd)


def job(ranks, *words):
    return lambda cwd: mpi_job(ranks, sys.executable, *words, cwd=cwd)


STARTS = {
    "evonas run --workers 2": command(*WORKERS["local"]),
    "evonas run --mpi": command(*WORKERS["mpi"]),
    "mpirun -n 1 evonas run": job(1, *COMMAND),
    "mpirun -n 3 evonas run": job(3, *COMMAND),
    "python FILE": lambda cwd: process(sys.executable, "search.py", cwd=cwd),
    "mpirun -n 3 python FILE": job(3, "search.py"),
}
STARTS_OF_ISLANDS = {
    "evonas run --workers 2 --islands 3": command(*WORKERS["local"], *ISLANDS),
    "mpirun -n 2 evonas run --islands 3": job(2, *COMMAND, *ISLANDS),
    "mpirun -n 5 evonas run --islands 3": job(5, *COMMAND, *ISLANDS),
    "mpirun -n 7 evonas run --islands 3": job(7, *COMMAND, *ISLANDS),
}


def searched_alone(folder, *words):
    """Return the figures of the search in one process."""
    workplace = Workplace(folder)
    assert workplace.run(*words).returncode == 0
    return workplace.summary


@pytest.fixture(scope="session")
def reference(tmp_path_factory):
    return searched_alone(tmp_path_factory.mktemp("reference"))


@pytest.fixture(scope="session")
def archipelago(tmp_path_factory):
    return searched_alone(tmp_path_factory.mktemp("archipelago"), *ISLANDS)


def assert_same(done, workplace, figures):
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("digest") == done.stderr.count("searching") == 1, "one process speaks for all"
    assert workplace.summary["evaluations"] == len(set(workplace.names)) == len(workplace.names) == BUDGET
    for figure in ("digest", "best", "ending", "duplicates"):
        assert workplace.summary[figure] == figures[figure]


@pytest.mark.parametrize("start", STARTS)
def test_a_search_finds_the_same_however_it_is_started(start, reference, tmp_path):
    workplace = Workplace(tmp_path)
    assert_same(STARTS[start](tmp_path), workplace, reference)


@pytest.mark.parametrize("start", STARTS_OF_ISLANDS)
def test_islands_find_the_same_on_any_number_of_ranks(start, archipelago, reference, tmp_path):
    workplace = Workplace(tmp_path)
    assert_same(STARTS_OF_ISLANDS[start](tmp_path), workplace, archipelago)
    assert archipelago["digest"] != reference["digest"]
    assert archipelago["migrations"] > 0
    for one, other in zip(workplace.summary["islands"], archipelago["islands"], strict=True):
        for figure in ("island", "evaluations", "best", "migrations_sent", "migrations_received"):
            assert one[figure] == other[figure]
