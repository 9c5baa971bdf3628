"""What a seed finds today it must find tomorrow: a run can be resumed only if nothing here has changed.

A failure means that some strategy, operator, generator or genome key now behaves differently, perhaps by a
new version of numpy, DEAP or Python: journals written before cannot be resumed, and published seeds no longer
reproduce. Find the cause first. If the change is intended, say so in the release notes and copy the new
digests from the failure into ``DIGESTS``.
"""

import pytest

from evonas import Cell, Choice, Int, Permutation, Repeat, Space, Subset
from evonas.evolve.objectives import Objectives
from evonas.evolve.records import Outcome
from evonas.evolve.strategies.differential_evolution import DifferentialEvolution
from evonas.evolve.strategies.genetic_algorithm import GeneticAlgorithm
from evonas.evolve.strategies.local_search import LocalSearch
from evonas.evolve.strategies.memetic_algorithm import MemeticAlgorithm
from evonas.evolve.strategies.random_search import RandomSearch
from evonas.evolve.strategies.regularized_evolution import RegularizedEvolution
from evonas.manage.budget import Budget
from evonas.manage.exchange import Exchange
from evonas.manage.ledger import Ledger
from evonas.manage.migration import Migration

DIGESTS = {
    "random": "3d6c44789856360a",
    "evolution": "a8868ffe1f4c15ae",
    "genetic": "2f5b515848e74b9b",
    "evolution of two": "bc9368a1a4d9c672",
    "local": "32c74cd7ed5f6d0e",
    "differential": "ba1a663618950d8e",
    "memetic": "fa1b710b819f9228",
    "memetic of two": "1384357ebe2170b1",
    "genetic of two": "b752b85a8be6f825",
}
STRATEGIES = {
    "random": RandomSearch(),
    "evolution": RegularizedEvolution(population=10, tournament=4),
    "genetic": GeneticAlgorithm(population=10),
    "local": LocalSearch(),
    "differential": DifferentialEvolution(population=10),
    "memetic": MemeticAlgorithm(),
}
LAYER = Choice({"conv": {"kernel": Choice([3, 5, 7]), "width": Int(8, 64, log=True)}, "skip": {}})
# Whole numbers only: the last bits of a real may differ with the machine's exp and log.
SPACE = Space(
    {
        "layers": Repeat(LAYER, 1, 4),
        "batch": Int(1, 512, log=True),
        "shift": Int(-20, 20),
        "order": Permutation(["norm", "act", "conv"]),
        "augmentations": Subset(["flip", "crop", "cutout"], 1, 2),
        "cell": Cell(Choice(["conv", "pool"]), 0, 3, max_edges=5),
    },
    where=lambda a: len(a["layers"]) > 1 or a["shift"] < 0,
)


def evaluate(architecture):
    widths = sum(layer.get("width", 0) for layer in architecture["layers"])
    misplaced = architecture["order"].index("conv") + len(architecture["cell"]["edges"])
    loss = abs(widths - 50) + architecture["shift"] ** 2 + misplaced
    return {"loss": loss, "cost": widths * architecture["batch"] + len(architecture["augmentations"])}


@pytest.mark.parametrize("name", DIGESTS)
def test_sixty_evaluations_from_seed_0_are_those_of_the_past(name):
    objectives = Objectives({"loss": "min", "cost": "max"} if "two" in name else {"loss": "min"})
    strategy = STRATEGIES[name.split()[0]].on(SPACE, objectives, seed=0)
    alone = Exchange(0, Migration(), [[]], seed=0)
    ledger = Ledger(strategy, objectives, Budget(evaluations=60), alone, lag=3)
    ledger.advance()
    while ledger.open:
        candidate = next(iter(ledger.open.values()))
        ledger.arrive(Outcome(candidate.id, evaluate(SPACE.decode(candidate.genome))))
        ledger.advance()
    assert ledger.counts.finished == 60
    assert {name: ledger.digest} == {name: DIGESTS[name]}
