"""Let evaluations do what must not be done, and check that the search ends well and says what they did.

    python experiments/chaos/misbehaviour.py
    python experiments/chaos/misbehaviour.py --only 17

About one evaluation in five misbehaves: raises, returns NaN, hangs in Python, sleeps in native code without
letting go of the interpreter, leaves by sys.exit, os._exit or the C library's exit, takes more memory than it
may, is killed as by the out-of-memory killer, or crashes the process. With ``timeout=`` on local workers, in
the one process of ``--workers 1`` and on MPI ranks; what needs no child process also without it. There the
one that kills is one candidate, which takes two workers with it.

Promises: the job ends by itself with exit code 0; the journal and the summary count exactly the budget; the
evaluations that misbehaved, and only those, failed, with a reason that names what they did; no candidate
counts twice, none is lost; no process is left behind.
"""

from __future__ import annotations

import re
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from campaign import Play, campaign, parser
from jobs import Job, evonas
from promises import CODE, ENDS, LEFT, TOLD, Verdict, entries, examined

from evonas.seeds import evaluation_seed

BAD = 5  # one in so many

SEARCH = '''\
import ctypes
import math
import os
import resource
import signal
import sys
import time
from pathlib import Path

import evonas


def overrun():
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limits = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + 2**26, limits[1]))
    try:
        return len(bytearray(2**30))
    finally:
        resource.setrlimit(resource.RLIMIT_AS, limits)


def marked(seed):
    """Return whether this is the first candidate that ever asked."""
    mark = Path(__file__).with_name("marked")
    try:
        with mark.open("x") as file:
            file.write(str(seed))
    except FileExistsError:
        time.sleep(0.05)  # whoever was first may be about to write
    return mark.read_text() == str(seed)


def evaluate(architecture, context):
    time.sleep(0.01)
    if {whether}:
        {deed}
    return architecture["x"]


space = evonas.Space({{"x": evonas.Real(0, 1)}})
search = evonas.Search(
    space=space,
    evaluate=evaluate,
    objectives={{"value": "max"}},
    strategy=evonas.RegularizedEvolution(),
    budget={budget},
    seed={seed}{timeout},
)
'''


@dataclass(frozen=True)
class Misdeed:
    """What an evaluation does.

    Attributes:
        deed: Its code.
        reason: What the reason of the failure must match.
        bare: Whether it is tried without ``timeout=``, too.
        once: Whether it is then the deed of one candidate alone.
    """

    deed: str
    reason: str
    bare: bool = False
    once: bool = False


MISDEEDS = {
    "raises": Misdeed('raise ValueError("too wide")', "^ValueError: too wide$", bare=True),
    "returns NaN": Misdeed("return math.nan", r"\bnan\b", bare=True),
    "hangs": Misdeed("while True: pass", "tim(ed|e) ?out"),
    "sleeps in native code": Misdeed("ctypes.PyDLL(None).sleep(3600)", "tim(ed|e) ?out"),
    "sys.exit": Misdeed('sys.exit("enough")', "^SystemExit: enough$", bare=True),
    "os._exit": Misdeed("os._exit(1)", r"exit.*\b1\b"),
    "native exit": Misdeed("ctypes.CDLL(None).exit(3)", r"exit.*\b3\b"),
    "overruns memory": Misdeed("return overrun()", "^MemoryError", bare=True),
    "killed": Misdeed(
        "os.kill(os.getpid(), signal.SIGKILL)",
        "SIGKILL|workers died while evaluating it",
        bare=True,
        once=True,
    ),
    "crashes": Misdeed("ctypes.string_at(0)", "SIGSEGV"),
}
TRANSPORTS = {"local": ["--workers", "3"], "inline": ["--workers", "1"], "mpi": ["--workers", "3", "--mpi"]}


@dataclass(frozen=True)
class Case:
    """One cell of what is tried.

    Attributes:
        name: Of the misdeed.
        transport: Where the evaluations run.
        limited: Whether there is a ``timeout=``.
    """

    name: str
    transport: str
    limited: bool

    @property
    def misdeed(self) -> Misdeed:
        """What is done."""
        return MISDEEDS[self.name]

    @property
    def once(self) -> bool:
        """Whether one candidate alone does it."""
        return self.misdeed.once and not self.limited


def cases() -> list[Case]:
    """Return all that is to be tried."""
    limited = [Case(name, transport, True) for transport in TRANSPORTS for name in MISDEEDS]
    bare = [name for name in MISDEEDS if MISDEEDS[name].bare]
    return limited + [Case(name, transport, False) for transport in ("local", "mpi") for name in bare]


def bad_births(seed: int, budget: int) -> set[str]:
    """Return the ids of the candidates that misbehave."""
    return {f"0-{birth}" for birth in range(budget) if evaluation_seed(seed, 0, birth) % BAD == 0}


def root_seed(rng: np.random.Generator, budget: int) -> int:
    """Return a seed of a search in which about as many misbehave as should."""
    while True:
        seed = int(rng.integers(2**31))
        if 2 <= len(bad_births(seed, budget)) <= 1 + budget // BAD:
            return seed


def played(
    case: Case, seed: int, timeout: float, budget: int, patience: float, folder: Path
) -> tuple[Verdict, str]:
    """Play a run; return what came of it, and how it went."""
    limit = f", timeout={timeout}" if case.limited else ""
    whether = "marked(context.seed)" if case.once else f"context.seed % {BAD} == 0"
    text = SEARCH.format(whether=whether, deed=case.misdeed.deed, budget=budget, seed=seed, timeout=limit)
    (folder / "search.py").write_text(text)
    words = [*TRANSPORTS[case.transport], *(["--workers", "4"] if case.once else [])]
    end = time.monotonic() + patience
    with Job(folder, evonas("run", "search.py", "--run", "run", "--no-export", *words)) as job:
        code = job.wait(end)
        verdict = {ENDS: "" if code is not None else f"still there after {patience:.0f} s"}
        if code is not None:
            left = job.left()
            verdict |= {CODE: f"got {code}" if code else "", LEFT: f"{left} processes" if left else ""}
    verdict |= examined(folder / "run", budget)
    marked = folder / "marked"
    bad = bad_births(seed, budget)
    if case.once and marked.exists():
        bad = {f"0-{n}" for n in range(budget) if evaluation_seed(seed, 0, n) == int(marked.read_text())}
    wrong, reasons = told(folder / "run", case.misdeed, bad)
    return verdict | {TOLD: wrong}, f"{len(bad)} bad: {reasons}"


def told(run: Path, misdeed: Misdeed, bad: set[str]) -> tuple[str, str]:
    """Return what is wrong with who failed and why, and the reasons given."""
    outcomes = [line for book in entries(run).values() for line in book if "evaluated" in line]
    failures = {line["evaluated"]: line["failure"] for line in outcomes if "failure" in line}
    reasons = " | ".join(sorted(set(failures.values())))
    unfounded, unpunished = sorted(failures.keys() - bad), sorted(bad - failures.keys())
    if unfounded or unpunished:
        return f"failed without a fault: {unfounded}; at fault, but not failed: {unpunished}", reasons
    unclear = [why for why in failures.values() if not re.search(misdeed.reason, why, re.IGNORECASE)]
    return (f"a reason like {misdeed.reason!r} was wanted, got {unclear[0]!r}" if unclear else ""), reasons


def main(arguments: list[str]) -> int:
    """Play as the options say."""
    options = parser(__doc__, 50)
    options.add_argument("--budget", type=int, default=20, help="of a run (default: %(default)s)")
    options.add_argument("--misdeeds", nargs="+", choices=MISDEEDS, default=list(MISDEEDS), help="these only")
    options.add_argument("--without-timeout", action="store_true", help="only runs without a timeout")
    given = options.parse_args(arguments)
    tried = [case for case in cases() if case.name in given.misdeeds]
    tried = [case for case in tried if not (given.without_timeout and case.limited)]
    if not tried:
        options.error("--misdeeds: expected one that is tried without a timeout")
    plays = []
    for index in range(given.runs):
        rng, case = np.random.default_rng([given.seed, index]), tried[index % len(tried)]
        seed, timeout = root_seed(rng, given.budget), round(float(rng.uniform(0.5, 1)), 2)
        row = f"{case.name}{'' if case.limited else ', no timeout'}"
        play = partial(played, case, seed, timeout, given.budget, given.patience)
        plays.append(Play(row, f"{case.transport}, timeout {timeout if case.limited else None}", play))
    return campaign("misbehaviour", plays, given)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
