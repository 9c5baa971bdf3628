"""The command ``evonas``: run, resume, export, show, slurm, doctor."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import evonas
from evonas.errors import EvonasError

if TYPE_CHECKING:
    from evonas.runs.plan import Changes, Plan
    from evonas.runs.source import Source

FAILED, PAUSED, INTERRUPTED = 1, 75, 130  # 75 is EX_TEMPFAIL: batch scripts may requeue on it


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code.

    0: done; 1: an error, or nothing but failures; 2: a wrong command line; 75: out of time, resume goes on;
    130: interrupted; an mpirun that is interrupted kills its ranks and says 1 instead.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    own, extra = _partition(words)
    options = _parser().parse_args(own)
    options.extra = extra
    try:
        code: int = options.command(options)
        return code
    except EvonasError as error:
        print(f"evonas: {error}", file=sys.stderr)
        return FAILED
    except BrokenPipeError:  # whoever reads, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("evonas: interrupted; what is evaluated is kept, and evonas resume goes on", file=sys.stderr)
        return INTERRUPTED


def _partition(words: list[str]) -> tuple[list[str], list[str]]:
    """Split at the double dash: what follows belongs to the search file."""
    at = words.index("--") if "--" in words else len(words)
    return words[:at], words[at + 1 :]


def _run(options: argparse.Namespace) -> int:
    from evonas.runs.plan import Changes
    from evonas.runs.source import Source

    source = Source(str(options.file.resolve()), None, tuple(options.extra))
    return _search(
        source, options, Changes(options.evaluations, options.seed, options.deterministic, options.islands)
    )


def _resume(options: argparse.Namespace) -> int:
    from evonas.runs.folder import RunFolder

    source, changes = RunFolder(options.run).source()
    given = {"evaluations": options.evaluations, "islands": options.islands}
    changes = replace(changes, **{name: value for name, value in given.items() if value is not None})
    return _search(source, options, changes)


def _search(source: Source, options: argparse.Namespace, changes: Changes) -> int:
    from evonas.ranks.launch import launched_by_mpi, replace_by_job
    from evonas.runs.frame import Options
    from evonas.runs.session import run

    if options.mpi and not launched_by_mpi():
        source.check()
        _announce_terminal()
        own, extra = _partition(sys.argv[1:])
        words = [word for word in own if word != "--mpi"]
        replace_by_job(options.workers + 1, [sys.executable, "-m", "evonas", *words, "--", *extra])

    def load() -> Plan:
        return source.load().changed(changes)

    session = Options(options.workers, options.run, options.time_limit, options.export)
    result = run(load, source, session)
    if result.ending == "paused":
        return PAUSED
    return 0 if result.ending == "complete" and result.front else FAILED


def _export(options: argparse.Namespace) -> int:
    from evonas.runs.folder import RunFolder
    from evonas.runs.session import export

    folder = RunFolder(options.run)
    source, changes = folder.source()
    search = source.load().changed(changes)
    folder.check(search)
    export(search, folder, options.to or folder.best)
    return 0


def _show(options: argparse.Namespace) -> int:
    from evonas.show import show

    show(options.file, options.extra, options.seed, options.architecture, options.to)
    return 0


def _slurm(options: argparse.Namespace) -> int:
    from evonas.runs.folder import RunFolder
    from evonas.runs.source import Source
    from evonas.slurm import Batch, Surroundings, write

    batch = Batch(
        file=options.file,
        run=options.run or RunFolder.fresh(Source(str(options.file))),
        surroundings=Surroundings.here(),
        nodes=options.nodes,
        tasks_per_node=options.tasks_per_node,
        time=options.time,
        gpus_per_node=options.gpus_per_node,
        partition=options.partition,
        account=options.account,
        islands=options.islands,
        extra=tuple(options.sbatch),
        words=tuple(options.extra),
    )
    if options.to == "-":
        print(batch.script(), end="")
        return 0
    path = write(batch, Path(options.to or f"{batch.name}.sbatch"))
    print(f"{path} is written; queue it with: sbatch {path}")
    return 0


def _doctor(_: argparse.Namespace) -> int:
    from evonas.doctor import examine

    return examine()


def _announce_terminal() -> None:
    """Tell the ranks that a person sits in front of the output that mpirun forwards."""
    from evonas.report.progress import TERMINAL

    if sys.stderr.isatty():
        os.environ[TERMINAL] = os.ttyname(sys.stderr.fileno())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="evonas",
        description="Evolutionary architecture search and black-box optimization on MPI.",
        epilog="Exit codes: 0 done, 1 error, 2 wrong command line, 75 resume to go on, 130 interrupted.",
    )
    parser.add_argument("--version", action="version", version=f"evonas {evonas.__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    run = commands.add_parser(
        "run",
        help="search as a file says",
        description="Search as FILE says: it defines search = evonas.Search(...). On a cluster: "
        "mpirun -n 65 python -m evonas run FILE. Words after a double dash go to FILE.",
    )
    run.add_argument("file", metavar="FILE", type=Path, help="Python file that defines the search")
    run.add_argument(
        "--run",
        metavar="FOLDER",
        type=Path,
        help="keep the run here, or go on with it (default: runs/<file>-<n>)",
    )
    run.add_argument("--seed", metavar="N", type=int, help="root of all randomness, instead of the file's")
    run.add_argument(
        "--deterministic",
        metavar="LAG",
        type=int,
        help="the same result for any number of workers, with LAG evaluations at a time",
    )
    _add_session_options(run)
    run.set_defaults(command=_run)

    resume = commands.add_parser(
        "resume",
        help="go on with a run",
        description="Go on with a run exactly where it stopped, on any number of workers.",
    )
    resume.add_argument("run", metavar="RUN", type=Path, help="folder of the run")
    _add_session_options(resume)
    resume.set_defaults(command=_resume)

    export = commands.add_parser(
        "export",
        help="write the best architecture as a model",
        description="Train the best architecture of a run as its search says (retrain=), write it as JSON, "
        "Python, safetensors, torch.export and ONNX, and check each file.",
    )
    export.add_argument("run", metavar="RUN", type=Path, help="folder of the run")
    export.add_argument("--to", metavar="FOLDER", type=Path, help="write here (default: RUN/best)")
    export.set_defaults(command=_export)

    show = commands.add_parser(
        "show",
        help="print a search space, draw an architecture",
        description="Print a search space as a tree with its size, and one of its architectures: a random "
        "one, the best of a run, or a given one. FILE defines search = evonas.Search(...), "
        "space = evonas.Space(...) or a function space(). Words after a double dash go to FILE.",
    )
    show.add_argument("file", metavar="FILE", type=Path, help="Python file, or the folder of a run")
    which = show.add_mutually_exclusive_group()
    which.add_argument(
        "--seed", metavar="N", type=int, help="a random architecture (default: 0, or the best of a run)"
    )
    which.add_argument(
        "--architecture",
        metavar="JSON",
        type=Path,
        help="the one in this file, for example an architecture.json",
    )
    show.add_argument(
        "--to", metavar="PICTURE", type=Path, help="draw it: a name that ends in .svg, .pdf or .png"
    )
    show.set_defaults(command=_show)

    _add_slurm(commands.add_parser("slurm", help="write a Slurm batch script"))

    doctor = commands.add_parser(
        "doctor",
        help="tell what works on this machine",
        description="Tell which MPI is here, how many ranks start, whether a dead one is survived, and which "
        "devices torch sees; and how to mend what is missing.",
    )
    doctor.set_defaults(command=_doctor)
    return parser


def _add_slurm(slurm: argparse.ArgumentParser) -> None:
    slurm.description = (
        "Write a batch script that searches as FILE says, in the environment that is active now. Slurm warns "
        "the search 3 minutes before the job's time is up; it then stops handing out, keeps everything, "
        "exits with 75, and the script requeues the job, which goes on in the same run folder. "
        "Words after a double dash go to FILE."
    )
    slurm.add_argument("file", metavar="FILE", type=Path, help="Python file that defines the search")
    slurm.add_argument("--nodes", metavar="N", type=int, default=1, help="machines (default: 1)")
    slurm.add_argument(
        "--tasks-per-node",
        metavar="N",
        type=int,
        help="ranks on each (default: one for each GPU); one of each island manages",
    )
    slurm.add_argument(
        "--time",
        metavar="TIME",
        help="limit of one start, as Slurm writes it: 4:00:00, 1-12 (default: the cluster's)",
    )
    slurm.add_argument(
        "--gpus-per-node", metavar="N", type=int, help="GPUs on each, shared out among its workers"
    )
    slurm.add_argument("--partition", metavar="NAME", help="where to queue (default: the cluster's)")
    slurm.add_argument("--account", metavar="NAME", help="who pays (default: yours)")
    slurm.add_argument("--islands", metavar="K", type=int, help="number of islands, instead of the file's")
    slurm.add_argument(
        "--run",
        metavar="FOLDER",
        type=Path,
        help="keep the run here, or go on with it (default: runs/<file>-<n>)",
    )
    slurm.add_argument(
        "--sbatch",
        metavar="OPTION",
        action="append",
        default=[],
        help="a further option of sbatch, such as mem=0; may be repeated",
    )
    slurm.add_argument("--to", metavar="SCRIPT", help="write here; - prints (default: <file>.sbatch)")
    slurm.set_defaults(command=_slurm)


def _add_session_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--workers",
        metavar="N",
        type=_workers,
        default=1,
        help="evaluate in N processes (default: 1); under mpirun the ranks do",
    )
    parser.add_argument("--mpi", action="store_true", help="start mpirun with N workers and a manager")
    parser.add_argument("--evaluations", metavar="N", type=int, help="budget, instead of the file's")
    parser.add_argument(
        "--islands", metavar="K", type=_workers, help="number of islands, instead of the file's"
    )
    parser.add_argument(
        "--time-limit",
        metavar="TIME",
        type=_seconds,
        help="be done after so long, with exit code 75 if there is more to do: 90, 30m, 2h, 1:30:00",
    )
    parser.add_argument(
        "--no-export", dest="export", action="store_false", help="do not export the best at the end"
    )


def _workers(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number, 1 or more, got {text!r}")
    return int(text)


def _seconds(text: str) -> float:
    """Return the seconds in ``90``, ``30m``, ``2h`` or ``1:30:00``."""
    unit = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd]?)", text)
    clock = re.fullmatch(r"(?:(\d+):)?(\d+):(\d\d)", text)
    if unit:
        seconds = float(unit[1]) * {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}[unit[2]]
    elif clock:
        seconds = float(int(clock[1] or 0) * 3600 + int(clock[2]) * 60 + int(clock[3]))
    else:
        raise argparse.ArgumentTypeError(f"expected a time such as 90, 30m, 2h or 1:30:00, got {text!r}")
    if seconds <= 0:
        raise argparse.ArgumentTypeError(f"expected more than no time, got {text!r}")
    return seconds
