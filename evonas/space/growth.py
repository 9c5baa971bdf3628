"""The walk over the loci of a space that turns numbers into genomes: most of a search's own work."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from struct import Struct
from typing import NamedTuple, final

import numpy as np

from evonas.errors import SpaceError, complaint
from evonas.space.genome import Draft, Genome, Identify
from evonas.space.layout import Layout
from evonas.space.locus import Gene, Locus


class _Step(NamedTuple):
    """One locus, its facts at hand.

    Attributes:
        parent: The gene that decides whether it counts; -1 if it always does.
        at_least: The smallest value of the parent with which it counts.
        at_most: The largest one.
        beyond: Index of the next step that may count if this one does not.
        start: Index of its first gene.
        stop: One past the index of its last gene.
        draw: Index of its first random number.
        gene: The locus itself if it is one gene; None otherwise.
        locus: The locus itself.
    """

    parent: int
    at_least: float
    at_most: float
    beyond: int
    start: int
    stop: int
    draw: int
    gene: Gene | None
    locus: Locus


def _step(locus: Locus, beyond: int) -> _Step:
    gene, place = locus if isinstance(locus, Gene) else None, locus.place
    return _Step(*place.condition, beyond, locus.start, locus.stop, place.draw, gene, locus)


@final
class Growth:
    """Grows genomes: decides locus by locus, parents first, and skips what turns out not to count.

    Args:
        layout: The loci of the space.
        identify: Returns what is the same for equivalent architectures, for the genomes' keys.
    """

    def __init__(self, layout: Layout, identify: Identify | None) -> None:
        self.n_genes, self.n_draws = layout.n_genes, layout.n_draws
        self._identify = identify
        self._pack = Struct(f"<{layout.n_genes}d").pack
        self._loci = [(locus.start if locus.n_genes else None, locus) for locus in layout.loci]
        loci = [locus for locus in layout.loci if locus.n_genes]
        self._all_have_genes = len(loci) == len(layout.loci)
        unconditional = all(locus.place.condition.parent < 0 for locus in layout.loci)
        self._always = tuple(layout.loci) if unconditional else None  # the loci that every genome has made
        self._compound = not all(isinstance(locus, Gene) for locus in layout.loci)
        beyond, starts = _beyond(loci), [locus.start for locus in loci]
        self._steps = [_step(locus, after) for locus, after in zip(loci, beyond, strict=True)]
        self._moved = {}  # by locus, the steps that may come out otherwise when it has changed
        for locus in layout.loci:
            first = bisect_left(starts, locus.stop)
            self._moved[id(locus)] = first, _behind(loci, beyond, first, locus, locus.reach)

    def made(self, genome: Genome) -> Sequence[Locus]:
        """Return the loci that count in ``genome``, those without genes included."""
        if self._always is not None:
            return self._always
        flags = genome.flags
        made = [locus for start, locus in self._loci if start is None or flags[start]]
        if self._all_have_genes:
            return made
        numbers = genome.numbers
        return [locus for locus in made if locus.n_genes or locus.place.condition.holds(numbers, flags)]

    def weighted(self, genome: Genome) -> Sequence[Locus]:
        """Return the loci that count in ``genome``, each as often as its weight says."""
        made = self.made(genome)
        if not self._compound:
            return made
        numbers = genome.numbers
        compound = (locus for locus in made if not isinstance(locus, Gene))
        return [*made, *(locus for locus in compound for _ in range(locus.weight(numbers) - 1))]

    def varied(self, genome: Genome, locus: Locus, rng: np.random.Generator) -> Genome:
        """Return a copy of ``genome`` in which one decision that it has made is changed by a small step."""
        first, last = self._moved[id(locus)]
        if first == last and isinstance(locus, Gene):  # one number changes, and nothing hangs on it
            start = locus.place.start
            return genome.changed(start, locus.stepped(genome.at(start), rng), self._identify)
        draft = genome.draft()
        locus.vary(draft, rng)
        return self.completed(draft, rng, locus)

    def random(self, rng: np.random.Generator) -> Genome:
        """Return a genome in which everything is drawn."""
        return self.completed(Draft([0.0] * self.n_genes, [False] * self.n_genes), rng)

    def completed(self, draft: Draft, rng: np.random.Generator, changed: Locus | None = None) -> Genome:
        """Return the genome that keeps the known values of ``draft``, which it uses up, and draws the rest.

        Args:
            draft: What is known.
            rng: Where random values come from.
            changed: The one decision in which the draft differs from a genome; None if there may be others.
        """
        values, known, steps = draft.values, draft.known, self._steps
        active: list[int] = [False] * self.n_genes
        index, last = 0, len(steps)
        if changed:
            index, last = self._moved[id(changed)]
            if index == last:  # nothing hangs on it
                return self._genome(values, known)
            end = steps[last - 1].stop if last else 0
            active = known[: changed.stop] + active[changed.stop : end] + known[end:]
        fractions = rng.random(self.n_draws).tolist() if 0 in known else []
        while index < last:
            parent, at_least, at_most, beyond, start, stop, draw, gene, locus = steps[index]
            if parent >= 0 and not at_least <= values[parent] <= at_most:
                index = beyond
                continue
            if gene:
                if not known[start]:
                    values[start] = gene.quantile(fractions[draw])
                active[start] = True
            else:
                if not all(known[start:stop]):
                    values[start:stop] = locus.drawn(fractions[locus.draws])
                active[start:stop] = [True] * (stop - start)
            index += 1
        return self._genome([value if on else 0.0 for value, on in zip(values, active, strict=True)], active)

    def many(self, n: int, rng: np.random.Generator) -> list[Genome]:
        """Return ``n`` random genomes, the same as one after another, decision by decision."""
        if not self.n_genes:
            return [self.random(rng) for _ in range(n)]
        fractions = np.ascontiguousarray(rng.random((n, self.n_draws)).T)  # (n_draws, n)
        values, active = np.zeros((self.n_genes, n)), np.zeros((self.n_genes, n), dtype=np.bool_)
        for parent, at_least, at_most, _, start, stop, draw, gene, locus in self._steps:
            if parent < 0:
                active[start:stop] = True
            else:
                deciding = values[parent]
                active[start:stop] = active[parent] & (deciding >= at_least) & (deciding <= at_most)
            if gene:
                np.multiply(gene.quantiles(fractions[draw]), active[start], out=values[start])
            else:
                for index in np.flatnonzero(active[start]):
                    values[start:stop, index] = locus.drawn(fractions[locus.draws, index].tolist())
        values += 0.0  # no -0.0
        data, flags, width = values.T.astype("<f8").tobytes(), active.T.tobytes(), self.n_genes
        starts = range(0, n * width, width)
        return [Genome(data[8 * k : 8 * (k + width)], flags[k : k + width], self._identify) for k in starts]

    def placed(self, packed: Sequence[float]) -> Genome:
        """Return the genome with these active values.

        Raises:
            SpaceError: If there are too few or too many, or one is not allowed.
        """
        values, active, taken = [0.0] * self.n_genes, [False] * self.n_genes, 0
        index, steps = 0, self._steps
        while index < len(steps):
            parent, at_least, at_most, beyond, start, stop, _, gene, locus = steps[index]
            if parent >= 0 and not at_least <= values[parent] <= at_most:
                index = beyond
                continue
            index, last = index + 1, taken + stop - start
            if last > len(packed):
                raise _misfit(f"a value for gene '{locus.path}' too", packed)
            if gene and gene.allows(packed[taken]):
                values[start], active[start] = packed[taken] + 0.0, True
            else:
                values[start:stop] = locus.checked(packed[taken:last])
                active[start:stop] = [True] * (stop - start)
            taken = last
        if taken < len(packed):
            raise _misfit(f"{taken} values", packed)
        return self._genome(values, active)

    def _genome(self, values: Sequence[float], active: Sequence[int]) -> Genome:
        return Genome(self._pack(*values), bytes(active), self._identify)

    def decided(self, decide: Callable[[Locus], Sequence[float]]) -> Genome:
        """Return the genome in which each locus that counts has the values decided for it, in order."""
        values, active = [0.0] * self.n_genes, [False] * self.n_genes
        for step in self._steps:
            if step.locus.place.condition.holds(values, active):
                values[step.start : step.stop] = decide(step.locus)
                active[step.start : step.stop] = [True] * (step.stop - step.start)
        return self._genome(values, active)


def _misfit(rule: str, packed: Sequence[float]) -> SpaceError:
    return SpaceError(complaint("packed genome", rule, packed, "was it made for another space?"))


def _beyond(loci: Sequence[Locus]) -> list[int]:
    """Return for each locus the index of the first one behind it that may count although it does not.

    Loci with the same condition stand together, and whatever hangs on a locus follows it at once.
    """
    beyond = [0] * len(loci)
    for index in reversed(range(len(loci))):
        condition, after = loci[index].place.condition, _behind(loci, beyond, index + 1, loci[index], 0)
        alike = after < len(loci) and condition.parent >= 0 and loci[after].place.condition == condition
        beyond[index] = beyond[after] if alike else after
    return beyond


def _behind(loci: Sequence[Locus], beyond: Sequence[int], after: int, locus: Locus, reach: int) -> int:
    """Return the index of the first locus, from ``after`` on, neither hanging on ``locus`` nor in reach."""
    own = range(locus.start, locus.stop)
    while after < len(loci) and (loci[after].place.condition.parent in own or loci[after].start < reach):
        after = beyond[after]
    return after
