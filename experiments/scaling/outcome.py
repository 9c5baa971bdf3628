"""What came of the scaling study, as tables."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from assumptions import Figures, ServiceTimes, Setup
from real_runs import Run, Seen

BUSY = 0.95  # from where on workers count as kept busy

Row = Sequence[str]


@dataclass(frozen=True)
class Check:
    """A real run, and the model's word on the same."""

    run: Run
    seen: Seen
    model: Figures

    @property
    def error(self) -> float:
        """How much faster the model is, relative to the real run."""
        return self.model.evaluations_per_second / self.seen.evaluations_per_second - 1

    @property
    def told(self) -> str:
        """One line for people."""
        real, model = self.seen.evaluations_per_second, self.model.evaluations_per_second
        what = f"{self.run.ranks} ranks, {self.run.islands} islands, {self.run.seconds:g} s"
        return f"{what}: {real:,.0f}/s, the model says {model:,.0f}/s"


@dataclass(frozen=True)
class Point:
    """A simulated search: mean evaluation in seconds, its setup, and how it went once that is known."""

    seconds: float
    setup: Setup
    figures: Figures | None = None

    @property
    def went(self) -> Figures:
        """How it went."""
        if self.figures is None:
            raise ValueError("point: expected one that was simulated, got none; simulate it first")
        return self.figures

    @property
    def told(self) -> str:
        """One line for people."""
        what = f"{self.setup.workers:,} workers, {self.setup.islands:,} islands, {self.seconds:g} s"
        return f"{what}: {_rate(self.went.evaluations_per_second)}/s, {self.went.worker_busy:.1%} busy"


@dataclass(frozen=True)
class Lending:
    """A search simulated to its end; mean evaluation in seconds."""

    seconds: float
    setup: Setup
    figures: Figures


@dataclass(frozen=True)
class Outcome:
    """All that was found; ``times`` with the latency of the simulated network."""

    times: ServiceTimes
    checks: list[Check]
    one_manager: list[Point]
    islands: list[Point]
    lending: list[Lending]


def write(folder: Path, outcome: Outcome) -> str:
    """Write tables and figures; return the tables as Markdown."""
    parts = [f"## {title}\n\n{_table(rows)}" for title, rows in _tables(outcome) if len(rows) > 1]
    text = "\n\n".join(parts)
    (folder / "scaling.md").write_text(text + "\n")
    with (folder / "scaling.csv").open("w", newline="") as file:
        rows = list(_records(outcome))
        writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)))
        writer.writeheader()
        writer.writerows(rows)
    return text


def _tables(outcome: Outcome) -> Iterator[tuple[str, list[Row]]]:
    times = asdict(outcome.times).items()
    unit = {True: lambda value: f"{value:.0f} B", False: lambda value: f"{value * 1e6:.1f} us"}
    told = [[name, unit["bytes" in name](value)] for name, value in times]
    yield "Service times, with the latency of the simulated network", [["what", "takes"], *told]
    yield "Real runs and the model", [_CHECK_HEAD, *map(_check_row, outcome.checks)]
    yield "One manager", [_POINT_HEAD, *map(_point_row, outcome.one_manager)]
    yield "Where one manager saturates", [_LIMIT_HEAD, *_limits(outcome)]
    yield "Islands", [_POINT_HEAD, *map(_point_row, outcome.islands)]
    yield "Half of the islands slower: at the end", [_LENDING_HEAD, *map(_lending_row, outcome.lending)]


_CHECK_HEAD = (
    *("ranks", "islands", "evaluation, s", "evaluations/s", "model", "difference"),
    *("workers busy", "model", "manager busy", "model"),
)
_POINT_HEAD = (
    *("evaluation, s", "workers", "islands", "evaluations/s", "workers busy", "manager busy"),
    *("messages/s a manager", "kB/s a manager", "elites/s a manager"),
)
_LIMIT_HEAD = ("evaluation, s", "most evaluations/s", "workers by law", "workers kept 95 % busy")
_LENDING_HEAD = ("workers lent", "islands", "slower", "seconds", "workers busy to the end", "times lent")


def _check_row(check: Check) -> Row:
    run, seen, model = check.run, check.seen, check.model
    return [
        *(f"{run.ranks}", f"{run.islands}", f"{run.seconds:g}"),
        f"{seen.evaluations_per_second:,.0f}",
        f"{model.evaluations_per_second:,.0f}",
        f"{check.error:+.1%}",
        f"{seen.worker_busy:.1%}",
        f"{model.worker_busy:.1%}",
        f"{seen.summary['manager_busy']:.1%}" if "manager_busy" in seen.summary else "",
        f"{model.manager_busy:.1%}",
    ]


def _point_row(point: Point) -> Row:
    went = point.went
    return [
        *(f"{point.seconds:g}", f"{point.setup.workers:,}", f"{point.setup.islands:,}"),
        _rate(went.evaluations_per_second),
        *(f"{went.worker_busy:.1%}", f"{went.manager_busy:.1%}"),
        *(_rate(went.messages_per_second), _rate(went.bytes_per_second / 1e3)),
        _rate(went.elites_per_second),
    ]


def _rate(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _lending_row(lending: Lending) -> Row:
    setup, figures = lending.setup, lending.figures
    shown = "yes" if setup.lends else "no"
    busy = f"{figures.whole_busy:.1%}"
    return [
        *(shown, f"{setup.islands}", f"{setup.slower:g} times"),
        *(f"{figures.whole_seconds:.1f}", busy, f"{figures.lent:,}"),
    ]


def _limits(outcome: Outcome) -> Iterator[Row]:
    times = outcome.times
    service = times.message + times.outcome  # one a message; a busy manager's rounds hardly count
    for seconds, points in by_seconds(outcome.one_manager):
        law = (seconds + times.worker_message + times.worker_task) / service
        kept = kept_busy(points)
        yield [f"{seconds:g}", f"{1 / service:,.0f}", f"{law:,.0f}", f"{kept:,.0f}" if kept else "none"]


def kept_busy(points: Sequence[Point]) -> float | None:
    """Return how many workers are kept busy, on a line between the points; None if there are none."""
    shares = [point.went.worker_busy for point in points]
    sizes = np.log([point.setup.workers for point in points])
    good = [index for index, share in enumerate(shares) if share >= BUSY]
    if not good:
        return None
    last = good[-1]
    if last + 1 == len(points):
        return float(points[last].setup.workers)
    part = (shares[last] - BUSY) / (shares[last] - shares[last + 1])
    return float(np.exp(sizes[last] + part * (sizes[last + 1] - sizes[last])))


def by_seconds(points: Sequence[Point]) -> list[tuple[float, list[Point]]]:
    """Return the points by their evaluations' mean."""
    every = dict.fromkeys(point.seconds for point in points)
    return [(each, [point for point in points if point.seconds == each]) for each in every]


def _table(rows: Sequence[Row]) -> str:
    lines = [rows[0], ["---"] * len(rows[0]), *rows[1:]]
    return "\n".join("| " + " | ".join(row) + " |" for row in lines)


def _records(outcome: Outcome) -> Iterator[dict[str, Any]]:
    for check in outcome.checks:
        shape = {"workers": check.run.workers, "islands": check.run.islands, "seconds": check.run.seconds}
        seen = {name: getattr(check.seen, name) for name in ("evaluations_per_second", "worker_busy")}
        yield {"part": "real", **shape, **seen, "manager_busy": check.seen.summary.get("manager_busy")}
        yield {"part": "model of real", **shape, **asdict(check.model)}
    for part, points in (("one manager", outcome.one_manager), ("islands", outcome.islands)):
        for point in points:
            shape = {"workers": point.setup.workers, "islands": point.setup.islands}
            yield {"part": part, **shape, "seconds": point.seconds, **asdict(point.went)}
    for each in outcome.lending:
        shape = {"workers": each.setup.workers, "islands": each.setup.islands}
        yield {"part": f"lends: {each.setup.lends}", **shape, "seconds": each.seconds, **asdict(each.figures)}
