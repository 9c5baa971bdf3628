"""What a warm start comes to: earlier results, fitted into the space of the search that begins."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from evonas import seeds
from evonas.errors import RunError, SpaceError
from evonas.evolve.objectives import Objectives
from evonas.evolve.records import Candidate, CandidateId, Individual, Outcome
from evonas.manage.journal import elite, elite_line
from evonas.manage.ledger import Ledger
from evonas.runs.earlier import Earlier, earlier_results
from evonas.runs.warm_start import WarmStart
from evonas.space.genome import Genome
from evonas.space.space import Space
from evonas.space.transfer import Transfer, transferred

NOWHERE = 2**16 - 1
"""The island in the names of known individuals: no search has so many."""

MOST_TOLD = 5
"""Decisions that did not fit which are told one by one."""


@dataclass(frozen=True)
class Heritage:
    """What a run begins with; kept in its folder, so that it can go on without the source.

    Attributes:
        known: Individuals that count as evaluated, worst first, so that the best are the youngest.
        first: Genomes to be evaluated first.
        islands: Among how many islands these are dealt out.
        told: What became of the source, for people.
    """

    known: tuple[Individual, ...] = ()
    first: tuple[Genome, ...] = ()
    islands: int = 1
    told: tuple[str, ...] = ()

    def begin(self, ledger: Ledger) -> None:
        """Hand an island its part, before its first birth."""
        mine = self.first[ledger.island :: self.islands] if ledger.island < self.islands else ()
        ledger.begin(self.known, mine)

    def lines(self) -> dict[str, Any]:
        """Return it fit for JSON."""
        return {
            "islands": self.islands,
            "told": list(self.told),
            "known": [elite_line(one) for one in self.known],
            "first": [genome.answers() for genome in self.first],
        }

    @staticmethod
    def of_lines(lines: Mapping[str, Any], space: Space) -> Heritage:
        """Return what was written down."""
        known = tuple(elite(line, space) for line in lines["known"])
        first = tuple(space.unpack(genes) for genes in lines["first"])
        return Heritage(known, first, lines["islands"], tuple(lines["told"]))


def inherited(
    start: WarmStart,
    space: Space,
    objectives: Objectives,
    *,
    seed: int = 0,
    islands: int = 1,
    fidelity: float | None = None,
) -> Heritage:
    """Return what a search begins with.

    Args:
        start: Where from, and how far it counts.
        space: What is searched.
        objectives: All that is declared.
        seed: The root seed; what an architecture leaves open is drawn from it.
        islands: How many there are.
        fidelity: What a full evaluation is called here.

    Raises:
        RunError: The source cannot be read, or holds nothing for this space.
        JournalError: A journal is damaged.
    """
    if not isinstance(start.source, str | Path):
        genomes = tuple(space.encode(architecture) for architecture in start.source)
        return Heritage((), genomes, islands, (f"start: {len(genomes):,} architectures are evaluated first",))
    earlier, told = earlier_results(Path(start.source), start.space or space, space, tuple(objectives))
    fits, errors = _fitted(earlier, space, seed)
    fits.sort(key=lambda fit: _costs(fit.earlier, objectives))
    known, first = _divided(fits, start, objectives)
    if not known and not first:
        rule = f"{start.source}: expected results that fit the space, got none of {len(earlier):,}"
        raise RunError("; ".join([rule, *errors[:1]]))
    individuals = [_individual(number, fit, objectives, fidelity) for number, fit in enumerate(known[::-1])]
    about = f"{len(known):,} results of {start.source} are known, {len(first):,} architectures"
    head = f"start: {about} are evaluated first"
    return Heritage(tuple(individuals), first, islands, (head, *told, *_few(errors), *_few(_misfits(fits))))


class _Fit(NamedTuple):
    """An earlier result in the space of the search."""

    transfer: Transfer
    earlier: Earlier

    @property
    def is_whole(self) -> bool:
        return not self.transfer.sampled and not self.transfer.unfit


def _fitted(earlier: Sequence[Earlier], space: Space, seed: int) -> tuple[list[_Fit], list[str]]:
    """Return what fits at least in part, and why the others do not."""
    fits, errors = list[_Fit](), list[str]()
    for number, one in enumerate(earlier):
        rng = seeds.generator(seed, NOWHERE, number)
        try:
            fits.append(_Fit(transferred(space, one.architecture, rng), one))
        except SpaceError as error:
            errors.append(f"start: {error}")
    return fits, errors


def _divided(
    fits: Sequence[_Fit], start: WarmStart, objectives: Objectives
) -> tuple[list[_Fit], tuple[Genome, ...]]:
    """Return what counts as known, and what is to be evaluated first; each genome once, the best first."""
    known, others = dict[str, _Fit](), dict[str, Genome]()
    for fit in fits:
        genome = fit.transfer.genome
        if start.known and fit.is_whole and objectives.fault(fit.earlier.values) is None:
            known.setdefault(genome.key, fit)
        else:
            others.setdefault(genome.key, genome)
    new = [genome for key, genome in others.items() if key not in known]
    return list(known.values()), tuple(new[: start.most])


def _individual(number: int, fit: _Fit, objectives: Objectives, fidelity: float | None) -> Individual:
    name, values = CandidateId(NOWHERE, number), fit.earlier.values
    declared = {objective: float(values[objective]) for objective in objectives}
    metrics = {other: float(value) for other, value in values.items() if other not in declared}
    candidate = Candidate(name, fit.transfer.genome, (), fidelity)
    return objectives.individual(candidate, Outcome(name, declared, metrics))


def _costs(one: Earlier, objectives: Objectives) -> tuple[float, ...]:
    """Return its costs to sort by; what is unknown is worst."""
    named = {name: one.values.get(name, math.nan) for name in objectives}
    return tuple(cost if math.isfinite(cost) else math.inf for cost in objectives.costs(named))


def _misfits(fits: Iterable[_Fit]) -> list[str]:
    """Return which decisions were drawn, and what did not fit, with how often."""
    drawn, unfit = Counter[str](), dict[str, list[str]]()
    for fit in fits:
        drawn.update(fit.transfer.sampled)
        for sentence in fit.transfer.unfit:
            unfit.setdefault(sentence.partition(":")[0], []).append(sentence)
    told = [f"start: {path} is drawn at random in {n:,} of them" for path, n in drawn.items()]
    return told + [f"start: left out of {len(some):,}: {some[0]}" for some in unfit.values()]


def _few(told: Sequence[str]) -> list[str]:
    more = len(told) - MOST_TOLD
    return [*told[:MOST_TOLD], *([f"start: and {more:,} more of the kind"] if more > 0 else [])]
