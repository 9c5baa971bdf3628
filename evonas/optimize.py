"""Black-box optimization in one call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from evonas.bounds import box, starts
from evonas.errors import SearchError, complaint
from evonas.evaluate.evaluator import caller, takes_context
from evonas.evolve.objectives import Objectives
from evonas.evolve.strategy import Strategy
from evonas.manage.budget import Budget
from evonas.minimum import Minimum, Reader, Spectator
from evonas.ranks.launch import launched_by_mpi
from evonas.report.progress import Progress
from evonas.runs.frame import Options
from evonas.runs.inline import Ended, searched_inline
from evonas.runs.islands import Island, optimizer
from evonas.runs.plan import Plan
from evonas.runs.session import run
from evonas.runs.source import Source, declared
from evonas.search import Search
from evonas.space.space import Space

NAME = "fun"
"""What the number is called that is minimized, where the function returns nothing but it."""


@dataclass(frozen=True)
class OfVector:
    """A function of a vector as one of an architecture.

    Args:
        f: The user's function, with the context as a second argument.
    """

    f: Callable[[Any, Any], Any]

    def __call__(self, architecture: Any, context: Any) -> Any:
        """Evaluate a list of numbers."""
        return self.f(np.array(architecture, dtype=np.float64), context)


def minimize(  # noqa: PLR0913 - one call is what it is for
    f: Callable[..., Any],
    space: Any,
    *,
    budget: Budget | int,
    x0: Any = None,
    method: Strategy | str = "auto",
    constraints: Mapping[str, str] | None = None,
    objectives: Mapping[str, str] | None = None,
    workers: int = 1,
    seed: int = 0,
    islands: int | Sequence[Island | Strategy] = 1,
    timeout: float | None = None,
    folder: str | Path | None = None,
    callback: Callable[[Minimum], object] | None = None,
    verbose: bool = False,
) -> Minimum:
    """Minimize a function that can only be evaluated, and return the best that was found.

    >>> minimize(lambda x: ((x - 1) ** 2).sum(), [(-5, 5)] * 2, budget=100).x.round(3)
    array([1., 1.])

    In one process without a ``folder`` nothing is written and nothing printed. With one, and under
    ``mpirun``, it is a :class:`Search`: kept in a journal, to be resumed by the same call with the same
    ``folder``, however it ended. ``evonas run FILE --workers 8`` and ``mpirun -n 65 python -m evonas run
    FILE`` do the first call of ``minimize`` in a file, whatever follows it.

    Args:
        f: Returns a number, or numbers by name; those that are neither objectives nor constrained are kept
            beside them. What raises, or returns no finite number, has failed and is not tried again. It gets
            a vector ``(n,)`` where bounds are given, else an architecture of the space; and a ``context``, if
            it takes a second argument.
        space: Bounds: ``(low, high)`` pairs, an ``(n, 2)`` array, a ``scipy.optimize.Bounds``; or a
            :class:`Space` of numbers, choices, conditions.
        budget: How many evaluations, or a :class:`Budget`.
        x0: Where to begin: a point, or several, which are evaluated first. Left out it is the centre.
        method: A :class:`Strategy`; or ``"auto"``: :class:`Portfolio` on bounds. With constraints, several
            objectives or a space it is :class:`EHVI` or :class:`SurrogateAssistedEvolution` for 50
            evaluations a dimension, 500 at most, and :class:`CMAES`, :class:`MOCMAES` or :class:`CatCMA` goes
            on from there. Repeats, permutations, subsets, cells, and several objectives on a space, stay with
            the former.
        constraints: Limits by the name of a number that ``f`` returns: ``{"stress": "<= 5"}``. Whoever keeps
            them all beats everybody who does not.
        objectives: ``"min"`` or ``"max"`` by name, if ``f`` returns several; ``{"fun": "min"}`` if left out.
        workers: Processes on this machine that evaluate; 1 evaluates in this one. The function travels to
            them by cloudpickle: what it uses must exist there, too. Ignored under MPI.
        seed: Root of all randomness: with one worker, equal seeds give equal results.
        islands: How many searches go on side by side and exchange what they find; or a list.
        timeout: Seconds that an evaluation may take. Evaluations then run in a child process.
        folder: Where the run is kept, and goes on if there is one of this search.
        callback: Called with each better :class:`Minimum` that is found; ends the search by raising
            ``StopIteration``. Of a search in this process without ``folder`` and ``timeout`` only.
        verbose: Whether to show how it goes.

    Raises:
        SearchError: Something cannot be used; the message says which and what to write. Or no evaluation
            succeeded; it says why the first one failed.
        RunError: The folder holds another search, or is in use; or the function cannot travel to workers.
    """
    is_box = not isinstance(space, Space)
    decided: Space = box(space) if is_box else space
    takes_context(f, "f")  # says so if it is no function
    aims = Objectives(objectives or {NAME: "min"}, constraints or {})
    plan = Search(
        space=decided,
        evaluate=OfVector(caller(f)) if is_box else f,
        objectives=aims.directions,
        constraints=aims.constraints,
        budget=budget,
        strategy="auto",
        start=None if x0 is None else starts(x0, decided, is_box=is_box),
        seed=seed,
        islands=islands,
        timeout=timeout,
    )
    plan = replace(plan, strategy=optimizer(method, decided, aims))
    declared(plan)
    reader = Reader(plan, is_box=is_box)
    if workers == 1 and folder is None and timeout is None and not launched_by_mpi():
        return _alone(plan, reader, callback, verbose=verbose)
    if callback is not None:
        rule = "none, or a search in this process without folder and timeout"
        raise SearchError(complaint("callback", rule, callback, "leave out the one or the other"))
    return _kept(plan, reader, workers, None if folder is None else Path(folder), verbose=verbose)


def _alone(
    plan: Plan, reader: Reader, callback: Callable[[Minimum], object] | None, *, verbose: bool
) -> Minimum:
    """Search in this process."""
    total = plan.limits().evaluations
    with Progress() if verbose else nullcontext() as progress:
        return reader.minimum(searched_inline(plan, Spectator(reader, callback, progress, total)))


def _kept(plan: Plan, reader: Reader, workers: int, folder: Path | None, *, verbose: bool) -> Minimum:
    """Search with a folder, workers and ranks; the folder goes if nobody asked for one."""
    temporary = folder is None and not launched_by_mpi()
    with TemporaryDirectory(prefix="evonas-") as desk:
        options = Options(
            workers=workers,
            folder=Path(desk, "run") if temporary else folder,
            export=False,
            quiet=temporary and not verbose,
        )
        source = Source.of_main()
        if workers > 1 or plan.timeout is not None:
            source = source.with_pickled(plan, Path(desk, "search.pickle"))
        result = run(lambda: plan, source, options)
    ended = Ended(list(result.front), result.reason, result.ending, result.figures)
    return reader.minimum(ended, None if temporary else result.folder)
