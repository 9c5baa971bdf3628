"""MAP-Elites keeps the best of every kind."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evonas import Choice, Descriptor, Int, MapElites, Outcome, Space
from evonas.errors import SearchError, StrategyError
from evonas.evolve.elite_map import EliteMap
from evonas.evolve.objectives import Objectives
from evonas.evolve.records import Candidate, CandidateId

GRID = Space({"x": Int(0, 4), "y": Int(0, 4), "z": Int(0, 3)})
AXES = {
    "x": Descriptor(0, 5, 5, of=lambda a: a["x"]),
    "y": Descriptor(0, 5, 5),
}
LOSS = Objectives({"loss": "min"})


def outcome(candidate):
    a = GRID.decode(candidate.genome)
    return Outcome(candidate.id, {"loss": float(a["z"])}, {"y": float(a["y"])})


def run(n, **settings):
    strategy = MapElites(GRID, descriptors=AXES, **settings)
    for _ in range(n):
        (candidate,) = strategy.ask()
        strategy.tell([outcome(candidate)])
    return strategy


def individual(birth, x, y, z):
    candidate = Candidate(CandidateId(0, birth), GRID.encode({"x": x, "y": y, "z": z}))
    return LOSS.individual(candidate, outcome(candidate))


class TestTheMap:
    def test_the_best_of_each_cell_lives_and_the_older_one_among_equals(self):
        elites = EliteMap(AXES, GRID)
        assert elites.add(individual(0, 1, 2, 3))
        assert elites.add(individual(1, 1, 2, 1))
        assert not elites.add(individual(2, 1, 2, 1))
        assert not elites.add(individual(3, 1, 2, 2))
        assert elites.add(individual(4, 3, 2, 3))
        assert {place: one.id.birth for place, one in elites.elites.items()} == {(1, 2): 1, (3, 2): 4}

    def test_the_order_of_arrival_changes_nothing(self):
        crowd = [individual(n, n % 2, n % 3, n % 4) for n in range(40)]
        forth, back = EliteMap(AXES, GRID), EliteMap(AXES, GRID)
        for one, other in zip(crowd, reversed(crowd), strict=True):
            forth.add(one)
            back.add(other)
        assert forth.elites == back.elites

    def test_coverage_and_qd_score(self):
        elites = EliteMap(AXES, GRID)
        for birth, (x, z) in enumerate([(0, 1), (1, 3), (1, 2)]):
            elites.add(individual(birth, x, 0, z))
        assert elites.size == 25
        assert elites.coverage == 2 / 25
        assert elites.qd_score(3.0) == (3 - 1) + (3 - 2)

    def test_who_has_no_place_does_not_live(self):
        candidate = Candidate(CandidateId(0, 0), GRID.encode({"x": 0, "y": 0, "z": 0}))
        elites = EliteMap(AXES, GRID)
        for metrics in ({}, {"y": math.nan}):
            assert not elites.add(LOSS.individual(candidate, Outcome(candidate.id, {"loss": 0.0}, metrics)))
        assert elites.coverage == 0

    @given(st.floats(allow_nan=False), st.booleans(), st.integers(1, 30))
    def test_every_number_has_a_bin_and_the_ends_belong_to_the_outermost(self, value, log, bins):
        axis = Descriptor(1, 100, bins, log=log)
        assert 0 <= axis.bin(value) < bins
        assert axis.bin(min(value, 1)) == 0
        assert axis.bin(max(value, 100)) == bins - 1

    def test_bins_are_equally_wide(self):
        linear, log = Descriptor(0, 10, 5), Descriptor(1, 10_000, 4, log=True)
        assert [linear.bin(x) for x in (0, 1.9, 2.1, 9.9)] == [0, 0, 1, 4]
        assert [log.bin(x) for x in (9, 11, 99, 101, 1001)] == [0, 1, 1, 2, 3]


class TestTheSearch:
    def test_it_finds_the_best_of_every_cell_of_a_toy(self):
        found = run(100).map
        assert found.coverage == 1
        assert found.qd_score(3.0) == 25 * 3.0

    def test_it_illuminates_more_than_random_search_in_as_many_evaluations(self):
        space = Space([Choice(list("abcde"))] * 10)
        axes = {letter: Descriptor(0, 11, 11, of=lambda a, letter=letter: a.count(letter)) for letter in "ab"}

        def score(initial, seed):
            strategy = MapElites(space, descriptors=axes, initial=initial, seed=seed)
            for _ in range(600):
                (candidate,) = strategy.ask()
                word = space.decode(candidate.genome)
                loss = sum(one == other for one, other in pairwise(word)) / 9
                strategy.tell([Outcome(candidate.id, {"loss": loss})])
            return strategy.map.qd_score(1.0)

        illuminated, random = ([score(initial, seed) for seed in range(3)] for initial in (50, 600))
        assert np.mean(illuminated) > 1.1 * np.mean(random)  # seen: 1.25

    def test_nothing_is_proposed_twice_while_there_is_something_new(self):
        strategy = MapElites(GRID, descriptors=AXES, initial=1)
        keys = []
        for _ in range(60):
            (candidate,) = strategy.ask()
            keys.append(candidate.genome.key)
            strategy.tell([outcome(candidate)])
        assert len(set(keys)) == 60

    def test_children_descend_from_elites(self):
        strategy = run(40, initial=10)
        elites = {one.id for one in strategy.map.elites.values()}
        for candidate in strategy.ask(10):
            assert set(candidate.parents) <= elites

    def test_immigrants_compete_and_those_without_a_metric_have_no_place(self):
        strategy = run(10)
        best = individual(99, 0, 0, 0)
        bare = best._replace(outcome=best.outcome._replace(metrics={}))
        strategy.map.elites.clear()
        strategy.welcome([bare], lambda residents, immigrants: residents)
        assert not strategy.map.elites
        strategy.welcome([best], lambda residents, immigrants: residents)
        assert strategy.map.elites == {(0, 0): best}

    def test_a_metric_that_nobody_reports_is_told_by_name(self):
        strategy = MapElites(GRID, descriptors=AXES)
        (candidate,) = strategy.ask()
        said = r"MapElites: expected the metric 'y', got \['loss'\]; return \{'y': ...\} from evaluate, or"
        with pytest.raises(StrategyError, match=said):
            strategy.tell([Outcome(candidate.id, {"loss": 1.0})])

    def test_its_repr_tells_the_axes(self):
        axes = {"size": Descriptor(1.0, 8, 3, log=True, of=math.log2)}
        shown = "{'size': Descriptor(1.0, 8, 3, log=True, of=log2)}, crossover=0.5, initial=5"
        assert repr(MapElites(descriptors=axes, initial=5)) == f"MapElites(descriptors={shown})"


@pytest.mark.parametrize(
    "bad, said",
    [
        (lambda: Descriptor(3, 3), r"Descriptor: expected finite bounds low < high, got \(3, 3\)"),
        (lambda: Descriptor(0, 3, log=True), r"expected finite bounds 0 < low < high, got \(0, 3\)"),
        (lambda: Descriptor(0, math.inf), "finite bounds"),
        (lambda: Descriptor(0, 1, 0), "Descriptor: bins: expected a whole number, 1 or more, got 0"),
        (lambda: Descriptor(0, 1, of=3), "Descriptor: of: expected a function, got 3"),
        (
            lambda: MapElites(descriptors={}),
            r"MapElites: descriptors: expected Descriptors by name, got \{\}",
        ),
        (lambda: MapElites(descriptors={"x": (0, 1)}), "expected Descriptors by name"),
        (lambda: MapElites(descriptors=AXES, initial=0), "initial: expected a whole number, 1 or more"),
    ],
)
def test_settings_that_mean_nothing_are_refused(bad, said):
    with pytest.raises(SearchError, match=said):
        bad()
