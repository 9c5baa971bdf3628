"""The map of elites that a run of MAP-Elites leaves: for the result, the summary and a table."""

from __future__ import annotations

import csv
import io
from typing import Any

from evonas.evolve.elite_map import EliteMap
from evonas.evolve.strategies.map_elites import MapElites
from evonas.runs.folder import RunFolder
from evonas.runs.islands import each
from evonas.runs.plan import Plan
from evonas.space.rows import cell, flat
from evonas.space.space import Space


def mapped(search: Plan, folder: RunFolder) -> EliteMap | None:
    """Return the map of a whole run, on the axes of its first island that has some; None without.

    Raises:
        JournalError: A journal is damaged.
    """
    strategies = map(search.method, each(search.islands))
    illuminating = next((one for one in strategies if isinstance(one, MapElites)), None)
    if illuminating is None:
        return None
    elites = EliteMap(illuminating.descriptors, search.space)
    for individual in folder.history(search).individuals():
        elites.add(individual)
    return elites


def summarized(elites: EliteMap) -> dict[str, Any]:
    """Return a map fit for JSON: its axes, and the cost of the first objective in each filled cell."""
    axes = [
        {"name": name, "low": axis.low, "high": axis.high, "bins": axis.bins, "log": axis.log}
        for name, axis in elites.descriptors.items()
    ]
    costs = [[*place, elites.elites[place].costs[0]] for place in sorted(elites.elites)]
    return {"axes": axes, "costs": costs, "cells": elites.size}


def table(elites: EliteMap, space: Space) -> str:
    """Return the elites as CSV: a column a decision, a descriptor, a metric, an objective.

    ``WarmStart`` reads such tables.
    """
    rows = []
    for elite in elites.individuals:
        decisions, outcome = flat(space.decode(elite.genome)), elite.outcome
        others = {**(elites.features(elite) or {}), **outcome.metrics, **outcome.objectives}
        rows.append(decisions | others | decisions)  # a descriptor may have the name of a decision
    text = io.StringIO()
    writer = csv.DictWriter(text, list(dict.fromkeys(name for row in rows for name in row)))
    writer.writeheader()
    writer.writerows({name: cell(value) for name, value in row.items()} for row in rows)
    return text.getvalue()
