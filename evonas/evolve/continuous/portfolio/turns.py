"""Members of a portfolio take turns: who finds something better goes on."""

from __future__ import annotations

from typing import final

import numpy as np

from evonas.evolve.continuous.portfolio.evidence import Evidence
from evonas.evolve.continuous.rounds import Costs, Points, Rounds, Start

TURN = 10  # evaluations a dimension without anything better, after which a turn ends
LONGEST = 60  # evaluations a dimension, after which it ends anyway
DISCOUNT = 0.5  # while a member finds something better
HUGE = 1e100  # costs beyond are cut off: squares of slopes must be numbers
OVER: Points = np.empty((0, 0))


@final
class Member:
    """A method at work.

    Args:
        name: Of the method.
        rounds: Its coroutine.
        account: Evaluations that are on its account from the start: who has the least comes next.

    Attributes:
        points: Its present round; none once it is over.
        idle: Evaluations since it last found something better than all before.
    """

    def __init__(self, name: str, rounds: Rounds, account: float = 0.0) -> None:
        self.name, self.account, self.idle = name, account, 0
        self._rounds = rounds
        self.points: Points = next(rounds, OVER)

    def go_on(self, evidence: Evidence, costs: Costs) -> None:
        """Begin the next round."""
        is_better = evidence.see(self.name, self.points, costs)
        self.idle = 0 if is_better else self.idle + len(costs)
        self.account += len(costs) * (DISCOUNT if self.idle < TURN * evidence.n_dims else 1.0)
        try:
            self.points = self._rounds.send(costs)
        except StopIteration:
            self.points = OVER


def take_turns(members: list[Member], evidence: Evidence, start: Start) -> Rounds:
    """Return rounds of the member whose turn it is, and of others for idle workers, until all are over.

    Args:
        members: Who they are; a member may add others.
        evidence: Is told of all costs.
        start: Of the run, which knows how many evaluations run at once.
    """
    current, spent = members[0], 0
    while True:
        members[:] = [member for member in members if len(member.points)]
        if not members:
            return
        is_idle = min(spent, current.idle) >= TURN * evidence.n_dims
        if is_idle or spent >= LONGEST * evidence.n_dims or current not in members:
            current, spent = min(members, key=lambda member: member.account), 0
        crew = _crew(current, members, start.workers)
        costs = yield np.vstack([member.points for member in crew])
        costs = np.clip(costs, -HUGE, HUGE)
        spent += len(current.points)
        for member in crew:
            own, costs = np.split(costs, [len(member.points)])
            member.go_on(evidence, own)


def _crew(current: Member, members: list[Member], workers: int) -> list[Member]:
    """Return whose rounds are evaluated side by side."""
    crew, room = [current], workers - len(current.points)
    for member in sorted(members, key=lambda member: member.account):
        if member is not current and len(member.points) <= room:
            crew.append(member)
            room -= len(member.points)
    return crew
