"""Everybody can reach everybody, nobody sends to itself, and equal seeds give equal graphs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evonas.errors import SearchError
from evonas.manage.topology import FORMULAS, GRAPHS, NAMES, checked_topology, neighbours

SIZES = [*range(1, 18), 31, 32, 64, 70]
SYMMETRIC = [name for name in NAMES if name != "ring"]


def reached(graph, start=0):
    seen, waiting = {start}, [start]
    while waiting:
        fresh = set(graph[waiting.pop()]) - seen
        seen |= fresh
        waiting += fresh
    return seen


def backwards(graph):
    return [[one for one, targets in enumerate(graph) if other in targets] for other in range(len(graph))]


@pytest.mark.parametrize("name", NAMES)
def test_every_named_topology_is_strongly_connected(name):
    for n in range(1, 71):
        graph = neighbours(name, n, seed=n)
        assert len(reached(graph)) == len(reached(backwards(graph))) == n, n


@pytest.mark.parametrize("name", NAMES)
def test_neighbours_are_others_each_once_in_order(name):
    for n in SIZES:
        graph = neighbours(name, n, seed=7)
        assert len(graph) == n
        for island, targets in enumerate(graph):
            assert list(targets) == sorted(set(targets) - {island})
            assert all(type(target) is int and 0 <= target < n for target in targets)


@pytest.mark.parametrize("name", SYMMETRIC)
def test_all_but_the_ring_send_both_ways(name):
    for n in SIZES:
        graph = neighbours(name, n, seed=3)
        assert [list(targets) for targets in graph] == backwards(graph)


@pytest.mark.parametrize("name", NAMES)
def test_one_island_has_no_neighbours_and_two_have_each_other(name):
    assert neighbours(name, 1, 0) == ((),)
    assert neighbours(name, 2, 0) == ((1,), (0,))


def test_a_ring_sends_to_the_next():
    assert neighbours("ring", 4, 0) == ((1,), (2,), (3,), (0,))


def test_a_torus_is_a_square_grid_that_wraps_around():
    graph = neighbours("torus", 9, 0)
    assert graph[0] == (1, 2, 3, 6)  # right, left round the edge, down, up round the edge
    assert graph[4] == (1, 3, 5, 7)


@pytest.mark.parametrize("n", [9, 12, 16, 20, 32, 64, 70, 128])
def test_on_a_full_torus_all_have_four_neighbours(n):
    assert {len(targets) for targets in neighbours("torus", n, 0)} == {4}


def test_a_torus_of_a_prime_number_ends_with_a_short_row():
    # 0 1 2
    # 3 4 5
    # 6
    graph = neighbours("torus", 7, 0)
    assert graph[6] == (0, 3)
    assert graph[0] == (1, 2, 3, 6)
    assert graph[2] == (0, 1, 5)


def test_a_hypercube_flips_one_bit():
    graph = neighbours("hypercube", 16, 0)
    assert graph[0b0101] == (0b0001, 0b0100, 0b0111, 0b1101)
    assert neighbours("hypercube", 6, 0)[5] == (1, 4)  # 7 is missing


def test_complete_and_star():
    assert neighbours("complete", 4, 0)[2] == (0, 1, 3)
    assert neighbours("star", 4, 0) == ((1, 2, 3), (0,), (0,), (0,))


@pytest.mark.parametrize("n", [6, 10, 50, 7, 11, 51])
@pytest.mark.parametrize("seed", range(5))
def test_in_a_random_regular_graph_all_have_three_neighbours_or_four_if_they_are_odd(n, seed):
    assert {len(targets) for targets in neighbours("random regular", n, seed)} == {4 if n % 2 else 3}


def test_all_random_regular_graphs_on_six_islands_are_equally_likely():
    drawn = [neighbours("random regular", 6, seed) for seed in range(1400)]
    counts = [drawn.count(graph) for graph in set(drawn)]
    assert len(counts) == 70  # labelled cubic graphs on 6 nodes, OEIS A002829
    assert max(counts) < 20 + 5 * np.sqrt(20)  # 20 each are expected


def test_a_small_world_is_a_ring_of_four_neighbours_with_a_tenth_of_its_links_elsewhere():
    n = 400
    graph = neighbours("small world", n, seed=1)
    links = {(one, other) for one, targets in enumerate(graph) for other in targets if one < other}
    assert len(links) == 2 * n
    near = sum(min(other - one, n - other + one) <= 2 for one, other in links)
    assert 0.87 < near / len(links) < 0.93


@pytest.mark.parametrize("name", GRAPHS)
def test_a_random_graph_depends_on_the_seed_and_on_nothing_else(name):
    assert neighbours(name, 24, 5) == neighbours(name, 24, 5)
    assert len({neighbours(name, 24, seed) for seed in range(20)}) == 20


@pytest.mark.parametrize("name", FORMULAS)
def test_the_others_do_not_depend_on_it(name):
    assert neighbours(name, 24, 5) == neighbours(name, 24, 6)


@pytest.mark.parametrize("name", sorted({*NAMES} - {"complete"}))
def test_ten_thousand_islands_are_no_trouble(name):
    assert len(neighbours(name, 10_000, 0)) == 10_000


@pytest.mark.parametrize(
    "listed",
    [[[1, 2], [0], [1, 0, 1]], {2: [1, 0], 0: {2, 1}, 1: np.array([0])}, (range(1, 3), (0,), [0, 1])],
)
def test_users_list_neighbours_in_their_own_way(listed):
    assert neighbours(listed, 3, 0) == checked_topology(listed) == ((1, 2), (0,), (0, 1))


def test_a_function_may_make_the_list():
    assert neighbours(lambda n: [[(one + 2) % n] for one in range(n)], 3, 0) == ((2,), (0,), (1,))


def everyone_but_the_last(n):
    return [[0] for _ in range(n - 1)]


@pytest.mark.parametrize(
    "topology, message",
    [
        ("rnig", r"topology: expected one of ring, torus, .*small world, got 'rnig'; name one of them"),
        (5, r"topology: expected a name \(ring, .*got 5; for two islands write \[\[1\], \[0\]\]"),
        (b"ring", "expected a name"),
        ([[1], [0], [0]], r"expected the neighbours of islands 0..1, got .*give as many islands"),
        ({0: [1], 2: [0]}, r"expected the neighbours of islands 0..1, got \{0: \[1\], 2: \[0\]\}"),
        (everyone_but_the_last, r"expected the neighbours of islands 0..1, got \[\[0\]\]"),
        ([[1], [1]], r"topology: island 1: expected other islands of 0..1, got 1; list the numbers"),
        ([[2], [0]], r"topology: island 0: expected other islands of 0..1, got 2"),
        ([[-1], [0]], "got -1"),
        ([[1], 0], r"topology: island 1: .* got 0"),
        ([["1"], [0]], r"topology: island 0: .* got \['1'\]"),
        ([[1], "0"], r"topology: island 1: .* got '0'"),
        ([[1.0], [0]], r"topology: island 0: .* got \[1.0\]"),
    ],
)
def test_what_is_no_topology_of_two_islands_is_refused(topology, message):
    with pytest.raises(SearchError, match=message):
        neighbours(topology, 2, 0)


@pytest.mark.parametrize("topology", ["rnig", None, 5, [], {}, [[0]], [[1]], {1: [0]}, [[1], [2]]])
def test_what_fits_no_number_of_islands_is_refused_at_once(topology):
    with pytest.raises(SearchError, match="topology"):
        checked_topology(topology)


@pytest.mark.parametrize("n", [0, -1, 2.0])
@pytest.mark.parametrize("name", NAMES)
def test_there_must_be_an_island(name, n):
    with pytest.raises(SearchError, match="islands: expected a whole number, 1 or more"):
        neighbours(name, n, 0)


@given(st.integers(1, 9), st.data())
def test_any_list_of_others_is_accepted(n, data):
    rows = [
        data.draw(st.lists(st.sampled_from([*range(n)]).filter(lambda other, one=one: other != one)))
        if n > 1
        else []
        for one in range(n)
    ]
    assert neighbours(rows, n, 0) == tuple(tuple(sorted({*row})) for row in rows)
