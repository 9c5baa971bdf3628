"""A space's own canonical form: which architectures count as one."""

import json
import math
import re
from itertools import permutations, product

import numpy as np
import pytest

from evonas import Cell, Choice, Int, RandomSearch, Repeat, Space, Subset
from evonas.errors import SpaceError
from evonas.evolve.objectives import Objectives
from evonas.evolve.records import Outcome
from evonas.evolve.variation import mate, mutate
from evonas.manage.budget import Budget
from evonas.manage.exchange import Exchange
from evonas.manage.ledger import Ledger
from evonas.manage.migration import Migration

BRANCHES = Repeat(Choice(["conv", "pool", "skip"]), 3, 3)
OPERATIONS = ("none", "skip", "conv1x1", "conv3x3", "pool")


def unordered(architecture):
    return sorted(architecture)


def test_architectures_of_one_form_share_a_key_and_others_do_not():
    space = Space(BRANCHES, canonical=unordered)
    keys = {space.encode(list(order)).key for order in permutations(["conv", "pool", "skip"])}
    assert len(keys) == 1
    every = [list(each) for each in product(["conv", "pool", "skip"], repeat=3)]
    assert len({space.encode(each) for each in every}) == 10
    assert len({json.dumps(unordered(each)) for each in every}) == 10
    assert space.size == 27
    assert space.decode(space.encode(["skip", "conv", "pool"])) == ["skip", "conv", "pool"]


def test_without_it_all_are_different():
    assert (
        len({Space(BRANCHES).encode(list(each)) for each in product(["conv", "pool", "skip"], repeat=3)})
        == 27
    )


def test_a_nested_form_merges_its_part_alone():
    space = Space({"stem": Choice([8, 16]), "blocks": Repeat(Space(BRANCHES, canonical=unordered), 1, 2)})
    one, other = ["conv", "conv", "pool"], ["pool", "conv", "conv"]

    def key(stem, *blocks):
        return space.encode({"stem": stem, "blocks": list(blocks)}).key

    assert key(8, one) == key(8, other)
    assert key(8, one, other) == key(8, other, one)
    assert len({key(8, one), key(16, one), key(8, one, one), key(8, ["conv"] * 3)}) == 4


def test_a_form_has_the_last_word_over_the_forms_below_it():
    inner = Space(Cell(Choice(["a", "b"]), 0, 3), canonical=lambda cell: len(cell["operations"]))
    by_size = Space({"cell": inner, "n": Int(0, 9)})
    by_edges = Space({"cell": inner, "n": Int(0, 9)}, canonical=lambda a: len(a["cell"]["edges"]))
    chain = {"operations": ["a", "b"], "edges": [[0, 1], [1, 2], [2, 3]]}
    fork = {"operations": ["b", "b"], "edges": [[0, 1], [0, 2], [1, 3], [2, 3]]}
    assert by_size.encode({"cell": chain, "n": 1}) == by_size.encode({"cell": fork, "n": 1})
    assert by_size.encode({"cell": chain, "n": 1}) != by_size.encode({"cell": chain, "n": 2})
    assert by_edges.encode({"cell": chain, "n": 1}) != by_edges.encode({"cell": fork, "n": 1})
    assert by_edges.encode({"cell": chain, "n": 1}) == by_edges.encode({"cell": chain, "n": 2})


@pytest.mark.parametrize(
    "one, other",
    [
        ("1", 1),
        (1, 1.5),
        ([1, 2], [2, 1]),
        ([[1], 2], [1, [2]]),
        ({"a": 1}, {"a": 2}),
        (True, "true"),
        ("", []),
    ],
)
def test_forms_that_differ_in_type_or_order_are_different(one, other):
    space = Space(Int(0, 1), canonical=lambda number: (one, other)[number])
    assert space.encode(0) != space.encode(1)


@pytest.mark.parametrize("one, other", [((1, 2), [1, 2]), ({"a": 1, "b": 2}, {"b": 2, "a": 1})])
def test_forms_that_json_writes_alike_are_equal(one, other):
    space = Space(Int(0, 1), canonical=lambda number: (one, other)[number])
    assert space.encode(0) == space.encode(1)


def evaluated(space):
    """Return what a search evaluates until it finds nothing new."""
    loss, done = Objectives({"loss": "min"}), []
    alone = Exchange(0, Migration(), [[]], seed=0)
    ledger = Ledger(RandomSearch().on(space, loss, 0), loss, Budget(evaluations=100), alone)
    while not ledger.stopping():
        ledger.advance(1)
        for name, candidate in list(ledger.open.items()):
            done.append(space.decode(candidate.genome))
            ledger.arrive(Outcome(name, {"loss": 0.0}))
    return done


def test_a_search_evaluates_one_architecture_of_each_form():
    assert len(evaluated(Space(Int(1, 12)))) == 12
    done = evaluated(Space(Int(1, 12), canonical=lambda number: number % 5))
    assert len(done) == 5
    assert {number % 5 for number in done} == {*range(5)}


def test_a_search_evaluates_one_of_isomorphic_cells():
    done = evaluated(Space(Cell(Choice(["a", "b"]), 0, 2)))
    assert len(done) == Cell(Choice(["a", "b"]), 0, 2).size


def computed(cell):
    """Return what a cell of NAS-Bench-201 computes; its edges lead to nodes 1, 2, 2, 3, 3 and 3 in turn."""

    def passed(operation, given):
        if operation == "none" or given == "#":
            return "#"
        return given if operation == "skip" else f"({given})@{operation}"

    first = passed(cell[0], "0")
    second = "+".join(sorted([passed(cell[1], "0"), passed(cell[2], first)]))
    return "+".join(sorted([passed(cell[3], "0"), passed(cell[4], first), passed(cell[5], second)]))


def test_the_15625_cells_of_nasbench201_are_6466():
    # Dong and Yang 2020, arXiv:2001.00326, section 2.1: their texts, in which sums keep their zeros.
    space = Space([Choice(OPERATIONS)] * 6, canonical=computed)
    assert space.size == 15_625
    assert len({space.encode(cell).key for cell in product(OPERATIONS, repeat=6)}) == 6_466


def test_mutants_have_another_form_where_there_is_one(rng):
    space = Space([Choice(OPERATIONS)] * 6, canonical=computed)
    nothing = space.encode(["none"] * 6)
    for _ in range(50):
        assert mutate(space, nothing, rng) != nothing
    for _ in range(50):
        assert space.feasible(mate(space, space.sample(rng), nothing, rng))


def test_where_no_other_form_can_be_found_the_search_goes_on(rng):
    space = Space([Int(0, 3)] * 3, canonical=lambda numbers: "all the same")
    genome = space.sample(rng)
    assert mutate(space, genome, rng) == genome


def forgotten(architecture):
    unordered(architecture)


@pytest.mark.parametrize(
    "form, said",
    [
        (3, "Space: canonical=: expected a function of the architecture, got 3; for example lambda a"),
        ("sorted", "expected a function of the architecture, got 'sorted'"),
        (forgotten, r"a string, a number or a list of them .*, got None; is a `return` missing?"),
        (set, r"got TypeError\('Object of type set is not JSON serializable'\); .*the architecture was \['"),
        (np.array, r"got TypeError\('Object of type ndarray is not JSON"),
        (lambda a: np.int64(3), r"got TypeError\('Object of type int64 is not JSON"),
        (lambda a: math.nan, r"got ValueError\('Out of range float values are not JSON compliant"),
        (lambda a: a["x"], r"Space: canonical=: expected a string.* got TypeError\('list indices must"),
        (lambda: 3, r"got TypeError\(.*takes 0 positional arguments but 1 was given"),
    ],
)
def test_misbehaving_forms_are_refused_when_they_are_declared(form, said):
    with pytest.raises(SpaceError, match=said):
        Space(BRANCHES, canonical=form)
    if callable(form):
        with pytest.raises(SpaceError, match=said):
            Space({"blocks": Space(BRANCHES, canonical=form)})


def test_a_form_that_raises_shows_its_cause():
    with pytest.raises(SpaceError) as caught:
        Space(BRANCHES, canonical=lambda a: 1 / 0)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_a_form_is_asked_about_the_architecture_as_it_is_decoded():
    asked = []
    space = Space(
        {"flags": Subset(["a", "b"]), "option": Choice({"x": {"n": Space(Int(1, 9), canonical=str)}})},
        canonical=lambda architecture: asked.append(architecture) or "form",
    )
    architecture = {"flags": ["a"], "option": {"type": "x", "n": 3}}
    asked.clear()
    assert re.fullmatch("[0-9a-f]{32}", space.encode(architecture).key)
    assert asked == [architecture]
