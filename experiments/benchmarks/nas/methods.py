"""Search methods, ours and others', by one interface: ask for a cell, tell what it is worth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import evonas
from nas.problems import Cell, Problem


class Searcher(Protocol):
    """A method at work; any number of cells may be asked for before one is told."""

    def ask(self) -> tuple[Any, Cell]:
        """Return a cell, and a token by which to tell its worth."""

    def tell(self, token: Any, accuracy: float) -> None:
        """Learn the accuracy of a cell that was asked for."""


Start = Callable[[Problem, int], Searcher]
"""Sets a method to work on a problem with a seed."""


@dataclass(frozen=True)
class Method:
    """A way to search; ``package`` is what must be installed for it."""

    name: str
    package: str
    start: Start


class Ours:
    """One of our strategies, through the public ask and tell."""

    def __init__(self, strategy: evonas.Strategy) -> None:
        self._strategy = strategy

    def ask(self) -> tuple[evonas.Candidate, Cell]:
        """Return the next candidate."""
        (candidate,) = self._strategy.ask(1)
        return candidate, tuple(candidate.genome.values.astype(int).tolist())

    def tell(self, token: evonas.Candidate, accuracy: float) -> None:
        """Tell the strategy."""
        self._strategy.tell([evonas.Outcome(token.id, {"accuracy": accuracy})])


def ours(strategy: evonas.Strategy) -> Start:
    """Return a search by one of our strategies."""
    kind = type(strategy)
    settings = {name: getattr(strategy, name) for name in strategy.settings if name != "toolbox"}

    def start(problem: Problem, seed: int) -> Ours:
        return Ours(kind(problem.space, objectives={"accuracy": "max"}, seed=seed, **settings))

    return start


class PyGlove:
    """PyGlove's regularized evolution with its own uniform mutation."""

    def __init__(self, problem: Problem, seed: int, population: int, tournament: int) -> None:
        import pyglove as pg

        self._cells = pg.template(pg.List([pg.oneof(list(range(n))) for n in problem.options]))
        self._method = pg.evolution.regularized_evolution(
            pg.evolution.mutators.Uniform(seed=seed),
            population_size=population,
            tournament_size=tournament,
            seed=seed,
        )
        self._method.setup(self._cells.dna_spec())

    def ask(self) -> tuple[Any, Cell]:
        """Return the next DNA; ``pg.sample`` would wait for each one's feedback."""
        dna = self._method.propose()
        return dna, tuple(self._cells.decode(dna))

    def tell(self, token: Any, accuracy: float) -> None:
        """Give the feedback."""
        self._method.feedback(token, accuracy)


def pyglove(population: int, tournament: int) -> Start:
    """Return a search by PyGlove."""
    return lambda problem, seed: PyGlove(problem, seed, population, tournament)


class Optuna:
    """Optuna's tree-structured Parzen estimator at its defaults."""

    def __init__(self, problem: Problem, seed: int) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
        self._options = problem.options

    def ask(self) -> tuple[Any, Cell]:
        """Return the next trial."""
        trial = self._study.ask()
        choices = enumerate(self._options)
        return trial, tuple(trial.suggest_categorical(f"gene {i}", list(range(n))) for i, n in choices)

    def tell(self, token: Any, accuracy: float) -> None:
        """Tell the study."""
        self._study.tell(token, accuracy)
