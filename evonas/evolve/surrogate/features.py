"""What a surrogate knows of an architecture: the features of its space, and what the tree adds to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from evonas.evolve.strategy import Scored
from evonas.evolve.surrogate.gaussian_process import Array
from evonas.evolve.surrogate.scores import PredictedScores
from evonas.space.decisions.permutation import OrderLocus
from evonas.space.genome import Genome
from evonas.space.node import Node
from evonas.space.space import Space
from evonas.space.tree import Record, Row, Subtree

Columns: TypeAlias = NDArray[np.intp]
MOST_ORDERED = 512
"""If permutations have more pairs of options, they are not described by places and neighbours."""
EMPHASIS = 4.0
"""What means and scores are multiplied by: a change of one part of n would hardly be seen in them."""


@final
class Features:
    """Describes genomes by ``space.features``, and by what a model would learn from these too slowly.

    - The means over parts that are declared alike: how often each operation is chosen in all layers.
    - Which option stands at which place of a permutation, and which stand side by side.
    - What cheap scores are expected to be, if those of some architectures are known.

    Features come in groups, which matter or do not matter together: a group for each part of the tree, and
    one for each kind of what is added, or each score.

    Args:
        space: Whose genomes are described.
        scored: Architectures with cheap scores, if there are any.

    Attributes:
        groups: The group of each feature, ``(n_features,)``.
    """

    def __init__(self, space: Space, scored: Scored | None = None) -> None:
        self._space = space
        self._scores: PredictedScores | None = None
        parts = list(_parts(space))
        widths = [part.n_features for part in parts]
        starts = np.cumsum([0, *widths])
        alike: dict[str, list[int]] = {}
        for place, part in enumerate(parts):
            if part.n_features:
                alike.setdefault(part.source(), []).append(place)
        several = [places for places in alike.values() if len(places) > 1]
        self._alike: list[Columns] = [
            starts[places][:, None] + np.arange(widths[places[0]]) for places in several
        ]
        orders = [locus for locus in space.loci if isinstance(locus, OrderLocus)]
        self._orders = orders if sum(locus.count**2 for locus in orders) <= MOST_ORDERED else []
        added = [columns.shape[1] for columns in self._alike]
        for locus in self._orders:
            added += [locus.count**2, locus.count * (locus.count - 1) // 2]
        if scored is not None:
            self._scores = PredictedScores(self(scored.genomes), scored.ranks)
            added += [1] * scored.ranks.shape[1]
        self.groups = np.repeat(np.arange(len(widths) + len(added)), [*widths, *added])
        self.n_features = len(self.groups)

    def __call__(self, genomes: Sequence[Genome]) -> Array:
        """Return ``(n, n_features)``."""
        own = self._space.features(genomes)
        added = [EMPHASIS * own[:, columns].mean(axis=1) for columns in self._alike]
        for locus in self._orders:
            added += _ordered(genomes, locus)
        rows = np.concatenate([own, *added], axis=1)
        return rows if self._scores is None else np.hstack([rows, EMPHASIS * self._scores(rows)])


def _parts(node: Node) -> Iterator[Node]:
    """Yield what the dicts and lists of a tree consist of, in the order of its features."""
    match node:
        case Subtree():
            yield from _parts(node.tree)
        case Record():
            for part in node.fields.values():
                yield from _parts(part)
        case Row():
            for part in node.items:
                yield from _parts(part)
        case _:
            yield node


def _ordered(genomes: Sequence[Genome], locus: OrderLocus) -> tuple[Array, Array]:
    """Return places and neighbours of options: ``(n, count ** 2)``, ``(n, count * (count - 1) / 2)``."""
    n, count = len(genomes), locus.count
    active = np.array([genome.flags[locus.start] for genome in genomes], dtype=np.bool_)
    order = np.array([genome.numbers[locus.genes] for genome in genomes], dtype=np.intp).reshape(n, count)
    rows = np.arange(n)[:, None]
    places, neighbours = np.zeros((2, n, count, count))
    places[rows, order, np.arange(count)] = 0.5
    neighbours[rows, order[:, :-1], order[:, 1:]] = 0.5
    neighbours += neighbours.transpose(0, 2, 1)
    upper = np.triu_indices(count, 1)
    shown = active[:, None]
    return places.reshape(n, count**2) * shown, neighbours[:, upper[0], upper[1]] * shown
