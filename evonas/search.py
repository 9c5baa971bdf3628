"""The one class that most users need: define a search, run it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from evonas.runs.frame import Options
from evonas.runs.plan import Plan
from evonas.runs.results import Result
from evonas.runs.session import run
from evonas.runs.source import Source


@dataclass(frozen=True, kw_only=True)
class Search(Plan):
    """A space, an evaluator and a method, ready to :meth:`run`.

    Args:
        space: What may be built.
        evaluate: ``evaluate(architecture)`` or ``evaluate(architecture, context)``; returns a number, or
            numbers by name. Numbers that are no objectives are kept as metrics.
        objectives: ``"max"`` or ``"min"`` by name; the first is the most important one.
        constraints: Limits by the name of an objective or of any other number that ``evaluate`` returns:
            ``{"latency": "<= 5"}``, or ``">= 0.9"``. Whoever keeps them all beats everybody who does not;
            among those, whoever passes them less, as shares of the bounds, wins.
        strategy: The method; ``"auto"`` is :class:`SurrogateAssistedEvolution` at its defaults, or
            :class:`EHVI` with several objectives or constraints: the fewest evaluations, for some 10 to 50 ms
            of the manager's time each. Where one takes less, :class:`RegularizedEvolution` is quicker.
        budget: When to stop; a number is that many evaluations.
        start: What is known before: a list of architectures to be evaluated first; the path of an earlier run
            or of a CSV, whose results count as known where they fit; or a :class:`WarmStart` that says how
            far.
        seed: Root of all randomness; equal seeds propose and evaluate alike.
        deterministic: None runs free. A number makes the result the same for any number of workers:
            candidate n is proposed knowing exactly the outcomes up to n minus this; so many run at once.
        islands: How many populations evolve side by side, each with a manager of its own under MPI; or a list
            of :class:`Island` and strategies that differ. They share the budget of evaluations.
        migration: How islands exchange their elites.
        timeout: Seconds that an evaluation may take; one that takes longer, crashes or exhausts the memory is
            a failed one. Evaluations then run in a child process, kept warm, of each worker; ``math.inf``
            isolates without a deadline. None costs nothing: evaluations run in the worker.
        retries: How often a failed evaluation is tried again, for failures that may pass.
        retrain: ``retrain(architecture, context)`` builds and trains the best architecture for export and
            returns an ``evonas.export.trained.Trained``; None exports the architecture alone.

    Raises:
        SearchError: Something cannot be used; the message says which and what to write.
    """

    def run(
        self, *, workers: int = 1, folder: str | Path | None = None, time_limit: float | None = None
    ) -> Result:
        """Search until the budget is spent, export the best, and return the result.

        Under ``mpirun`` every rank calls this: some manage, the others evaluate. One returns, rank 0 unless
        it died; the others' processes end with the search, so that what follows in the script happens once.

        Args:
            workers: Processes on this machine that evaluate; 1 evaluates in this one. Ignored under MPI.
            folder: Where the run is kept; the same search goes on there. None makes ``runs/<file>-<n>``.
            time_limit: Seconds after which this session is over; what could not finish before is not handed
                out, and the run can be resumed. A Slurm job's end is respected without being told.

        Raises:
            RunError: The folder holds another search, or is in use, or workers cannot find the search.
            JournalError: The folder's journal is damaged.
            TransportError: Workers cannot be started.
        """
        place = Path(folder) if folder is not None else None
        return run(
            lambda: self, Source.of(self), Options(workers=workers, folder=place, time_limit=time_limit)
        )
