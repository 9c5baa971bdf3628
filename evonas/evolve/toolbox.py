"""A bridge to DEAP: its operators, or a user's own, applied to our genomes."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from evonas.errors import SearchError, StrategyError, complaint
from evonas.evolve.records import Individual
from evonas.evolve.selection import GeneList, duel
from evonas.evolve.variation import first_feasible, mate, mutate
from evonas.space.genome import Genome
from evonas.space.space import Space

NAMES = ("select", "mate", "mutate")


class Operators:
    """Selection, crossover and mutation: those of a DEAP toolbox where it has them, else ours.

    Args:
        toolbox: A ``deap.base.Toolbox``, or anything with some of ``select(individuals, k)``,
            ``mate(one, other)`` and ``mutate(individual)``; None takes all of ours.

    Raises:
        SearchError: A toolbox was given that has none of the three.
    """

    def __init__(self, toolbox: Any = None) -> None:
        self._own = {name: getattr(toolbox, name) for name in NAMES if hasattr(toolbox, name)}
        if toolbox is not None and not self._own:
            rule = "a deap.base.Toolbox with select, mate or mutate registered"
            raise SearchError(
                complaint("toolbox", rule, toolbox, "toolbox.register('mate', tools.cxTwoPoint)")
            )

    def select(
        self, population: Sequence[Individual], rng: np.random.Generator
    ) -> tuple[Individual, Individual]:
        """Return two parents; they may be the same individual."""
        if "select" not in self._own:
            return duel(population, rng), duel(population, rng)
        pool = [GeneList(member.genome.values.tolist(), member) for member in population]
        chosen = self._applied("select", rng, pool, 2)
        if len(chosen) != 2:
            rule = "2 individuals from toolbox.select(individuals, 2)"
            raise StrategyError(complaint("toolbox", rule, len(chosen), "register a selection that gives k"))
        return chosen[0].individual, chosen[1].individual

    def mate(self, space: Space, one: Genome, other: Genome, rng: np.random.Generator) -> Genome:
        """Return a child of two genomes."""
        if "mate" not in self._own:
            return mate(space, one, other, rng)

        def attempt() -> Genome:
            pair = GeneList(_awake(space, one, rng)), GeneList(_awake(space, other, rng))
            child = self._applied("mate", rng, *pair)[0]
            return _into(space, child)

        return first_feasible(space, attempt, rng)

    def mutate(self, space: Space, genome: Genome, rng: np.random.Generator) -> Genome:
        """Return a mutant of a genome."""
        if "mutate" not in self._own:
            return mutate(space, genome, rng)

        def attempt() -> Genome:
            genes = GeneList(_awake(space, genome, rng))
            (mutant,) = self._applied("mutate", rng, genes)
            return _into(space, mutant)

        return first_feasible(space, attempt, rng)

    def _applied(self, name: str, rng: np.random.Generator, *arguments: Any) -> Any:
        """Return what a user's operator makes of its arguments, drawing from ``rng``."""
        operator = self._own[name]
        try:
            with borrowed_random(rng):
                return operator(*arguments)
        except Exception as error:
            rule, remedy = "an operator that works on any individuals", "correct it, or register another"
            what = f"toolbox.{name} = {_described(operator)}"
            raise StrategyError(complaint(what, rule, error, remedy)) from error

    def __repr__(self) -> str:
        shown = (f"{name}={_described(operator)}" for name, operator in self._own.items())
        return f"toolbox({', '.join(shown)})"


@contextmanager
def borrowed_random(rng: np.random.Generator) -> Iterator[None]:
    """Let DEAP's operators, which draw from the global generators, draw from ``rng`` instead.

    The global states of ``random`` and of numpy are put back afterwards: nobody else notices.
    """
    ours, theirs = random.getstate(), np.random.get_state()  # noqa: NPY002 - a user's operator may use it
    random.seed(int(rng.integers(2**63)))
    np.random.seed(int(rng.integers(2**32)))  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(ours)
        np.random.set_state(theirs)  # noqa: NPY002


def _awake(space: Space, genome: Genome, rng: np.random.Generator) -> list[float]:
    """Return all genes of a genome with values for the sleeping ones, which an operator may wake up."""
    triples = zip(genome.numbers, genome.flags, space.draw(rng), strict=True)
    return [value if awake else drawn for value, awake, drawn in triples]


def _into(space: Space, genes: Sequence[float]) -> Genome:
    """Put a list of genes back into the space: clipped, rounded, and only as far as it is active."""
    values = np.asarray(genes, dtype=float)
    if values.shape != (space.n_genes,) or not np.isfinite(values).all():
        rule = f"a list of {space.n_genes} finite genes back from an operator"
        raise StrategyError(complaint("toolbox", rule, genes, "keep the length of an individual"))
    return space.nearest(values)


def _described(operator: Any) -> str:
    """Name an operator and the arguments registered with it, the same in every process."""
    function = getattr(operator, "func", operator)
    keywords = getattr(operator, "keywords", None) or {}
    shown = [repr(argument) for argument in getattr(operator, "args", ())]
    shown += [f"{name}={value!r}" for name, value in keywords.items()]
    return f"{getattr(function, '__name__', type(function).__name__)}({', '.join(shown)})"
