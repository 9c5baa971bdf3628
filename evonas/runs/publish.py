"""From a run's journal to its best architecture as a folder of files."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import evonas
from evonas import seeds
from evonas.errors import ExportError, complaint
from evonas.evaluate.evaluator import Context, caller
from evonas.evaluate.guard import failure_of
from evonas.evolve.records import Individual
from evonas.export import bundle
from evonas.runs.folder import RunFolder
from evonas.runs.plan import Plan
from evonas.runs.results import History

if TYPE_CHECKING:
    from evonas.export.trained import Trained
    from evonas.export.written import Written


PAUSE = 5.0
"""Seconds between two lines that show how a training goes."""


@dataclass
class Aloud(Context):
    """A context that says now and then what is reported to it."""

    said: float = field(default_factory=time.monotonic)

    def report(self, step: int, value: float) -> None:
        """Note an intermediate value, and print it if the last one was some time ago."""
        super().report(step, value)
        if time.monotonic() - self.said >= PAUSE:
            self.said = time.monotonic()
            print(f"  step {step}: {value:.4g}", flush=True)


def publish(search: Plan, run: RunFolder, to: Path) -> list[Written]:
    """Write the best architecture of a run; trained, if the search says how to (``retrain=``).

    Raises:
        ExportError: The run has no successful evaluation, ``retrain`` failed, or a written file does not
            reproduce the model.
        JournalError: The run's journal is damaged.
    """
    history = run.history(search)
    best = history.archive().best
    if best is None:
        raise ExportError(f"{run.path}: expected a successful evaluation to export, got none; resume the run")
    if not best.is_feasible:
        rule, remedy = f"an architecture that keeps {search.goals.constraints}", "loosen them, or search on"
        raise ExportError(complaint(f"{run.path}: the best", rule, best.outcome.objectives, remedy))
    record = _record(search, history, best)
    seed = seeds.evaluation_seed(search.seed, *best.id)
    return bundle.write(to, record, _retrained(search, record["architecture"], Aloud(seed=seed)))


def _retrained(search: Plan, architecture: Any, context: Context) -> Trained | None:
    if search.retrain is None:
        return None
    try:
        from evonas.export.trained import Trained
    except ImportError as error:
        remedy = 'pip install "evonas[torch]", then run: evonas export'
        raise ExportError(complaint("retrain", "torch, to export a model", str(error), remedy)) from error
    try:
        trained = caller(search.retrain)(architecture, context)
    except Exception as error:
        failure = failure_of(error)
        remedy = "mend it, then run: evonas export"
        raise ExportError(f"retrain: {failure.reason}; {remedy}\n{failure.traceback.rstrip()}") from error
    if not isinstance(trained, Trained):
        remedy = "return Trained(model, example), then run: evonas export"
        raise ExportError(complaint("retrain", "an evonas.export.trained.Trained", trained, remedy))
    return trained


def _record(search: Plan, history: History, best: Individual) -> Mapping[str, Any]:
    return {
        "id": str(best.id),
        "architecture": search.space.decode(best.genome),
        "objectives": dict(best.outcome.objectives),
        "metrics": dict(best.outcome.metrics),
        "seed": search.seed,
        "lineage": history.lineage(best.candidate),
        "space": search.space.fingerprint,
        "space_size": search.space.size,
        "strategy": search.identity(best.id.island if best.id.island < search.n_islands else 0)["strategy"],
        "evaluations": history.evaluations,
        "evonas": evonas.__version__,
        "created": time.strftime("%Y-%m-%d %H:%M:%S %z"),
    }
