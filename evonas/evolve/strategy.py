"""The contract of every search method: ``ask`` for candidates, ``tell`` what they are worth."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import ClassVar, NamedTuple, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from evonas import seeds
from evonas.errors import SearchError, StrategyError, complaint
from evonas.evolve.objectives import Objectives
from evonas.evolve.records import Candidate, CandidateId, Individual, Outcome
from evonas.space.genome import Genome
from evonas.space.space import Space

Self = TypeVar("Self", bound="Strategy")
Replace: TypeAlias = Callable[[Sequence[Individual], Sequence[Individual]], Sequence[Individual]]
"""Makes a population of at most the same size out of a population, oldest first, and immigrants."""


class Proposal(NamedTuple):
    """A genome that a strategy wants evaluated.

    Attributes:
        genome: The encoded architecture.
        parents: Ids of the individuals that it was varied from.
        fidelity: How thorough the evaluation shall be; None is full.
    """

    genome: Genome
    parents: tuple[CandidateId, ...] = ()
    fidelity: float | None = None


class Scored(NamedTuple):
    """Architectures that were not evaluated, and cheap scores of them.

    Attributes:
        genomes: ``n`` encoded architectures.
        ranks: ``(n, n_scores)``, the rank of each by each score, in 0..1; 1 is the highest score.
    """

    genomes: Sequence[Genome]
    ranks: NDArray[np.float64]


class Strategy(ABC):
    """A search method, driven from outside by :meth:`ask` and :meth:`tell`.

    Made with a space it is ready, and the caller owns the loop; made without one it holds only settings,
    for a ``Search`` to set to work on its own space. Outcomes may be told late, in any order, or never.

    A new method implements :meth:`propose` and :meth:`learn`, starts its state in :meth:`start` and lists
    its constructor's settings in ``settings``. All its randomness must come from the generator that
    ``propose`` gets: that is what makes equal seeds equal and a resumed run exact. One with a population
    overrides :attr:`residents` and :meth:`welcome` too, by which islands exchange individuals.

    Args:
        space: What is searched; None leaves the strategy as settings for a ``Search``.
        objectives: Directions by name; ``{"loss": "min"}`` if left out.
        seed: Root of all randomness, 0..2**63-1.

    Raises:
        SearchError: A setting, the objectives or the seed cannot be used.
    """

    settings: ClassVar[tuple[str, ...]] = ()

    looks_ahead: ClassVar[bool] = True
    """Whether candidates may be proposed before a worker is free for them, and so know less."""

    full_fidelity: float | None = None
    """What a full evaluation is called: the highest fidelity of a method that proposes several, else None."""

    def __init__(
        self, space: Space | None = None, *, objectives: Mapping[str, str] | None = None, seed: int = 0
    ) -> None:
        self._space: Space | None = None
        if space is not None:
            self._begin(space, Objectives(objectives or {"loss": "min"}), seeds.checked_seed(seed), 0)

    def on(self: Self, space: Space, objectives: Objectives, seed: int, island: int = 0) -> Self:
        """Return a new strategy of these settings at work on ``space``; this one stays as it is."""
        fresh = copy.copy(self)
        fresh._begin(space, objectives, seed, island)
        return fresh

    def _begin(self, space: Space, objectives: Objectives, seed: int, island: int) -> None:
        if not isinstance(space, Space):
            remedy = f"write {type(self).__name__}(evonas.Space({{...}}))"
            raise SearchError(complaint(f"{type(self).__name__}: space", "a Space", space, remedy))
        self._space, self.objectives = space, objectives
        self._island, self._streams = island, seeds.Streams(seed, island)
        self.births, self._newborn = 0, CandidateId(island, 0)  # the id of whoever is proposed next
        self._asked: dict[CandidateId, Candidate] = {}
        self._injected: deque[Proposal] = deque()
        self.start()

    @property
    def space(self) -> Space:
        """The space that is searched.

        Raises:
            StrategyError: The strategy was made without one.
        """
        if self._space is None:
            name = type(self).__name__
            raise StrategyError(
                f"{name}: expected a space, got none; write {name}(space, seed=0) to own the loop"
            )
        return self._space

    def ask(self, n: int = 1) -> list[Candidate]:
        """Return the next ``n`` candidates; may be called any number of times before a ``tell``.

        Raises:
            StrategyError: The strategy has no space, or ``n`` is no positive number.
        """
        if not isinstance(n, int) or n < 1:
            raise StrategyError(complaint("ask", "a number of candidates, 1 or more", n, "write ask(8)"))
        return [self.asked() for _ in range(n)]

    def asked(self) -> Candidate:
        """Return the next candidate, as by :meth:`ask`.

        Raises:
            StrategyError: The strategy has no space, or proposes a genome of another one.
        """
        n_genes, name = self.space.n_genes, CandidateId(self._island, self.births)
        if self._injected:
            genome, parents, fidelity = self._injected.popleft()
        else:
            genome, parents, fidelity = self.propose_as(name, self._streams.at(name.birth))
        if len(genome) != n_genes:
            rule = f"a genome of {n_genes} genes"
            raise StrategyError(complaint(f"{self}.propose", rule, genome, "make it with the space"))
        candidate = Candidate(name, genome, parents, fidelity)
        self.adopt(candidate)
        return candidate

    def propose_as(self, name: CandidateId, rng: np.random.Generator) -> Proposal:
        """Propose for a strategy that is made of this one: what it adopts of that has the given name."""
        self._newborn = name
        return self.propose(rng)

    def tell(self, outcomes: Iterable[Outcome]) -> None:
        """Learn what asked candidates are worth; failures and non-finite values never compete.

        Raises:
            StrategyError: An outcome names a candidate that was never asked for, or was told already.
        """
        if isinstance(outcomes, Outcome):
            raise StrategyError("tell: expected a list of outcomes, got a single one; write tell([outcome])")
        for outcome in outcomes:
            self.told(outcome)

    def told(self, outcome: Outcome) -> Individual | None:
        """Learn one outcome, as by :meth:`tell`; return what became of its candidate, None if it failed."""
        candidate = self._asked.pop(outcome.id, None)
        if candidate is None:
            rule = "outcomes of candidates that were asked for and not told yet"
            raise StrategyError(complaint("tell", rule, str(outcome.id), "tell each outcome once, by its id"))
        judged = self.objectives.judged(outcome)
        if judged.failure is not None:
            self.fail(candidate)
            return None
        individual = self.objectives.individual(candidate, judged)
        self.learn(individual)
        return individual

    def inject(self, genome: Genome, parents: tuple[CandidateId, ...] = ()) -> None:
        """Have ``ask`` return ``genome`` before anything is proposed; the first injected is the first out.

        Raises:
            StrategyError: The strategy has no space, or the genome was made for another one.
        """
        n_genes = self.space.n_genes
        if len(genome) != n_genes:
            rule = f"a genome of {n_genes} genes"
            raise StrategyError(complaint("inject", rule, genome, "encode it with the strategy's space"))
        self._injected.append(Proposal(genome, parents))

    def adopt(self, candidate: Candidate) -> None:
        """Wait for the outcome of a candidate, asked for here or by another strategy in this one's name.

        A method that keeps account of what is in flight overrides it.
        """
        self._asked[candidate.id] = candidate
        self.births += 1

    def awaits(self, name: CandidateId) -> bool:
        """Return whether a candidate was asked for and not told yet."""
        return name in self._asked

    @property
    def pending(self) -> Collection[Candidate]:
        """Candidates that were asked for and not told yet, oldest first."""
        return self._asked.values()

    @property
    def residents(self) -> Sequence[Individual]:
        """Those alive, from whom the next proposals descend, oldest first; none in a method without them."""
        return ()

    def welcome(self, immigrants: Sequence[Individual], replace: Replace) -> None:
        """Take in individuals of other islands, priced by this strategy's objectives.

        A method without residents, or whose first population is not complete, learns them as its own.

        Args:
            immigrants: Who arrives.
            replace: Decides who lives on among residents and immigrants.

        Raises:
            StrategyError: ``replace`` lets more live on than there were residents.
        """
        for individual in immigrants:
            self.learn(individual)

    def use_scores(self, scored: Scored) -> bool:
        """Take in cheap scores of some architectures before the first birth; return whether they are of use.

        A method with a surrogate overrides it.
        """
        return False

    def start(self) -> None:  # noqa: B027 - a method without state has nothing to start
        """Set the method's state to that before the first birth."""

    @abstractmethod
    def propose(self, rng: np.random.Generator) -> Proposal:
        """Return the next genome to evaluate, drawing only from ``rng``.

        ``births`` counts earlier ones; the candidate will have the id ``_newborn``.
        """

    @abstractmethod
    def learn(self, individual: Individual) -> None:
        """Take in an evaluated individual; failed candidates go to :meth:`fail`."""

    def fail(self, candidate: Candidate) -> None:  # noqa: B027 - most methods need not know
        """Take in that the evaluation of a candidate failed."""

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.settings)
        return f"{type(self).__name__}({shown})"


def replaced(
    residents: Sequence[Individual], immigrants: Sequence[Individual], replace: Replace
) -> Sequence[Individual]:
    """Return who lives on among residents and immigrants, as ``replace`` decides.

    Raises:
        StrategyError: They are more than there were residents.
    """
    living = replace(residents, immigrants)
    if len(living) > len(residents):
        rule, remedy = f"at most {len(residents)} individuals", "let a resident go for every immigrant"
        raise StrategyError(complaint("welcome: replace", rule, len(living), remedy))
    return living


def oldest_first(individuals: Iterable[Individual]) -> list[Individual]:
    """Return individuals by age; of islands that bear at the same time, the first island's come first."""
    return sorted(individuals, key=lambda one: (one.id.birth, one.id))


def whole(what: str, value: object, least: int) -> int:
    """Return ``value`` if it is a whole number of at least ``least``.

    Raises:
        SearchError: It is not.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise SearchError(complaint(what, f"a whole number, {least} or more", value, "correct the setting"))
    return value


def share(what: str, value: object) -> float:
    """Return ``value`` as a float if it lies in 0..1.

    Raises:
        SearchError: It does not.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise SearchError(complaint(what, "a number in 0..1", value, "correct the setting"))
    return float(value)
