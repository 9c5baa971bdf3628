"""The table at the end of a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from evonas.report.progress import duration


def print_summary(figures: Mapping[str, Any]) -> None:
    """Print the figures of a run on standard output, one a row."""
    table = Table(show_header=False, box=None, pad_edge=False)
    for name, text in rows(figures):
        table.add_row(name, text)
    console = Console(highlight=False, markup=False, soft_wrap=True)
    console.print()
    console.print(table)


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
        told.append(("per evaluation", f"{messages:.1f} messages, {size:,.0f} bytes"))
    return [*told, ("digest", figures["digest"]), ("run", figures["folder"])]
