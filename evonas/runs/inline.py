"""A search in this very process that leaves nothing behind: no folder, no journal, no messages."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from evonas import seeds
from evonas.evaluate.evaluator import Context, caller
from evonas.evaluate.guard import guarded
from evonas.evolve.records import Candidate
from evonas.manage.events import Dispatch, ElitesArrived, Evaluated, Event, Send, Stop, TimeIsUp, WorkerReady
from evonas.manage.manager import Manager
from evonas.runs.clock import Warned
from evonas.runs.heritage import Heritage, inherited
from evonas.runs.islands import quotas
from evonas.runs.plan import Plan
from evonas.runs.results import Solution, assembled
from evonas.runs.timekeeper import Timekeeper
from evonas.runs.warm_start import warm_start
from evonas.runs.watcher import shares_of, summed

WORKER = 1

Watch: TypeAlias = Callable[[Manager], bool]
"""Looks at a search after each evaluation; returns whether it shall go on."""


@dataclass(frozen=True)
class Ended:
    """How a search without a folder ended.

    Attributes:
        front: The solutions that no other dominates, best first by the first objective.
        reason: Why it stopped.
        ending: As in ``Result``.
        figures: Evaluations, failures and seconds by name.
    """

    front: list[Solution]
    reason: str
    ending: str
    figures: Mapping[str, Any]


def searched_inline(plan: Plan, watch: Watch) -> Ended:
    """Search until the budget is spent, all in this process.

    Args:
        plan: What is searched; its ``timeout`` and ``retrain`` are of no account here.
        watch: Looks at it after each evaluation.

    Raises:
        KeyboardInterrupt: Somebody ended it.
    """
    began = time.monotonic()
    manager, evaluated = _managed(plan), _evaluator(plan)
    clock = Timekeeper(plan.limits().seconds, None, Warned())
    events: list[Event] = [WorkerReady(WORKER)]
    while True:
        commands = manager.handle(events)
        news: list[Event] = []
        for event in events:
            if isinstance(event, Evaluated) and not watch(manager):
                news.append(TimeIsUp("the callback raised StopIteration", "complete", at_once=True))
        for command in commands:
            match command:
                case Stop(reason, ending):
                    return _ended(plan, manager, reason, ending, time.monotonic() - began)
                case Dispatch(_, candidates):
                    news += [Evaluated(WORKER, evaluated(candidate)) for candidate in candidates]
                case Send(elites):
                    news.append(ElitesArrived(elites))
        events = [*news, *clock.news(time.monotonic() - began)]


def _managed(plan: Plan) -> Manager:
    """Return a manager of all islands, before the first birth."""
    start, n = warm_start(plan.start), plan.n_islands
    heritage = Heritage()
    if start:
        heritage = inherited(
            start, plan.space, plan.goals, seed=plan.seed, islands=n, fidelity=plan.full_fidelity
        )
    evaluations = plan.limits().evaluations
    shares = quotas(evaluations, [0] * n, [0] * n, 0) if evaluations else [None] * n
    manager = Manager(1, plan.retries)
    for island, share in enumerate(shares):
        ledger = plan.ledger(island, share)
        heritage.begin(ledger)
        manager.adopt(ledger)
    return manager


def _evaluator(plan: Plan) -> Callable[[Candidate], Any]:
    """Return what evaluates a candidate and never raises."""
    evaluate, goals = caller(plan.evaluate), plan.goals

    def evaluated(candidate: Candidate) -> Any:
        context = Context(seeds.evaluation_seed(plan.seed, *candidate.id), candidate.fidelity)
        architecture = plan.space.decode(candidate.genome)
        return guarded(evaluate, architecture, context, candidate.id, goals)

    return evaluated


def _ended(plan: Plan, manager: Manager, reason: str, ending: str, seconds: float) -> Ended:
    goals = plan.goals
    front = [
        goals.individual(one.candidate, one.outcome)
        for ledger in manager.ledgers
        for one in ledger.archive.front
    ]
    solutions = [Solution.of(one, plan.space) for one in assembled(front).front]
    return Ended(solutions, reason, ending, figures_of(manager, seconds))


def figures_of(manager: Manager, seconds: float) -> dict[str, Any]:
    """Return evaluations, failures, seconds and what each method did, by name."""
    counts = [ledger.counts for ledger in manager.ledgers]
    return {
        "evaluations": sum(count.finished for count in counts),
        "failed": sum(count.failed for count in counts),
        "seconds": seconds,
        "shares": summed(shares_of(ledger) for ledger in manager.ledgers),
    }
