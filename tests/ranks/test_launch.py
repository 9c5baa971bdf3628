"""How an MPI job is started, on the launchers that people have."""

from pathlib import Path

import pytest

from evonas.errors import TransportError
from evonas.ranks import launch

OPEN_MPI_5 = "mpirun (Open MPI) 5.0.11"
OPEN_MPI_4 = "mpirun (Open MPI) 4.1.6"
MPICH = "HYDRA build details:"

OVERSUBSCRIBED = ["--oversubscribe", "--bind-to", "none"]
ROOT = ["--allow-run-as-root"]
SURVIVING = ["--with-ft", "ulfm"]


@pytest.mark.parametrize(
    "version, user, flags",
    [
        (OPEN_MPI_5, 1000, OVERSUBSCRIBED + SURVIVING),
        (OPEN_MPI_5, 0, OVERSUBSCRIBED + ROOT + SURVIVING),
        (OPEN_MPI_4, 1000, OVERSUBSCRIBED),
        (OPEN_MPI_4, 0, OVERSUBSCRIBED + ROOT),
        (MPICH, 1000, []),
        (MPICH, 0, []),
    ],
)
def test_every_mpirun_gets_the_flags_that_it_knows(version, user, flags, monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: user)
    line = launch.job_command(Path("/bin/mpirun"), version, 4, ["python", "search.py"])
    assert line == ["/bin/mpirun", *flags, "-n", "4", "python", "search.py"]


@pytest.mark.parametrize(
    "version, survives",
    [
        (OPEN_MPI_5, True),
        ("mpirun (Open MPI) 10.1", True),
        (OPEN_MPI_4, False),
        (MPICH, False),
        ("mpirun (Open MPI) rc", False),
        ("", False),
    ],
)
def test_only_open_mpi_from_5_on_is_asked_to_survive_dead_ranks(version, survives):
    assert launch.survives_dead_ranks(version) == survives


@pytest.mark.parametrize("variable", launch.SIZE_VARIABLES)
def test_a_rank_knows_that_it_is_one(variable):
    assert launch.launched_by_mpi({variable: "4"})


def test_a_plain_process_knows_that_it_is_no_rank():
    assert not launch.launched_by_mpi({"PATH": "/bin", "SLURM_JOB_ID": "7"})


def test_the_mpirun_beside_python_is_preferred_to_that_on_the_path(monkeypatch, tmp_path):
    for folder in ("beside", "path"):
        (tmp_path / folder).mkdir()
        program = tmp_path / folder / "mpirun"
        program.touch()
        program.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(tmp_path / "beside" / "python"))
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    assert launch.mpirun() == tmp_path / "beside" / "mpirun"
    (tmp_path / "beside" / "mpirun").unlink()
    assert launch.mpirun() == tmp_path / "path" / "mpirun"
    (tmp_path / "path" / "mpirun").unlink()
    assert launch.mpirun() is None


def test_an_mpirun_that_does_not_run_is_an_error_with_its_name(tmp_path):
    with pytest.raises(TransportError, match="absent: expected mpirun to tell its version, got"):
        launch.mpirun_version(tmp_path / "absent")
