"""Space: a tree of decisions, its genomes and its architectures."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evonas.errors import InfeasibleError, SpaceError, complaint
from evonas.space.declare import node_of
from evonas.space.fingerprint import fingerprint
from evonas.space.genome import Gene, Genome, grow
from evonas.space.layout import Condition, Guard, Layout
from evonas.space.outline import counted, outline
from evonas.space.tree import Node, Subtree
from evonas.space.where import predicates_of

MOST_GENES = 100_000
MOST_TRIES = 10_000


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, init=False)
class Space(Subtree):
    """What may be built: a named tree of decisions, compiled to a flat genome of fixed length.

    A genome names one architecture and the other way round: ``decode(encode(a)) == a``, and two genomes
    are equal if and only if their architectures are. A space never changes and holds no random state.

    Attributes:
        tree: The tree as nodes.
        where: The predicates that every architecture satisfies.
        genes: What each number of a genome means; parents stand before children.
        fingerprint: 16 hexadecimal characters that change with any change of the tree. With ``where=``
            they describe the predicates' byte code too, so they also depend on Python's minor version.

    Example:
        >>> from evonas.space.decisions import Choice, Int, Repeat
        >>> space = Space(
        ...     {"stem": Choice([8, 16]), "widths": Repeat(Int(1, 4), 1, 3)},
        ...     where=lambda a: a["stem"] * len(a["widths"]) <= 32,
        ... )
        >>> space.n_genes, space.size
        (5, 168)
        >>> genome = space.encode({"stem": 16, "widths": [4, 2]})
        >>> genome.values
        array([1., 2., 4., 2., 0.])
        >>> space.decode(genome)
        {'stem': 16, 'widths': [4, 2]}
        >>> space
        Space with 5 genes, 168 architectures before where=
          stem: Choice([8, 16])
          widths: Repeat(Int(1, 4), 1, 3)
    """

    genes: tuple[Gene, ...]
    fingerprint: str
    _guards: tuple[Guard, ...]

    def __init__(
        self, tree: object, *, where: Callable[[Any], bool] | Sequence[Callable[[Any], bool]] | None = None
    ) -> None:
        """Declare a space, and try its predicates on one architecture.

        Args:
            tree: A decision; a dict, list or tuple of trees; another space, whose ``where=`` then applies
                to its part whenever that part is reached; or a plain constant.
            where: A predicate over the architecture, or several. They must be pure: the same architecture,
                the same answer.

        Raises:
            SpaceError: If the tree holds something else or more than 100,000 genes, or if a predicate
                raises or answers neither true nor false.
            InfeasibleError: If no architecture that satisfies ``where=`` was found.
        """
        object.__setattr__(self, "tree", node_of(tree, "Space", ""))
        object.__setattr__(self, "where", predicates_of(where))
        _check_count(self.tree)
        layout = Layout()
        self.lay(layout, "", Condition())
        object.__setattr__(self, "genes", tuple(layout.genes))
        object.__setattr__(self, "fingerprint", fingerprint(self.tree.source(), layout.guards))
        object.__setattr__(self, "_guards", tuple(layout.guards))
        if layout.guards:
            self.sample(np.random.default_rng(0))  # a predicate that fails should fail here

    @property
    def n_genes(self) -> int:
        """How many genes a genome has."""
        return len(self.genes)

    def genome(self, values: ArrayLike) -> Genome:
        """Return the genome with these values; those of inactive genes do not matter.

        Args:
            values: ``(n_genes,)`` numbers.

        Raises:
            SpaceError: If their number is wrong, or an active one is out of bounds or not an integer
                where one is needed.
        """
        given = self._row(values).tolist()
        return grow(self.genes, lambda index, gene: gene.checked(given[index]))

    def unpack(self, packed: ArrayLike) -> Genome:
        """Return the genome whose ``packed`` values these are.

        Args:
            packed: ``(n_active,)`` numbers, the values of the active genes in order.

        Raises:
            SpaceError: If there are too few or too many, or one is not allowed.
        """
        given = np.asarray(packed, dtype=np.float64).ravel().tolist()
        rest = iter(given)

        def following(_: int, gene: Gene) -> float:
            for value in rest:
                return gene.checked(value)
            rule = f"a value for gene '{gene.path}' too"
            raise SpaceError(complaint("packed genome", rule, given, "was it made for another space?"))

        genome = grow(self.genes, following)
        if len(given) > genome.packed.size:
            rule = f"{genome.packed.size} values"
            raise SpaceError(complaint("packed genome", rule, given, "was it made for another space?"))
        return genome

    def fill(self, values: ArrayLike, known: ArrayLike, rng: np.random.Generator) -> Genome:
        """Complete a partial genome; ``where=`` is not looked at.

        Genes are walked in order. Of those that turn out active, known ones get the allowed value nearest
        to the one given, the others a random one. Mutation and crossover are made of this.

        Args:
            values: ``(n_genes,)`` numbers.
            known: ``(n_genes,)`` bools: which of ``values`` to keep.
            rng: Where random values come from; it is drawn from ``n_genes`` times, whatever is known.

        Raises:
            SpaceError: If a length is wrong, or a known active value is not a number.
        """
        given = self._row(values).tolist()
        kept = self._row(known).tolist()
        fractions = rng.random(len(self.genes)).tolist()
        return grow(
            self.genes,
            lambda index, gene: (
                gene.nearest(given[index]) if kept[index] else gene.quantile(fractions[index])
            ),
        )

    def sample(self, rng: np.random.Generator) -> Genome:
        """Return a random genome that satisfies ``where=``.

        Every decision is independent: options and lengths are equally likely, numbers (log-)uniform. What
        ``where=`` refuses is drawn again; a nested space that refuses is drawn again alone.

        Args:
            rng: Where random values come from.

        Raises:
            InfeasibleError: If 10,000 tries were all refused; names the predicate that refused most.
            SpaceError: If a predicate raises, or answers neither true nor false.
        """
        known = np.zeros(len(self.genes), dtype=np.bool_)
        genome = self.fill(np.zeros(len(self.genes)), known, rng)
        refusals: Counter[tuple[Guard, int]] = Counter()
        for _ in range(MOST_TRIES):
            refusal = self._refusal(genome)
            if refusal is None:
                return genome
            refusals[refusal] += 1
            guard, _ = refusal
            known[:] = True  # keep the rest: many nested spaces would hardly ever agree all at once
            known[guard.start : guard.stop] = False
            genome = self.fill(genome.values, known, rng)
        (guard, position), count = refusals.most_common(1)[0]
        name = guard.name(position)
        remedy = f"{name} refused {count} of them: loosen it, or build its condition into the tree"
        rule = f"an architecture that satisfies where= within {MOST_TRIES} tries"
        raise InfeasibleError(complaint("Space", rule, 0, remedy))

    def feasible(self, genome: Genome) -> bool:
        """Return whether the architecture satisfies every ``where=`` that applies to it.

        Raises:
            SpaceError: If a predicate raises, or answers neither true nor false.
        """
        return self._refusal(genome) is None

    def violated(self, genome: Genome) -> str | None:
        """Return the name of the first predicate that refuses the architecture; None if it is feasible.

        Raises:
            SpaceError: If a predicate raises, or answers neither true nor false.
        """
        refusal = self._refusal(genome)
        return None if refusal is None else refusal[0].name(refusal[1])

    def _refusal(self, genome: Genome) -> tuple[Guard, int] | None:
        self._row(genome.values)
        for guard in self._guards:
            position = guard.refusing(genome)
            if position is not None:
                return guard, position
        return None

    def encode(self, architecture: object) -> Genome:
        """Return the genome of an architecture.

        Args:
            architecture: What ``decode`` returns; lists and tuples stand for each other, numpy scalars for
                Python ones, and whole numbers for real ones.

        Raises:
            SpaceError: If it does not belong to the space; names the path and what is possible there.
        """
        genome = self.unpack(list(self.tree.write(architecture, "")))
        name = self.violated(genome)
        if name is not None:
            rule = f"one that satisfies {name}"
            raise SpaceError(complaint("architecture", rule, architecture, "change the one or the other"))
        return genome

    def decode(self, genome: Genome) -> Any:
        """Return a genome's architecture: fresh dicts, lists and plain Python values.

        Raises:
            SpaceError: If the genome was made for another space.
        """
        self._row(genome.values)
        packed = iter(genome.packed.tolist())
        with suppress(StopIteration, IndexError):
            architecture = self.tree.read(packed)
            if next(packed, None) is None:
                return architecture
        raise SpaceError(complaint("genome", "one of this space", genome, "decode it with its own space"))

    def _row(self, numbers: ArrayLike) -> NDArray[Any]:
        row = np.asarray(numbers)
        if row.shape != (len(self.genes),):
            rule = f"an array of shape ({len(self.genes)},), one value a gene"
            raise SpaceError(complaint("genome", rule, row.shape, "was it made for another space?"))
        return row

    def __repr__(self) -> str:
        """Return the tree as indented text, below the counts."""
        before = " before where=" if self._guards else ""
        genes = "1 gene" if len(self.genes) == 1 else f"{len(self.genes)} genes"
        head = f"Space with {genes}, {counted(self.size)}{before}"
        return "\n".join([head, *outline(self.tree)])


def _check_count(tree: Node) -> None:
    """Refuse trees that are too large, before laying them out takes all memory."""
    if tree.n_genes > MOST_GENES:
        largest = max(tree.parts(), key=lambda part: part[1].n_genes, default=("", tree))[0]
        remedy = f"make '{largest}' smaller" if largest else "lower the maximum of a Repeat"
        raise SpaceError(complaint("Space", f"at most {MOST_GENES:,} genes", tree.n_genes, remedy))
