"""Who sends to whom: named topologies, a user's list of neighbours, or a function that makes one."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isqrt
from typing import TypeAlias

import numpy as np

from evonas.errors import SearchError, complaint
from evonas.evolve.strategy import whole

Adjacency: TypeAlias = Sequence[Iterable[int]] | Mapping[int, Iterable[int]]
Topology: TypeAlias = str | Adjacency | Callable[[int], Adjacency]
Neighbours: TypeAlias = tuple[tuple[int, ...], ...]


def neighbours(topology: Topology, n_islands: int, seed: int) -> Neighbours:
    """Return for each island the islands that it sends to, in ascending order.

    Every named topology is strongly connected: what one island finds can reach all.

    Args:
        topology: A name; or for each island those that it sends to; or a function that returns that for a
            number of islands.
        n_islands: How many islands there are.
        seed: Root of the randomness of ``"random regular"`` and ``"small world"``.

    Raises:
        SearchError: There is no such topology, or it does not fit this number of islands.
    """
    whole("islands", n_islands, 1)
    if isinstance(topology, str):
        return _named(topology, n_islands, seed)
    made = topology(n_islands) if callable(topology) else topology
    return checked_adjacency(made, n_islands)


def checked_topology(topology: object) -> Topology:
    """Return ``topology`` if some number of islands may have it; what is listed comes back as tuples.

    Raises:
        SearchError: It is no name of ours, or is listed wrongly.
    """
    if isinstance(topology, str):
        if topology not in NAMES:
            raise SearchError(
                complaint("topology", f"one of {', '.join(NAMES)}", topology, "name one of them")
            )
        return topology
    if callable(topology):
        return topology
    n_islands = len(topology) if isinstance(topology, Sequence | Mapping) else 0
    return checked_adjacency(topology, n_islands)


def checked_adjacency(adjacency: object, n_islands: int) -> Neighbours:
    """Return a user's list or dict of neighbours as sorted tuples, each neighbour once.

    Raises:
        SearchError: An island is missing, or sends to itself or to an island that does not exist.
    """
    if not isinstance(adjacency, Sequence | Mapping) or isinstance(adjacency, str | bytes):
        rule = f"a name ({', '.join(NAMES)}), a list of lists of islands, or a function that returns one"
        raise SearchError(complaint("topology", rule, adjacency, "for two islands write [[1], [0]]"))
    listed = adjacency if isinstance(adjacency, Mapping) else dict(enumerate(adjacency))
    if not listed or set(listed) != set(range(n_islands)):
        rule = f"the neighbours of islands 0..{n_islands - 1}" if n_islands else "an island or more"
        remedy = "list for each island those that it sends to, and give as many islands"
        raise SearchError(complaint("topology", rule, adjacency, remedy))
    return tuple(_checked_row(listed[island], island, n_islands) for island in range(n_islands))


def _checked_row(row: object, island: int, n_islands: int) -> tuple[int, ...]:
    rule = f"other islands of 0..{n_islands - 1}"
    remedy = "list the numbers of the islands that it sends to"
    try:
        if isinstance(row, str | bytes):
            raise TypeError
        targets = {operator.index(target) for target in row}  # type: ignore[attr-defined]
    except TypeError:
        raise SearchError(complaint(f"topology: island {island}", rule, row, remedy)) from None
    for target in targets:
        if target == island or not 0 <= target < n_islands:
            raise SearchError(complaint(f"topology: island {island}", rule, target, remedy))
    return tuple(sorted(targets))


def _named(topology: str, n_islands: int, seed: int) -> Neighbours:
    checked_topology(topology)
    if topology in FORMULAS:
        formula = FORMULAS[topology]
        return tuple(_row(formula(island, n_islands), island) for island in range(n_islands))
    # No island's and no candidate's stream has a spawn key of one number: this one is nobody else's.
    stream = np.random.SeedSequence(seed, spawn_key=(n_islands,))
    rng = np.random.Generator(np.random.PCG64(stream))
    while True:  # almost every draw is connected
        links = GRAPHS[topology](n_islands, rng)
        if _connected(links):
            return tuple(_row(targets, island) for island, targets in enumerate(links))


def _row(targets: Iterable[int], island: int) -> tuple[int, ...]:
    return tuple(sorted(set(targets) - {island}))


def _connected(links: Sequence[set[int]]) -> bool:
    """Return whether links in both directions join all islands."""
    reached, waiting = {0}, [0]
    while waiting:
        fresh = links[waiting.pop()] - reached
        reached |= fresh
        waiting += fresh
    return len(reached) == len(links)


def _ring(island: int, n: int) -> Iterable[int]:
    """One direction: the slowest to spread a genome, and the cheapest."""
    return [(island + 1) % n]


def _torus(island: int, n: int) -> Iterable[int]:
    """A grid, as square as ``n`` allows, whose rows and columns are rings: four neighbours.

    Where no width near the square root divides ``n``, the last row is short; some then have fewer neighbours.
    """
    side = isqrt(n - 1) + 1 if n > 1 else 1
    width = next((width for width in range(side, 2 * side) if n % width == 0), side)
    row, column = divmod(island, width)
    cells = min(width, n - row * width)
    rows = len(range(column, n, width))
    across = [row * width + (column + step) % cells for step in (-1, 1)]
    return across + [(row + step) % rows * width + column for step in (-1, 1)]


def _hypercube(island: int, n: int) -> Iterable[int]:
    """One bit flipped; an incomplete cube stays connected, as clearing bits leads every island to 0."""
    return [other for bit in range(n.bit_length()) if (other := island ^ 1 << bit) < n]


def _complete(island: int, n: int) -> Iterable[int]:
    return range(n)


def _star(island: int, n: int) -> Iterable[int]:
    return [0] if island else range(n)


def _random_regular(n: int, rng: np.random.Generator) -> list[set[int]]:
    """Draw a graph in which all have 3 neighbours, or 4 if ``n`` is odd: the configuration model.

    Link ends are paired at random until no link is a loop or comes twice (Bollobas 1980): all such graphs are
    equally likely.
    """
    degree = min(4 if n % 2 else 3, n - 1)
    ends = np.repeat(np.arange(n), degree)
    while True:
        pairs = np.sort(rng.permutation(ends).reshape(-1, 2), axis=1)
        loops = pairs[:, 0] == pairs[:, 1]
        if not loops.any() and len(np.unique(pairs @ [n, 1])) == len(pairs):
            break
    links: list[set[int]] = [set() for _ in range(n)]
    for one, other in pairs.tolist():
        links[one].add(other)
        links[other].add(one)
    return links


def _small_world(n: int, rng: np.random.Generator, rewired: float = 0.1) -> list[set[int]]:
    """Draw a ring of 4 neighbours each, a tenth of its links led elsewhere (Watts and Strogatz 1998)."""
    links: list[set[int]] = [
        {(island + step) % n for step in (-2, -1, 1, 2)} - {island} for island in range(n)
    ]
    for step in (1, 2):
        for island in range(n):
            old = (island + step) % n
            # On few islands a link may be gone by now, or an island have links to all others.
            if old not in links[island] or len(links[island]) == n - 1 or rng.random() >= rewired:
                continue
            new = int(rng.integers(n))
            while new == island or new in links[island]:
                new = int(rng.integers(n))
            links[island].remove(old)
            links[old].remove(island)
            links[island].add(new)
            links[new].add(island)
    return links


FORMULAS: dict[str, Callable[[int, int], Iterable[int]]] = {
    "ring": _ring,
    "torus": _torus,
    "hypercube": _hypercube,
    "complete": _complete,
    "star": _star,
}
GRAPHS: dict[str, Callable[[int, np.random.Generator], list[set[int]]]] = {
    "random regular": _random_regular,
    "small world": _small_world,
}
NAMES = (*FORMULAS, *GRAPHS)
