"""A small search, and workers that a test can order about: no clock, no I/O, no threads."""

from collections import deque
from dataclasses import dataclass, field

from evonas import Choice, Int, Repeat, Space
from evonas.evolve.objectives import Objectives
from evonas.evolve.records import Failure, Outcome
from evonas.evolve.strategies.regularized_evolution import RegularizedEvolution
from evonas.evolve.strategy import Proposal, Strategy
from evonas.manage.budget import Budget
from evonas.manage.events import Dispatch, ElitesArrived, Evaluated, Record, Send, Stop, WorkerReady
from evonas.manage.exchange import Exchange
from evonas.manage.ledger import Ledger
from evonas.manage.manager import Manager
from evonas.manage.migration import Migration
from evonas.manage.topology import neighbours

# Small enough that duplicates happen.
SPACE = Space({"stem": Choice([1, 2, 3]), "widths": Repeat(Int(1, 4), 1, 3)})
LOSS = Objectives({"loss": "min"})
EVOLUTION = RegularizedEvolution(population=6, tournament=3)


@dataclass
class Listed(Strategy):
    """Proposes architectures from a list, the last one for ever, and notes what it had learnt by then."""

    architectures: list
    parents: tuple = ()
    known: list = field(default_factory=list)

    def start(self):
        self.learnt = []

    def propose(self, rng):
        self.known.append(tuple(self.learnt))
        architecture = self.architectures[min(self.births, len(self.architectures) - 1)]
        return Proposal(self.space.encode(architecture), self.parents)

    def learn(self, individual):
        self.learnt.append(individual.id.birth if individual.id.island == self._island else individual.id)


NUMBERS = Space(Int(0, 10**6))
COUNTED = list(range(1000))


def exchanging(island=0, islands=1, migration=None, *, seed=0, in_step=False):
    """Return the traffic of an island among others; each sends to the next one, unless told otherwise."""
    migration = migration or Migration()
    return Exchange(island, migration, neighbours(migration.topology, islands, seed), seed, in_step=in_step)


def book(
    strategy=EVOLUTION, *, space=SPACE, objectives=LOSS, seed=0, lag=None, aims=None, fidelity=None, **how
):
    """Return a new ledger; ``how`` are ``exchanging``'s and the budget's."""
    place = {name: how.pop(name) for name in ("island", "islands", "migration") if name in how}
    return Ledger(
        strategy.on(space, aims or objectives, seed, place.get("island", 0)),
        objectives,
        Budget(**how),
        exchanging(**place, seed=seed, in_step=lag is not None),
        lag=lag,
        fidelity=fidelity,
    )


def counting(**how):
    """Return a new ledger that proposes 0, 1, 2 ..."""
    return book(Listed(COUNTED), space=NUMBERS, **{"evaluations": 1000, **how})


def managed(workers, *ledgers, **how):
    """Return a manager of some ledgers; ``how`` are the manager's arguments."""
    manager = Manager(workers, **how)
    for ledger in ledgers:
        manager.adopt(ledger)
    return manager


def loss(candidate):
    return Outcome(candidate.id, {"loss": float((candidate.genome.values**2).sum() % 17)}, seconds=1.0)


def quick(candidate):
    """Answer as ``loss`` does, but so fast that a worker is given many candidates at a time."""
    return Outcome(candidate.id, loss(candidate).objectives, seconds=1e-4)


def failing(candidate):
    return Outcome(candidate.id, failure=Failure("no"))


def said(commands, kind):
    """Return the commands of one kind."""
    return [command for command in commands if isinstance(command, kind)]


def handed(commands):
    """Return what was handed out, as ``(worker, candidate)``."""
    return [(one.worker, candidate) for one in said(commands, Dispatch) for candidate in one.candidates]


def ready(manager, *workers):
    """Let workers report, one after the other; return the candidates that were handed out, by worker."""
    return dict(handed([command for worker in workers for command in manager.handle([WorkerReady(worker)])]))


def work(manager, workers, *, pick=lambda n: 0, answer=loss):
    """Let workers, numbered from 1, evaluate until the manager stops; return what it wrote down.

    Args:
        manager: Is driven; what its islands send to each other arrives at once.
        workers: How many, all ready at the start.
        pick: Which of the ``n`` running evaluations, oldest first, ends next.
        answer: The outcome of a candidate.
    """
    records, held = [], []
    events = deque(WorkerReady(worker) for worker in range(1, workers + 1))
    while manager.stopped is None:
        if not events:
            firsts = dict(reversed(held))  # each worker's oldest: what it evaluates
            running = [one for one in held if firsts[one[0]] is one[1]]
            done = running[pick(len(running))]
            held.remove(done)
            events.append(Evaluated(done[0], answer(done[1])))
        commands = manager.handle([events.popleft()])
        records += said(commands, Record)
        held += handed(commands)
        events.extendleft(ElitesArrived(send.elites) for send in reversed(said(commands, Send)))
    return records


def journal_of(records, island=0):
    """Return what was written down of an island."""
    return [record.entry for record in records if record.island == island]


def searched(ledger, workers=3, **how):
    """Search on one island to the end; return its journal and why it stopped."""
    manager = managed(workers, ledger)
    return journal_of(work(manager, workers, **how), ledger.island), manager.stopped


def starve(manager, worker=1):
    """Let one worker do everything; return the commands of each event."""
    commands = [manager.handle([WorkerReady(worker)])]
    while not said(commands[-1], Stop):
        ((_, candidate),) = handed(commands[-1])
        commands.append(manager.handle([Evaluated(worker, loss(candidate))]))
    return commands
