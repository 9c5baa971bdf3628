"""Random declarations of spaces, for properties that hold for every one of them."""

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from evonas.errors import SpaceError
from evonas.space.decisions import Choice, Int, Real, Repeat
from evonas.space.genome import applies
from evonas.space.space import Space

names = st.sampled_from(["a", "b", "c", "kernel", "x y", "größe"])
plain = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["max", "average", ""]),
)


@st.composite
def ints(draw, width=20):
    low, log = draw(st.integers(1, 10)), draw(st.booleans())
    return Int(low if log else low - 8, low + draw(st.integers(1, width)), log=log)


@st.composite
def reals(draw):
    low, log = draw(st.floats(1e-6, 1e6)), draw(st.booleans())
    return Real(low if log else -low, low * 2, log=log)


@st.composite
def choices(draw, options):
    """A Choice that keeps, of random options, each one that overlaps with none before it."""
    kept = []
    for option in draw(st.lists(options, min_size=1, max_size=4)):
        try:
            Choice([*kept, option])
        except SpaceError:
            continue
        kept.append(option)
    return Choice(kept)


def repeats(item):
    counts = st.tuples(st.integers(0, 2), st.integers(1, 3)).filter(lambda counts: counts[0] <= counts[1])
    return st.builds(lambda item, counts: Repeat(item, *counts), item, counts)


def compound(parts: SearchStrategy) -> SearchStrategy:
    records = st.dictionaries(names, parts, max_size=3)
    return st.one_of(
        records,
        st.lists(parts, max_size=3),
        st.lists(parts, max_size=2).map(tuple),
        choices(parts),
        st.dictionaries(names, st.one_of(st.none(), records, records.map(Space)), min_size=1).map(Choice),
        repeats(parts),
        parts.map(Space),
    )


def trees(*, with_reals: bool = True) -> SearchStrategy:
    """Random declarations, a few dozen genes at most as a rule."""
    leaves = [plain, ints(20 if with_reals else 2), choices(plain)]
    return st.recursive(st.one_of(*leaves, *([reals()] if with_reals else [])), compound, max_leaves=8)


def every_genome(space: Space, values: tuple[float, ...] = (), active: tuple[bool, ...] = ()):
    """Yield all genomes of a space without reals, by walking its genes."""
    if len(values) == space.n_genes:
        yield space.genome(values)
        return
    gene = space.genes[len(values)]
    reached = applies(gene, values, active)
    for value in range(int(gene.low), int(gene.high) + 1) if reached else [0]:
        yield from every_genome(space, (*values, float(value)), (*active, reached))
