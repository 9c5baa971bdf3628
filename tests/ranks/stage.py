"""A transport that is only lists, and a small search to play on it."""

from collections import deque

from evonas import Int, Space
from evonas.evaluate.evaluator import Context
from evonas.evaluate.guard import guarded
from evonas.evolve.objectives import Objectives
from evonas.evolve.strategies.random_search import RandomSearch
from evonas.manage.budget import Budget
from evonas.manage.exchange import Exchange
from evonas.manage.ledger import Ledger
from evonas.manage.migration import Migration
from evonas.ranks import wire
from evonas.ranks.layout import Layout
from evonas.ranks.transport import Traffic
from evonas.ranks.worker import Desk, Evaluation

SPACE = Space(Int(1, 1000))
OBJECTIVES = Objectives({"value": "max"})


def job(evaluate=float, space=SPACE):
    """Return the job of evaluating with a function of an integer, or of that and the context."""

    def judged(architecture, task, seed):
        call = evaluate if evaluate is not float else lambda value, context: float(value)
        return guarded(call, architecture, Context(seed=seed), task.id, OBJECTIVES)

    return Evaluation(space, OBJECTIVES, judged)


def book(island=0, n_islands=1, evaluations=5):
    """Return the ledger of an island that searches at random."""
    neighbours = [[(number + 1) % n_islands] if n_islands > 1 else [] for number in range(n_islands)]
    exchange = Exchange(island, Migration(every=2), neighbours, seed=1)
    strategy = RandomSearch().on(SPACE, OBJECTIVES, 1, island)
    return Ledger(strategy, OBJECTIVES, Budget(evaluations=evaluations), exchange)


class Stage:
    """A host's transport whose workers answer as soon as it listens.

    Args:
        layout: Who is what.
        rank: Which host this is.
        jobs: What its workers do, by rank.
        history: Where it notes what it sends, among what else happens.

    Attributes:
        sent: What was sent to ranks that are no worker here, as ``(rank, message)``.
        arriving: What arrives from them.
        deaths: Who dies as soon as there is nothing else.
        helps: Whether this host was asked to evaluate itself.
    """

    name, helps_itself, replaces = "stage", True, False

    def __init__(self, layout, rank=0, jobs=None, history=None):
        self.layout, self.rank, self.traffic = layout, rank, Traffic()
        jobs = {} if jobs is None else jobs
        self.workers = sorted(jobs)
        self.sent, self.arriving, self.deaths, self.helps = [], deque(), [], False
        self._desks = {worker: Desk(job) for worker, job in jobs.items()}
        self._history = [] if history is None else history
        self.arriving.extend((worker, desk.introduction()) for worker, desk in self._desks.items())

    def send(self, rank, message):
        self._history.append(("sent", wire.kind(message)))
        if rank in self._desks and rank not in self.layout.lost:
            self.arriving.extend((rank, reply) for reply in self._desks[rank].replies(message))
        else:
            self.sent.append((rank, message))

    def receive(self, seconds):
        return [self.arriving.popleft()] if self.arriving else []

    def lost(self):
        news = [] if self.arriving else self.deaths
        if news:
            self.deaths = []
            self.layout = self.layout.without(frozenset(news))
        return news

    def help_yourself(self):
        if not self.helps:
            self.helps = True
            self._desks[self.rank] = Desk(job())
            self.arriving.append((self.rank, self._desks[self.rank].introduction()))

    def close(self, patience):
        pass

    def said(self, kind):
        """Return the messages of a kind to those who are no worker here, as ``(rank, message)``."""
        return [(rank, message) for rank, message in self.sent if wire.kind(message) == kind]


def lonely(jobs, history=None):
    """Return the stage of the only host of one island."""
    return Stage(Layout(len(jobs) + 1, 1), jobs=dict(enumerate(jobs, start=1)), history=history)
