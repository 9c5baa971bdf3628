"""What a seed finds today it must find tomorrow: a run can be resumed only if nothing here has changed.

A failure means that some strategy, operator, generator or genome key now behaves differently, perhaps by a
new version of numpy, DEAP or Python: journals written before cannot be resumed, and published seeds no longer
reproduce. Find the cause first. If the change is intended, say so in the release notes and copy the new
digests from the failure into ``DIGESTS``.
"""

import pytest

from evonas.evolve.objectives import Objectives
from evonas.evolve.records import Outcome
from evonas.evolve.strategies.genetic_algorithm import GeneticAlgorithm
from evonas.evolve.strategies.random_search import RandomSearch
from evonas.evolve.strategies.regularized_evolution import RegularizedEvolution
from evonas.manage.budget import Budget
from evonas.manage.ledger import Ledger
from evonas.space.decisions import Choice, Int, Repeat
from evonas.space.space import Space

DIGESTS = {
    "random": "98fe926404282510",
    "evolution": "243ce7d42d0c13da",
    "genetic": "8713bc2c7b0d1661",
    "evolution of two": "79c67d93bb8f3ca9",
    "genetic of two": "3d398224d8b008bb",
}
STRATEGIES = {
    "random": RandomSearch(),
    "evolution": RegularizedEvolution(population=10, tournament=4),
    "genetic": GeneticAlgorithm(population=10),
}
LAYER = Choice({"conv": {"kernel": Choice([3, 5, 7]), "width": Int(8, 64, log=True)}, "skip": {}})
# Whole numbers only: the last bits of a real may differ with the machine's exp and log.
SPACE = Space(
    {"layers": Repeat(LAYER, 1, 4), "batch": Int(1, 512, log=True), "shift": Int(-20, 20)},
    where=lambda a: len(a["layers"]) > 1 or a["shift"] < 0,
)


def evaluate(architecture):
    widths = sum(layer.get("width", 0) for layer in architecture["layers"])
    return {"loss": abs(widths - 50) + architecture["shift"] ** 2, "cost": widths * architecture["batch"]}


@pytest.mark.parametrize("name", DIGESTS)
def test_sixty_evaluations_from_seed_0_are_those_of_the_past(name):
    objectives = Objectives({"loss": "min", "cost": "max"} if "two" in name else {"loss": "min"})
    strategy = STRATEGIES[name.split()[0]].on(SPACE, objectives, seed=0)
    ledger = Ledger(strategy, objectives, Budget(evaluations=60), lag=3)
    ledger.advance()
    while ledger.open:
        candidate = next(iter(ledger.open.values()))
        ledger.arrive(Outcome(candidate.id, evaluate(SPACE.decode(candidate.genome))))
        ledger.advance()
    assert ledger.counts.finished == 60
    assert {name: ledger.digest} == {name: DIGESTS[name]}
