"""The doctor says what works here, by trying it."""

import sys

import pytest
from jobs import NEEDS_MPI, evonas, mpi_job

from evonas.doctor import Finding


@pytest.fixture(scope="module")
def examined(tmp_path_factory):
    return evonas("doctor", cwd=tmp_path_factory.mktemp("doctor"))


@pytest.mark.parametrize("what", ["evonas", "cores", "numpy", "deap", "rich", "MPI library", "torch"])
def test_the_doctor_looks_at_everything_and_finds_the_search_possible(what, examined):
    assert examined.returncode == 0, examined.stdout + examined.stderr
    assert any(line[8:].startswith(what) for line in examined.stdout.splitlines())


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(line, marks=NEEDS_MPI)
        for line in ["MPI library     Open MPI", "a dead rank     killed one of 3 ranks, the search went on"]
    ],
)
def test_the_doctor_tries_mpi_and_kills_a_rank(line, examined):
    assert f"ok      {line}" in examined.stdout


@pytest.mark.parametrize("ranks", [pytest.param(1, marks=NEEDS_MPI)])
def test_the_doctor_is_no_rank(ranks, tmp_path):
    done = mpi_job(ranks, sys.executable, "-m", "evonas", "doctor", cwd=tmp_path)
    assert done.returncode == 1
    assert "run it without mpirun" in done.stderr


def test_what_is_missing_comes_with_a_remedy():
    lines = str(Finding("mpirun", False, "not found", "pip install it")).splitlines()
    assert lines[0] == "MISSING mpirun          not found"
    assert lines[1].strip() == "-> pip install it"
