"""What a run did at each fidelity: how many evaluations, and how long they took."""

from __future__ import annotations

from typing import Any

from evonas.runs.folder import RunFolder
from evonas.runs.islands import each
from evonas.runs.plan import Plan


def spent(search: Plan, folder: RunFolder) -> list[dict[str, Any]]:
    """Return a row for each fidelity of a whole run, the highest last; none where all evaluations are full.

    Raises:
        JournalError: A journal is damaged.
    """
    islands = each(search.islands)
    if all(one.fidelity is None and search.method(one).full_fidelity is None for one in islands):
        return []
    outcomes = folder.history(search).by_fidelity()
    highest_last = sorted(outcomes, key=lambda fidelity: (fidelity is None, fidelity or 0.0))
    return [
        {
            "fidelity": fidelity,
            "evaluations": len(outcomes[fidelity]),
            "failed": sum(outcome.failure is not None for outcome in outcomes[fidelity]),
            "seconds": sum(outcome.seconds for outcome in outcomes[fidelity]),
        }
        for fidelity in highest_last
    ]
