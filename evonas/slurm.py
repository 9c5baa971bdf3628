"""Writes a Slurm batch script for a search: it is warned before the end, requeued, and goes on."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from evonas.errors import RunError, complaint
from evonas.ranks.launch import mpirun, mpirun_version, survives_dead_ranks
from evonas.runs.clock import WARNING_SECONDS, slurm_seconds

SHORTEST_JOB = 300.0
"""Seconds; of anything shorter, the warning leaves nothing."""


@dataclass(frozen=True)
class Surroundings:
    """What a batch script sets up before it starts Python.

    Attributes:
        folder: Where the search is run.
        activation: Lines of bash that bring about the environment.
        python: The interpreter, as it is called after that.
        mpirun: What ``mpirun`` tells as its version; empty if there is none.
    """

    folder: Path
    activation: tuple[str, ...] = ()
    python: str = "python"
    mpirun: str = ""

    @staticmethod
    def here() -> Surroundings:
        """Return those of this process: its folder, modules, virtual or conda environment, and MPI.

        Raises:
            TransportError: There is an mpirun that cannot be run.
        """
        program = mpirun()
        version = mpirun_version(program) if program else ""
        lines, python = _activation(os.environ, sys.prefix, sys.base_prefix)
        return Surroundings(Path.cwd(), lines, python or sys.executable, version)

    @property
    def launcher(self) -> list[str]:
        """The command that starts the ranks: mpirun where it is Open MPI's, else srun."""
        if "Open MPI" not in self.mpirun:
            return ["srun", '--cpus-per-task="${SLURM_CPUS_PER_TASK:-1}"', "--cpu-bind=none"]
        fault_tolerance = ["--with-ft", "ulfm"] if survives_dead_ranks(self.mpirun) else []
        ranks = ["--map-by", '"ppr:$SLURM_NTASKS_PER_NODE:node"', "--bind-to", "none"]
        return ["mpirun", *fault_tolerance, *ranks]


@dataclass(frozen=True, kw_only=True)
class Batch:
    """A search as a Slurm job.

    Attributes:
        file: The search file.
        run: Folder of the run; the same for every start of the job, so that it goes on there.
        surroundings: What to set up.
        nodes: How many machines.
        tasks_per_node: Ranks on each; None is one for each GPU.
        time: Limit of one start, as Slurm writes it, such as ``4:00:00`` or ``1-12``; None is the cluster's.
        gpus_per_node: GPUs on each machine; None asks for none.
        partition: Where to queue; None is the cluster's default.
        account: Who pays; None is the user's default.
        islands: Populations that evolve side by side; None is what the file says.
        extra: Further options of ``sbatch``, such as ``mem=0``; they win over those made here.
        words: Words for the search file.

    Raises:
        RunError: The file is missing, or an option is out of range.
    """

    file: Path
    run: Path
    surroundings: Surroundings
    nodes: int = 1
    tasks_per_node: int | None = None
    time: str | None = None
    gpus_per_node: int | None = None
    partition: str | None = None
    account: str | None = None
    islands: int | None = None
    extra: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.file.is_file():
            remedy = "check the path"
            raise RunError(complaint("FILE", "a Python file that defines a search", str(self.file), remedy))
        for name in ("nodes", "tasks_per_node", "gpus_per_node", "islands"):
            _check_number(name, getattr(self, name))
        if self.tasks_per_node is None and self.gpus_per_node is None:
            remedy = "write as many as a node has cores, for example --tasks-per-node 32"
            raise RunError(complaint("--tasks-per-node", "a number, or --gpus-per-node", None, remedy))
        if self.nodes * self.ranks_per_node < 2:
            remedy = "one rank manages, the others evaluate"
            raise RunError(complaint("--tasks-per-node", "two ranks or more in all", 1, remedy))
        _check_time(self.time)
        for name in ("partition", "account"):
            _check_word(name, getattr(self, name))
        for option in self.extra:
            if not re.fullmatch(r"(#SBATCH\s+)?(--)?[A-Za-z].*", option):
                remedy = "write --sbatch mem=0 or --sbatch=--mem=0"
                raise RunError(complaint("--sbatch", "one long option of sbatch", option, remedy))

    @property
    def name(self) -> str:
        """What the job is called."""
        return re.sub(r"[^\w.-]+", "-", self.file.stem)

    @property
    def ranks_per_node(self) -> int:
        """Ranks on each machine."""
        return self.tasks_per_node or self.gpus_per_node or 1

    def directives(self) -> list[str]:
        """Return the options of ``sbatch``."""
        asked = {
            "nodes": self.nodes,
            "ntasks-per-node": self.ranks_per_node,
            "gpus-per-node": self.gpus_per_node,
            "time": self.time,
            "partition": self.partition,
            "account": self.account,
        }
        return [
            f"job-name={self.name}",
            *(f"{name}={value}" for name, value in asked.items() if value is not None),
            "output=%x-%j.log",
            "open-mode=append",
            f"signal=B:USR1@{WARNING_SECONDS}",
            "requeue",
            *(_directive(option) for option in self.extra),
        ]

    def command(self) -> list[str]:
        """Return what each rank runs, quoted for bash."""
        run = [self.surroundings.python, "-m", "evonas", "run", str(self.file.resolve())]
        islands = ["--islands", str(self.islands)] if self.islands else []
        words = ["--", *self.words] if self.words else []
        return [
            *(shlex.quote(word) for word in run),
            "--run",
            '"$run"',
            *(shlex.quote(word) for word in [*islands, *words]),
        ]

    def script(self) -> str:
        """Return the batch script."""
        start = " ".join([*self.surroundings.launcher, *self.command()])
        return SCRIPT.format(
            directives="\n".join(f"#SBATCH --{directive}" for directive in self.directives()),
            activation="\n".join(self.surroundings.activation) or "# (none was active)",
            folder=shlex.quote(str(self.surroundings.folder)),
            run=shlex.quote(str(self.run)),
            start=start,
            minutes=WARNING_SECONDS // 60,
        )


def write(batch: Batch, to: Path) -> Path:
    """Write the batch script to a file, and return that.

    Raises:
        RunError: Another file is there, which somebody may have edited, or it cannot be written.
    """
    script = batch.script()
    try:
        if to.exists() and to.read_text() != script:
            remedy = "remove it, or give another --to; --to - prints"
            raise RunError(complaint("--to", "a new file", str(to), remedy))
        to.write_text(script)
    except (OSError, UnicodeDecodeError) as error:
        raise RunError(
            f"{to}: expected a file that can be written, got {error}; give another --to"
        ) from error
    return to


def _activation(
    environment: Mapping[str, str], prefix: str, base_prefix: str
) -> tuple[tuple[str, ...], str | None]:
    """Return the lines that bring about the environment in bash, and Python's name in it, if it has one."""
    lines = []
    modules = [name for name in environment.get("LOADEDMODULES", "").split(":") if name]
    if modules:
        lines.append("type module > /dev/null 2>&1 || source /etc/profile")
        lines.append(f"module load {shlex.join(modules)}")
    if prefix != base_prefix:
        lines.append(f"source {shlex.quote(f'{prefix}/bin/activate')}")
    elif environment.get("CONDA_PREFIX") == prefix and "CONDA_EXE" in environment:
        lines.append(f'eval "$({shlex.quote(environment["CONDA_EXE"])} shell.bash hook)"')
        lines.append(f"conda activate {shlex.quote(prefix)}")
    else:
        return tuple(lines), None
    return tuple(lines), "python"


def _directive(option: str) -> str:
    """Return a long option of ``sbatch``, with or without its dashes, as it stands after two of them."""
    name, equals, value = option.removeprefix("#SBATCH").strip().lstrip("-").partition("=")
    quoted = f'"{value}"' if " " in value and '"' not in value else value
    return f"{name}{equals}{quoted}"


def _check_number(name: str, value: int | None) -> None:
    if value is not None and value < 1:
        option = f"--{name.replace('_', '-')}"
        raise RunError(complaint(option, "a whole number, 1 or more", value, f"write {option} 4"))


def _check_time(time: str | None) -> None:
    seconds = SHORTEST_JOB if time is None else slurm_seconds(time)
    if seconds is None:
        rule = "a time as Slurm writes it: minutes, hours:minutes:seconds or days-hours"
        raise RunError(complaint("--time", rule, time, "write --time 4:00:00"))
    if seconds < SHORTEST_JOB:
        remedy = f"write --time 4:00:00; the search is warned {WARNING_SECONDS} seconds before the end"
        raise RunError(complaint("--time", "5 minutes or more", time, remedy))


def _check_word(name: str, value: str | None) -> None:
    if value is not None and not re.fullmatch(r"[^\s\"']+", value):
        raise RunError(complaint(f"--{name}", "one word", value, f"leave it out for your default {name}"))


SCRIPT = """\
#!/bin/bash
{directives}
# Written by evonas slurm. Queue it with sbatch; queued again, it goes on with the same run.

set -euo pipefail

# The environment that was active when this was written; such scripts use unset variables.
set +u
{activation}
set -u

# A rank computes with the cores of its task, not with all that it sees, unless you have said otherwise.
export OMP_NUM_THREADS="${{OMP_NUM_THREADS:-${{SLURM_CPUS_PER_TASK:-1}}}}"

cd {folder}
run={run} # the same at every start, so that a requeued job goes on
echo "job $SLURM_JOB_ID on ${{SLURM_JOB_NODELIST:-?}}, start $((${{SLURM_RESTART_COUNT:-0}} + 1)), $(date)"

evaluated() {{ # how many evaluations are safe in the run's journals
    cat "$run"/journal-*.jsonl 2>/dev/null | grep -c '^{{"evaluated"' || true
}}

# Slurm warns this script {minutes} minutes before the end; the launcher passes that on to every rank.
search=
warnings=0
warned() {{
    warnings=$((warnings + 1))
    echo "Slurm warns that the time is nearly up, $(date)"
    [[ -z $search ]] || kill -USR1 "$search" 2>/dev/null || true
}}
trap warned USR1

before=$(evaluated)
# In the background, since bash heeds a signal only between commands or in wait.
{start} &
search=$!

# The warning interrupts wait; only a wait without one tells how the search ended.
while true; do
    seen=$warnings
    code=0
    wait "$search" || code=$?
    ((warnings > seen)) || break
done

if ((code != 75)); then # 0: complete; anything else: failed, and would fail again
    exit "$code"
fi

# 75: out of time. Once more, unless the job is too short for a single evaluation: that would never end.
if (($(evaluated) <= before)); then
    echo "no evaluation was finished in this job: it is not requeued; give it more --time" >&2
    exit "$code"
fi
scontrol requeue "$SLURM_JOB_ID" || echo "it cannot be requeued: queue it again with sbatch to go on" >&2
exit "$code"
"""
