"""One file, one digest: however a search is started, it finds the same."""

import sys

import pytest
from jobs import BUDGET, NEEDS_MPI, WORKERS, Workplace, evonas, mpi_job, process

pytestmark = NEEDS_MPI

COMMAND = ["-m", "evonas", "run", "search.py", "--run", "run", "--no-export"]
STARTS = {
    "evonas run --workers 2": lambda cwd: evonas(*COMMAND[2:], *WORKERS["local"], cwd=cwd),
    "evonas run --mpi": lambda cwd: evonas(*COMMAND[2:], *WORKERS["mpi"], cwd=cwd),
    "mpirun -n 1 evonas run": lambda cwd: mpi_job(1, sys.executable, *COMMAND, cwd=cwd),
    "mpirun -n 3 evonas run": lambda cwd: mpi_job(3, sys.executable, *COMMAND, cwd=cwd),
    "python FILE": lambda cwd: process(sys.executable, "search.py", cwd=cwd),
    "mpirun -n 3 python FILE": lambda cwd: mpi_job(3, sys.executable, "search.py", cwd=cwd),
}


@pytest.fixture(scope="session")
def reference(tmp_path_factory):
    """The figures of the search in one process."""
    workplace = Workplace(tmp_path_factory.mktemp("reference"))
    assert workplace.run().returncode == 0
    return workplace.summary


@pytest.mark.parametrize("start", STARTS)
def test_a_search_finds_the_same_however_it_is_started(start, reference, tmp_path):
    workplace = Workplace(tmp_path)
    done = STARTS[start](tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("digest") == done.stderr.count("searching") == 1, "one process speaks for all"
    assert workplace.summary["evaluations"] == len(set(workplace.names)) == BUDGET
    for figure in ("digest", "best", "ending"):
        assert workplace.summary[figure] == reference[figure]
