"""When a search has had enough: evaluations, seconds, a target, or no more progress."""

from __future__ import annotations

import math
from dataclasses import dataclass

from evonas.errors import SearchError, complaint


@dataclass(frozen=True, kw_only=True)
class Budget:
    """What a search may spend; it ends with the first limit that is reached.

    Duplicates cost nothing; failed evaluations count as evaluations.

    Args:
        evaluations: Distinct architectures to evaluate.
        seconds: Wall time of the run, all its sessions together.
        target: Stop once the first objective is this good.
        stagnation: Stop after so many evaluations without a better first objective.

    Raises:
        SearchError: No limit is given, or one is out of range.
    """

    evaluations: int | None = None
    seconds: float | None = None
    target: float | None = None
    stagnation: int | None = None

    def __post_init__(self) -> None:
        if (
            self.evaluations is None
            and self.seconds is None
            and self.target is None
            and self.stagnation is None
        ):
            raise SearchError(
                "budget: expected a limit, got none; write Budget(evaluations=500) or Budget(seconds=3600)"
            )
        for name in ("evaluations", "stagnation"):
            _check(name, getattr(self, name), int, "a whole number, 1 or more")
        _check("seconds", self.seconds, (int, float), "a positive number of seconds")
        _check("target", self.target, (int, float), "a finite number", positive=False)

    def spent(self, evaluations: int, stagnant: int) -> str | None:
        """Return why no further evaluation may be handed out, or None while some may.

        Args:
            evaluations: Evaluations handed out so far.
            stagnant: The most evaluations in a row that did not better the first objective.
        """
        if self.evaluations is not None and evaluations >= self.evaluations:
            return f"the budget of evaluations is spent: {self.evaluations:,}"
        if self.stagnation is not None and stagnant >= self.stagnation:
            return f"no progress in {self.stagnation:,} evaluations"
        return None


def _check(
    name: str, value: object, kind: type | tuple[type, ...], rule: str, *, positive: bool = True
) -> None:
    if value is None:
        return
    usable = isinstance(value, kind) and not isinstance(value, bool) and abs(value) < math.inf  # type: ignore[arg-type]
    if not usable or (positive and value <= 0):  # type: ignore[operator]
        raise SearchError(complaint(f"Budget: {name}", rule, value, "leave it out for no such limit"))
