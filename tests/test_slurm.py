"""The batch script of ``evonas slurm``, run for real by bash; only the launcher and Slurm pretend."""

import os
import shutil
import signal
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from jobs import until

from evonas import slurm
from evonas.errors import RunError
from evonas.slurm import Batch, Surroundings, write

OPEN_MPI = "mpirun (Open MPI) 5.0.11"
BASH = shutil.which("bash") or ""

LAUNCHER = """\
#!{bash}
printf '%s\\n' "$0" "$@" > launcher.log
env > environment.log
trap 'echo warned >> signals.log; exit ${{WARNED_CODE:-75}}' USR1
mkdir -p "run of it"
code=${{CODE:-0}}
for ((i = 0; i < ${{EVALUATED:-0}}; i++)); do
    echo '{{"evaluated": "0-'$i'", "seconds": 1.0}}' >> "run of it/journal-0.jsonl"
done
echo started > started.log
for ((i = 0; i < ${{TENTHS:-0}}; i++)); do sleep 0.1; done
exit "$code"
"""
RECORDER = """\
#!{bash}
echo "$(basename "$0") $*" >> "$(dirname "$0")/../slurm.log"
exit ${{REFUSED:-0}}
"""


@pytest.fixture
def place(tmp_path):
    """A folder with a search file, and programs that pretend."""
    (tmp_path / "search.py").touch()
    programs = tmp_path / "bin"
    programs.mkdir()
    fakes = {"mpirun": LAUNCHER, "srun": LAUNCHER, "scontrol": RECORDER, "module": RECORDER}
    for name, text in fakes.items():
        (programs / name).write_text(text.format(bash=BASH))
        (programs / name).chmod(0o755)
    return tmp_path


@pytest.fixture
def batch(place):
    return Batch(
        file=place / "search.py",
        run=Path("run of it"),
        surroundings=Surroundings(place, mpirun=OPEN_MPI),
        nodes=8,
        tasks_per_node=32,
        time="4:00:00",
    )


def started(batch, **environment):
    script = batch.file.with_name("search.sbatch")
    script.write_text(batch.script())
    folder = script.parent
    slurms = {"SLURM_JOB_ID": "7", "SLURM_NTASKS_PER_NODE": "32", "SLURM_JOB_NODELIST": "n[1-8]"}
    path = {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}
    return subprocess.Popen(
        [BASH, str(script)],
        cwd=folder / "bin",
        env={**path, **slurms, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finished(batch, **environment):
    """Run the script to its end; return its exit code, its output, and what was asked of Slurm."""
    process = started(batch, **environment)
    output, _ = process.communicate(timeout=60)
    log = batch.file.with_name("slurm.log")
    return process.returncode, output, log.read_text().splitlines() if log.exists() else []


def test_a_job_that_is_warned_passes_it_on_and_is_requeued(batch, place):
    process = started(batch, TENTHS="300", EVALUATED="2")
    until((place / "started.log").exists, "the launcher")
    process.send_signal(signal.SIGUSR1)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 75
    assert (place / "signals.log").read_text() == "warned\n"
    assert (place / "slurm.log").read_text() == "scontrol requeue 7\n"
    assert "Slurm warns that the time is nearly up" in output


@pytest.mark.parametrize("code", [0, 1, 2, 130, 137, 143])
def test_a_job_that_ends_otherwise_is_not_requeued(batch, code):
    ended, _, asked = finished(batch, CODE=str(code), EVALUATED="2")
    assert (ended, asked) == (code, [])


@pytest.mark.parametrize("code", [0, 1])
def test_a_search_that_ends_after_a_warning_ends_as_it_says(batch, place, code):
    process = started(batch, TENTHS="300", EVALUATED="2", WARNED_CODE=str(code))
    until((place / "started.log").exists, "the launcher")
    process.send_signal(signal.SIGUSR1)
    process.communicate(timeout=60)
    assert process.returncode == code
    assert not (place / "slurm.log").exists()


def test_a_job_that_finishes_nothing_is_not_requeued_forever(batch, place):
    (place / "run of it").mkdir()
    (place / "run of it" / "journal-0.jsonl").write_text('{"evaluated": "0-0"}\n{"born": "0-1"}\n')
    code, output, asked = finished(batch, CODE="75")
    assert (code, asked) == (75, [])
    assert "no evaluation was finished in this job: it is not requeued" in output
    code, _, asked = finished(batch, CODE="75", EVALUATED="1")
    assert (code, asked) == (75, ["scontrol requeue 7"])


def test_a_cluster_that_does_not_requeue_leaves_a_hint(batch):
    code, output, _ = finished(batch, CODE="75", EVALUATED="1", REFUSED="1")
    assert code == 75
    assert "queue it again with sbatch to go on" in output


def test_the_ranks_are_started_with_what_was_asked(batch, place):
    batch = replace(batch, islands=4, words=("--size", "a 'b'", "$HOME"))
    assert finished(batch)[0] == 0
    name, *words = (place / "launcher.log").read_text().splitlines()
    assert name == str(place / "bin" / "mpirun")
    flags = ["--with-ft", "ulfm", "--map-by", "ppr:32:node", "--bind-to", "none"]
    run = ["python", "-m", "evonas", "run", str(place / "search.py"), "--run", "run of it", "--islands", "4"]
    assert words == [*flags, *run, "--", "--size", "a 'b'", "$HOME"]


@pytest.mark.parametrize(
    "version, program, flags",
    [
        ("mpirun (Open MPI) 4.1.6", "mpirun", ["--map-by", "ppr:32:node", "--bind-to", "none"]),
        ("HYDRA build details:", "srun", ["--cpus-per-task=6", "--cpu-bind=none"]),
        ("", "srun", ["--cpus-per-task=6", "--cpu-bind=none"]),
    ],
)
def test_other_launchers_get_the_flags_that_they_know(batch, place, version, program, flags):
    batch = replace(batch, surroundings=Surroundings(place, mpirun=version))
    assert finished(batch, SLURM_CPUS_PER_TASK="6")[0] == 0
    name, *words = (place / "launcher.log").read_text().splitlines()
    assert name == str(place / "bin" / program)
    assert words[: words.index("python")] == flags


@pytest.mark.parametrize(
    "environment, threads",
    [({}, "1"), ({"SLURM_CPUS_PER_TASK": "4"}, "4"), ({"OMP_NUM_THREADS": "2"}, "2")],
)
def test_a_rank_has_as_many_threads_as_cores(batch, place, environment, threads):
    assert finished(batch, **environment)[0] == 0
    assert f"OMP_NUM_THREADS={threads}" in (place / "environment.log").read_text().splitlines()


def test_the_environment_is_the_one_of_now(place, batch):
    prefix = place / "my venv"
    (prefix / "bin").mkdir(parents=True)
    (prefix / "bin" / "activate").write_text('export ACTIVE="$UNSET yes"\n')
    lines, python = slurm._activation({"LOADEDMODULES": "gcc/13:openmpi/5"}, str(prefix), "/usr")
    assert python == "python"
    code, _, asked = finished(replace(batch, surroundings=Surroundings(place, lines, mpirun=OPEN_MPI)))
    assert (code, asked) == (0, ["module load gcc/13 openmpi/5"])
    assert "ACTIVE= yes" in (place / "environment.log").read_text().splitlines()


def test_an_environment_that_does_not_come_about_is_the_end(place, batch):
    broken = Surroundings(place, ("source /nowhere/bin/activate",), mpirun=OPEN_MPI)
    code, output, _ = finished(replace(batch, surroundings=broken))
    assert code != 0
    assert "/nowhere/bin/activate" in output
    assert not (place / "launcher.log").exists()


def test_conda_is_activated_by_its_own_hook():
    environment = {"CONDA_PREFIX": "/opt/envs/nas", "CONDA_EXE": "/opt/bin/conda"}
    assert slurm._activation(environment, "/opt/envs/nas", "/opt/envs/nas") == (
        ('eval "$(/opt/bin/conda shell.bash hook)"', "conda activate /opt/envs/nas"),
        "python",
    )


def test_a_python_without_an_environment_is_called_by_its_path(monkeypatch, tmp_path):
    assert slurm._activation({}, "/usr", "/usr") == ((), None)
    monkeypatch.chdir(tmp_path)
    for name, value in {"prefix": "/usr", "base_prefix": "/usr", "executable": "/usr/bin/python3.9"}.items():
        monkeypatch.setattr(f"sys.{name}", value)
    monkeypatch.delenv("LOADEDMODULES", raising=False)
    monkeypatch.delenv("CONDA_PREFIX", raising=False)
    monkeypatch.setattr(slurm, "mpirun", lambda: None)
    assert Surroundings.here() == Surroundings(tmp_path, (), "/usr/bin/python3.9", "")


def test_slurm_is_asked_for_what_the_user_wants(batch):
    batch = replace(
        batch,
        tasks_per_node=None,
        gpus_per_node=4,
        partition="gpu",
        account="me",
        extra=("mem=0", "--constraint=a b", "#SBATCH --exclusive"),
    )
    head = batch.script().partition("# Written")[0].splitlines()
    assert head == [
        "#!/bin/bash",
        "#SBATCH --job-name=search",
        "#SBATCH --nodes=8",
        "#SBATCH --ntasks-per-node=4",
        "#SBATCH --gpus-per-node=4",
        "#SBATCH --time=4:00:00",
        "#SBATCH --partition=gpu",
        "#SBATCH --account=me",
        "#SBATCH --output=%x-%j.log",
        "#SBATCH --open-mode=append",
        "#SBATCH --signal=B:USR1@180",
        "#SBATCH --requeue",
        "#SBATCH --mem=0",
        '#SBATCH --constraint="a b"',
        "#SBATCH --exclusive",
    ]


@pytest.mark.parametrize(
    "options, message",
    [
        ({"nodes": 0}, "--nodes: expected a whole number, 1 or more, got 0; write --nodes 4"),
        ({"tasks_per_node": -1}, "--tasks-per-node: expected a whole number, 1 or more, got -1"),
        ({"tasks_per_node": None}, "--tasks-per-node: expected a number, or --gpus-per-node, got None"),
        ({"nodes": 1, "tasks_per_node": 1}, "--tasks-per-node: expected two ranks or more in all, got 1"),
        ({"gpus_per_node": 0}, "--gpus-per-node: expected a whole number, 1 or more, got 0"),
        ({"islands": 0}, "--islands: expected a whole number, 1 or more, got 0"),
        ({"time": "4h"}, "--time: expected a time as Slurm writes it: .*, got '4h'; write --time 4:00:00"),
        ({"time": "4"}, "--time: expected 5 minutes or more, got '4'; write --time 4:00:00"),
        ({"partition": "a b"}, "--partition: expected one word, got 'a b'"),
        ({"account": ""}, "--account: expected one word, got ''"),
        ({"extra": ("mem=0\ntouch x",)}, "--sbatch: expected one long option of sbatch, got"),
        ({"extra": ("-x n1",)}, "--sbatch: expected one long option of sbatch, got '-x n1'"),
        ({"extra": ("",)}, "--sbatch: expected one long option of sbatch, got ''; write --sbatch mem=0"),
        ({"file": Path("gone.py")}, "FILE: expected a Python file that defines a search, got 'gone.py'"),
    ],
)
def test_what_makes_no_job_is_refused(batch, options, message):
    with pytest.raises(RunError, match=message):
        replace(batch, **options)


def test_a_script_is_written_once_and_not_over_another(batch, tmp_path):
    path = tmp_path / "search.sbatch"
    assert write(batch, path) == write(batch, path) == path
    assert path.read_text() == batch.script()
    with pytest.raises(RunError, match=r"--to: expected a new file, got .*search.sbatch'; remove it"):
        write(replace(batch, nodes=4), path)
    with pytest.raises(RunError, match="expected a file that can be written, got"):
        write(batch, tmp_path / "absent" / "search.sbatch")


def test_this_very_environment_can_be_written_down(batch):
    script = replace(batch, surroundings=Surroundings.here()).script()
    assert subprocess.run([BASH, "-n"], input=script, text=True, check=False).returncode == 0
