"""Space: a tree of decisions, its genomes and its architectures."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evonas.errors import InfeasibleError, SpaceError, complaint
from evonas.space.declare import node_of
from evonas.space.fingerprint import fingerprint
from evonas.space.genome import Draft, Genome
from evonas.space.growth import Growth
from evonas.space.layout import Guard, Layout
from evonas.space.locus import Condition, Gene, Locus
from evonas.space.node import MisfitError, Node
from evonas.space.outline import counted, outline
from evonas.space.tree import Subtree
from evonas.space.where import predicates_of

MOST_GENES = 100_000
MOST_TRIES = 10_000


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, init=False)
class Space(Subtree):
    """What may be built: a named tree of decisions, compiled to a flat genome of fixed length.

    A genome stands for one architecture: ``decode(encode(a)) == a``. Two genomes are equal, and share one
    key, exactly if their architectures are equivalent: if they are equal, differ only in how the nodes of
    a ``Cell`` are numbered, or have the same ``canonical=`` form. A space never changes and holds no random
    state.

    Attributes:
        tree: The tree as nodes.
        where: The predicates that every architecture satisfies.
        canonical: The function that gives an architecture's canonical form, if there is one.
        loci: The decisions, each with its genes; parents stand before children.
        fingerprint: 16 hexadecimal characters that change with any change of the tree. With ``where=``
            they describe the predicates' byte code too, so they also depend on Python's minor version.

    Example:
        >>> from evonas.space.decisions.choice import Choice
        >>> from evonas.space.decisions.numbers import Int
        >>> from evonas.space.decisions.repeat import Repeat
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

    loci: tuple[Locus, ...]
    fingerprint: str
    n_genes: int
    _growth: Growth
    _guards: tuple[Guard, ...]
    _merged: bool  # whether a canonical= applies somewhere

    def __init__(
        self,
        tree: object,
        *,
        where: Callable[[Any], bool] | Sequence[Callable[[Any], bool]] | None = None,
        canonical: Callable[[Any], object] | None = None,
    ) -> None:
        """Declare a space, and try its predicates on one architecture.

        Args:
            tree: A decision; a dict, list or tuple of trees; another space, whose ``where=`` then applies
                to its part whenever that part is reached; or a plain constant.
            where: A predicate over the architecture, or several. They must be pure: the same architecture,
                the same answer.
            canonical: Returns a string, a number or a list of them that is equal exactly for architectures
                that are to count as one, for instance because they compute the same. Only the first of
                them is evaluated.

        Raises:
            SpaceError: If the tree holds something else or more than 100,000 genes, if a predicate raises
                or answers neither true nor false, or if ``canonical`` cannot be called.
            InfeasibleError: If no architecture that satisfies ``where=`` was found.
        """
        object.__setattr__(self, "tree", node_of(tree, "Space", ""))
        object.__setattr__(self, "where", predicates_of(where))
        if canonical is not None and not callable(canonical):
            remedy = "for example lambda a: sorted(a['branches'])"
            raise SpaceError(
                complaint("Space: canonical=", "a function of the architecture", canonical, remedy)
            )
        object.__setattr__(self, "canonical", canonical)
        _check_count(self.tree)
        layout = Layout()
        self.lay(layout, "", Condition())
        object.__setattr__(self, "loci", tuple(layout.loci))
        object.__setattr__(self, "fingerprint", fingerprint(self.tree.source(), layout))
        object.__setattr__(self, "n_genes", layout.n_genes)
        object.__setattr__(self, "_growth", Growth(layout, self._identity if layout.merges else None))
        object.__setattr__(self, "_guards", tuple(layout.guards))
        object.__setattr__(self, "_merged", bool(layout.canonicals))
        if layout.guards or layout.merges:
            self.sample(np.random.default_rng(0)).key  # noqa: B018 - a function that fails should fail here

    def __reduce__(self) -> tuple[object, ...]:
        """Travel as what it was declared with."""
        return partial(Space, where=self.where or None, canonical=self.canonical), (self.tree,)

    def __deepcopy__(self, memo: dict[int, Any]) -> "Space":
        """Return the space itself, which never changes: a copied strategy searches the same one."""
        return self

    def _identity(self, genome: Genome) -> str:
        return repr(self.identity(self.decode(genome)))

    @property
    def is_box(self) -> bool:
        """Whether it is nothing but real numbers that always count; ``where=`` may refuse some."""
        return not self._merged and all(
            isinstance(locus, Gene) and locus.kind == "real" and locus.place.condition.parent < 0
            for locus in self.loci
        )

    @property
    def told_size(self) -> str:
        """The number of architectures as a phrase; an upper bound where the cells are too many to compare."""
        exact = all(locus.countable for locus in self.loci)
        return counted(self.size) if exact else f"at most {counted(self.size)}"

    def genome(self, values: ArrayLike) -> Genome:
        """Return the genome with these values; those of inactive genes do not matter.

        Args:
            values: ``(n_genes,)`` numbers.

        Raises:
            SpaceError: If their number is wrong, or an active one is out of bounds or not an integer
                where one is needed.
        """
        given = self._row(values).tolist()
        return self._growth.decided(lambda locus: locus.checked(given[locus.genes]))

    def unpack(self, packed: ArrayLike) -> Genome:
        """Return the genome whose ``packed`` values these are.

        Args:
            packed: ``(n_active,)`` numbers, the values of the active genes in order.

        Raises:
            SpaceError: If there are too few or too many, or one is not allowed.
        """
        return self._growth.placed(np.asarray(packed, dtype=np.float64).ravel().tolist())

    def fill(self, draft: Draft, rng: np.random.Generator) -> Genome:
        """Complete a genome of which some genes are known; ``where=`` is not looked at.

        Loci are walked in order. Those that turn out active keep the values that are known and get random
        ones elsewhere. Crossover is made of this.

        Args:
            draft: ``n_genes`` numbers, allowed ones where they are known; it is used up.
            rng: Where random values come from.
        """
        return self._growth.completed(draft, rng)

    def nearest(self, values: ArrayLike) -> Genome:
        """Return the genome nearest to any numbers; ``where=`` is not looked at.

        Args:
            values: ``(n_genes,)`` numbers, which are clipped, rounded and mended as their loci need it.

        Raises:
            SpaceError: If their number is wrong, or an active one is not a number.
        """
        given = self._row(values).tolist()
        return self._growth.decided(lambda locus: locus.nearest(given[locus.genes]))

    def made(self, genome: Genome) -> Sequence[Locus]:
        """Return the loci that count in ``genome``: the decisions that it has made."""
        return self._growth.made(genome)

    def weighted(self, genome: Genome) -> Sequence[Locus]:
        """Return ``made``, where each locus stands as often as there are elementary decisions in it."""
        return self._growth.weighted(genome)

    def varied(self, genome: Genome, locus: Locus, rng: np.random.Generator) -> Genome:
        """Return a copy of a genome with one of its ``made`` decisions changed by a small step.

        What wakes up by the change is sampled; ``where=`` is not looked at.
        """
        return self._growth.varied(genome, locus, rng)

    def draw(self, rng: np.random.Generator) -> list[float]:
        """Return a random value for each gene, whether or not it would be active."""
        fractions = rng.random(self._growth.n_draws).tolist()
        return [value for locus in self.loci for value in locus.drawn(fractions[locus.draws])]

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
        genome = self._growth.random(rng)
        if not self._guards:
            return genome
        refusals: Counter[tuple[Guard, int]] = Counter()
        for _ in range(MOST_TRIES):
            refusal = self._refusal(genome)
            if refusal is None:
                return genome
            refusals[refusal] += 1
            guard, _ = refusal
            draft = genome.draft()  # keep the rest: many nested spaces would hardly ever agree all at once
            draft.forget(slice(guard.start, guard.stop))
            genome = self.fill(draft, rng)
        (guard, position), count = refusals.most_common(1)[0]
        name = guard.name(position)
        remedy = f"{name} refused {count} of them: loosen it, or build its condition into the tree"
        rule = f"an architecture that satisfies where= within {MOST_TRIES} tries"
        raise InfeasibleError(complaint("Space", rule, 0, remedy))

    def samples(self, n: int, rng: np.random.Generator) -> list[Genome]:
        """Return ``n`` random genomes, as ``sample`` would, but quicker together than one by one.

        Args:
            n: How many.
            rng: Where random values come from; without ``where=`` the genomes are those that ``n`` calls of
                ``sample`` would give.

        Raises:
            InfeasibleError: As ``sample`` does.
            SpaceError: As ``sample`` does.
        """
        genomes = self._growth.many(n, rng)
        if not self._guards:
            return genomes
        return [genome if self.feasible(genome) else self.sample(rng) for genome in genomes]

    def feasible(self, genome: Genome) -> bool:
        """Return whether the architecture satisfies every ``where=`` that applies to it.

        Raises:
            SpaceError: If a predicate raises, or answers neither true nor false.
        """
        return not self._guards or self._refusal(genome) is None

    def violated(self, genome: Genome) -> str | None:
        """Return the name of the first predicate that refuses the architecture; None if it is feasible.

        Raises:
            SpaceError: If a predicate raises, or answers neither true nor false.
        """
        refusal = self._refusal(genome)
        return None if refusal is None else refusal[0].name(refusal[1])

    def _refusal(self, genome: Genome) -> tuple[Guard, int] | None:
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
        packed: list[float] = []
        try:
            self.tree.write(architecture, packed)
        except MisfitError as misfit:
            raise misfit.error() from None
        genome = self._growth.placed(packed)
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
        self._check_length(genome)
        packed = iter(genome.answers())
        try:
            architecture = self.tree.read(packed)
            if next(packed, None) is None:
                return architecture
        except (StopIteration, LookupError):
            pass
        raise SpaceError(complaint("genome", "one of this space", genome, "decode it with its own space"))

    def distance(self, one: Genome, other: Genome) -> float:
        """Return how many decisions lie between two architectures; 0.0 exactly if they are equivalent.

        A number counts by how far it moved along its range, at most 1; another option counts 1 and all
        that it decides or that the old one did; lists are aligned first, so that an item more counts once;
        cells are compared by the operations and connections around each node.

        Raises:
            SpaceError: If a genome was made for another space.
        """
        return self.apart(self.decode(one), self.decode(other))

    def features(self, genomes: Iterable[Genome]) -> NDArray[np.float64]:
        """Return genomes as ``(n, n_features)`` float64 for a model, most of it from 0 to 1.

        Numbers are their share of their range; options and members are 0 or 1 each; a list is its length,
        the sum over its items and the items one by one; a cell is what it consists of and what follows
        what. What is not decided in an architecture is 0.

        Raises:
            SpaceError: If a genome was made for another space.
        """
        rows = [self.describe(self.decode(genome)) for genome in genomes]
        return np.array(rows, dtype=np.float64).reshape(len(rows), self.n_features)

    def _check_length(self, genome: Genome) -> None:
        if len(genome) != self.n_genes:
            remedy = "was it made for another space?"
            raise SpaceError(complaint("genome", f"{self.n_genes} genes", len(genome), remedy))

    def _row(self, numbers: ArrayLike) -> NDArray[Any]:
        row = np.asarray(numbers)
        if row.shape != (self.n_genes,):
            rule = f"an array of shape ({self.n_genes},), one value a gene"
            raise SpaceError(complaint("genome", rule, row.shape, "was it made for another space?"))
        return row

    def __repr__(self) -> str:
        """Return the tree as indented text, below the counts."""
        later = ["where="] * bool(self._guards) + ["canonical="] * self._merged
        before = f" before {' and '.join(later)}" if later else ""
        genes = "1 gene" if self.n_genes == 1 else f"{self.n_genes} genes"
        head = f"Space with {genes}, {self.told_size}{before}"
        return "\n".join([head, *outline(self.tree)])


def _check_count(tree: Node) -> None:
    """Refuse trees that are too large, before laying them out takes all memory."""
    if tree.n_genes > MOST_GENES:
        largest = max(tree.parts(), key=lambda part: part[1].n_genes, default=("", tree))[0]
        remedy = f"make '{largest}' smaller" if largest else "lower the maximum of a Repeat"
        raise SpaceError(complaint("Space", f"at most {MOST_GENES:,} genes", tree.n_genes, remedy))
