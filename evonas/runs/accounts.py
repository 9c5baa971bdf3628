"""What a session came to and what it cost, from the reports of all islands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evonas.evolve.records import Individual
from evonas.manage.journal import elite
from evonas.ranks.driver import Driver
from evonas.ranks.transport import Transport
from evonas.runs.plan import Plan
from evonas.runs.results import History, assembled
from evonas.runs.watcher import described, summed

ENDINGS = ("complete", "paused", "given up")
"""From good to bad: a run ends as badly as its worst island."""


def front_of(search: Plan, reports: Mapping[int, Any], retired: Mapping[int, History]) -> list[Individual]:
    """Return the best of all islands, those that are no more included."""
    objectives = search.goals
    found = [elite(line, search.space) for report in reports.values() for line in report["front"]]
    every = [objectives.individual(one.candidate, one.outcome) for one in found]
    for history in retired.values():
        every += history.archive().front
    return list(assembled(every).front)


def figures_of(
    search: Plan,
    driver: Driver,
    transport: Transport,
    retired: Mapping[int, History],
    front: Sequence[Individual],
) -> dict[str, Any]:
    """Return the figures of a session; counts and wall time are those of the whole run."""
    reports = dict(sorted(driver.council.reports.items()))
    accounts = [report["account"] for report in reports.values()]
    worst = max(reports.values(), key=lambda report: ENDINGS.index(report["ending"]))
    here = sum(account["evaluations"] for account in accounts)
    evaluations = sum(report["evaluations"] for report in reports.values())
    evaluations += sum(history.evaluations for history in retired.values())
    session = max(driver.session_seconds, 1e-9)
    workers = transport.layout.size - len(transport.layout.hosts) or len(transport.workers)
    worked = sum(account["worked_seconds"] for account in accounts)
    return {
        "reason": search.limits().spent(evaluations, 0) or worst["reason"],
        "ending": worst["ending"],
        "best": described(front[0]) if front else "",
        "evaluations": evaluations,
        "failed": sum(report["failed"] for report in reports.values()),
        "duplicates": sum(report["duplicates"] for report in reports.values()),
        "seconds": driver.elapsed,
        "session_seconds": session,
        "session_evaluations": here,
        "evaluations_per_second": evaluations / max(driver.elapsed, 1e-9),
        "transport": transport.name,
        "workers": workers,
        "busy": min(worked / session / max(workers, 1), 1.0),
        "manager_busy": max(account["manager_busy"] for account in accounts),
        "messages_per_evaluation": sum(account["messages"] for account in accounts) / max(here, 1),
        "bytes_per_evaluation": sum(account["bytes"] for account in accounts) / max(here, 1),
        "deaths": len(transport.layout.lost) or sum(account["deaths"] for account in accounts),
        "takeovers": sum(account["takeovers"] for account in accounts),
        "retried": sum(account["retried"] for account in accounts),
        "migrations": sum(account["migrations_received"] for account in accounts),
        "shares": summed(report["shares"] for report in reports.values()),
        "islands": [_island(number, report) for number, report in reports.items()],
        "digest": f"{sum(int(report['digest'], 16) for report in reports.values()) % 2**64:016x}",
    }


def _island(number: int, report: Mapping[str, Any]) -> dict[str, Any]:
    account = report["account"]
    names = ("messages", "bytes", "manager_busy", "worker_busy", "waiting_seconds")
    return {
        "island": number,
        **{name: report[name] for name in ("evaluations", "failed", "duplicates", "best")},
        **{name: account[name] for name in names},
        "migrations_sent": account["migrations_sent"],
        "migrations_received": account["migrations_received"],
    }
