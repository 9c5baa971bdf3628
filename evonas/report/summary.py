"""The table at the end of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from evonas.report.map_picture import pictured
from evonas.report.progress import duration

WIDTH = 110
"""Columns of the table of islands."""

MOST_ISLANDS = 16
"""Islands that are shown one by one."""


def print_summary(figures: Mapping[str, Any]) -> None:
    """Print the figures of a run on standard output, one a row."""
    table = Table(show_header=False, box=None, pad_edge=False)
    for name, text in rows(figures):
        table.add_row(name, text)
    console = Console(highlight=False, markup=False, soft_wrap=True)
    console.print()
    console.print(table)
    if figures["fidelities"]:
        console.print()
        console.print(_fidelities(figures["fidelities"]))
    if "elites" in figures:
        console.print("", *pictured(figures["elites"]), sep="\n")
    if len(figures["islands"]) > 1:
        console.print()
        Console(highlight=False, markup=False, width=WIDTH).print(_islands(figures["islands"]))


def rows(figures: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the figures as ``(name, text)``.

    Args:
        figures: As ``summary.json`` holds them.
    """
    session = f"{duration(figures['session_seconds'])} of it in this session"
    told = [
        ("stopped", figures["reason"]),
        ("best", figures["best"] or "none: no evaluation succeeded"),
        ("evaluations", f"{figures['evaluations']:,} distinct, {figures['failed']:,} of them failed"),
        ("duplicates", f"{figures['duplicates']:,} answered from memory"),
        ("wall time", f"{duration(figures['seconds'])}, {session}"),
        ("rate", f"{figures['evaluations_per_second']:.3g} evaluations/s"),
    ]
    if figures["session_evaluations"]:
        messages, size = figures["messages_per_evaluation"], figures["bytes_per_evaluation"]
        told.append(("workers", f"{figures['workers']} {figures['transport']}, {figures['busy']:.0%} busy"))
        told.append(
            ("managers", f"{len(figures['islands'])} islands, {figures['manager_busy']:.0%} busy at most")
        )
        told.append(("per evaluation", f"{messages:.1f} messages, {size:,.0f} bytes"))
    if figures["deaths"] or figures["retried"]:
        told.append(("faults", _faults(figures)))
    if figures.get("shares"):
        told.append(("methods", "; ".join(_share(name, *share) for name, share in figures["shares"].items())))
    if "elites" in figures:
        filled, cells = len(figures["elites"]["costs"]), figures["elites"]["cells"]
        told.append(("elites", f"{filled:,} of {cells:,} cells, kept in elites.csv"))
    return [*told, ("digest", figures["digest"]), ("run", figures["folder"])]


def _share(name: str, evaluations: int, records: int) -> str:
    better = "once" if records == 1 else f"{records:,} times"
    return f"{name} {evaluations:,} evaluations, better {better}"


def _faults(figures: Mapping[str, Any]) -> str:
    deaths = f"{figures['deaths']:,} processes died, {figures['takeovers']:,} managers were replaced"
    return f"{deaths}, {figures['retried']:,} evaluations were tried again"


def _fidelities(fidelities: Sequence[Mapping[str, Any]]) -> Table:
    """Return what was evaluated at each fidelity, and how long that took on all workers together."""
    table = Table(box=None, pad_edge=False, header_style="none")
    for name in ("fidelity", "evaluations", "failed", "time", "of all time"):
        table.add_column(name, justify="right", no_wrap=True, header_style="")
    whole = sum(one["seconds"] for one in fidelities)
    for one in fidelities:
        table.add_row(
            "full" if one["fidelity"] is None else f"{one['fidelity']:g}",
            f"{one['evaluations']:,}",
            f"{one['failed']:,}",
            duration(one["seconds"]),
            f"{one['seconds'] / whole if whole else 0:.0%}",
        )
    return table


def _islands(islands: Sequence[Mapping[str, Any]]) -> Table:
    """Return what each island did and cost, at most ``MOST_ISLANDS`` of them."""
    table = Table(box=None, pad_edge=False, header_style="none")
    for name in (
        "island",
        "evaluations",
        "best",
        "messages",
        "bytes",
        "manager busy",
        "workers busy",
        "elites in, out",
    ):
        table.add_column(name, justify="left" if name == "best" else "right", no_wrap=True, header_style="")
    for island in islands[:MOST_ISLANDS]:
        table.add_row(
            str(island["island"]),
            f"{island['evaluations']:,}",
            island["best"] or "none",
            f"{island['messages']:,}",
            f"{island['bytes']:,}",
            f"{island['manager_busy']:.0%}",
            f"{island['worker_busy']:.0%}",
            f"{island['migrations_received']:,}, {island['migrations_sent']:,}",
        )
    if len(islands) > MOST_ISLANDS:
        table.add_row("...", f"{len(islands) - MOST_ISLANDS:,} more in summary.json")
    return table
