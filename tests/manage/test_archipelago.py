"""Islands spend their budgets exactly; in step they find the same, whoever is faster, dies or is paused."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_archipelago import Archipelago
from toy_search import EVOLUTION, book, failing, loss

from evonas.evolve.records import Outcome
from evonas.evolve.strategies.genetic_algorithm import GeneticAlgorithm
from evonas.manage.events import Born, Elites
from evonas.manage.migration import Migration

OFTEN = Migration(every=4, elites=2, topology="complete")
orders = st.integers(0, 2**32).map(lambda seed: np.random.default_rng(seed).integers)
houses = st.sampled_from([[[0, 1, 2]], [[0], [1], [2]], [[0, 2], [1]], [[1], [2, 0]]])
methods = st.sampled_from([EVOLUTION, GeneticAlgorithm(population=8, mutation=1)])


def in_step(method=EVOLUTION, migration=OFTEN, evaluations=(30, 30, 30), **how):
    """Return what makes the ledger of each of three islands that wait for each other's word."""

    def make(island):
        place = {"island": island, "islands": 3, "migration": migration}
        return book(method, **{"lag": 3, "evaluations": evaluations[island], **place, **how})

    return make


def free(method):
    """Return what makes the ledger of each of three islands that do not wait."""
    return in_step(method, lag=None)


def at_once(make, answer=loss):
    """Return the archipelago of one host after the search, where every message arrives at once."""
    return Archipelago(make, [[0, 1, 2]], workers=1, answer=answer).run(lambda n: n - 1)


def spent_exactly(archipelago, evaluations):
    for island, told in archipelago.journals.items():
        born = [entry.candidate.id for entry in told if isinstance(entry, Born) and entry.same_as is None]
        outcomes = [entry.id for entry in told if isinstance(entry, Outcome)]
        assert len(born) == len(outcomes) == evaluations[island]
        assert {*born} == {*outcomes}
    return True


@given(methods, houses, st.integers(1, 4), orders, st.integers(0, 3))
@settings(max_examples=25)
def test_whoever_is_faster_and_wherever_they_live_changes_nothing(method, hosts, workers, order, n_failing):
    def answer(candidate):
        return failing(candidate) if candidate.id.birth % 4 < n_failing else loss(candidate)

    make = in_step(method)
    one = at_once(make, answer)
    other = Archipelago(make, hosts, workers, answer).run(order)
    assert one.digests == other.digests
    assert spent_exactly(other, (30, 30, 30))
    other.settle()
    assert one.digests == other.digests


@given(houses, orders)
@settings(max_examples=15)
def test_islands_with_less_to_do_let_the_others_go_on(hosts, order):
    budgets = (30, 9, 50)
    make = in_step(evaluations=budgets)
    other = Archipelago(make, hosts).run(order)
    assert at_once(make).digests == other.digests
    assert spent_exactly(other, budgets)


@given(houses, orders, st.floats(2, 9))
@settings(max_examples=15)
def test_in_step_each_finds_its_own_end_at_a_target(hosts, order, target):
    make = in_step(evaluations=(60, 60, 60), target=target)
    assert at_once(make).digests == Archipelago(make, hosts).run(order).digests


lags = st.sampled_from([1, 3, 9])
budgets = st.sampled_from([(30, 30, 30), (30, 9, 50)])
deaths = st.tuples(st.integers(1, 40), st.integers(0, 2), st.floats(0, 1))


@given(methods, houses, orders, st.lists(deaths, min_size=1, max_size=4), lags, budgets)
@settings(max_examples=30)
def test_hosts_that_die_change_nothing(method, hosts, order, deaths, lag, evaluations):
    make = in_step(method, lag=lag, evaluations=evaluations)
    sea = Archipelago(make, hosts)
    for steps, host, share in deaths:
        sea.run(order, steps)
        sea.kill(host % len(hosts), share, told=lambda worker: order(2) > 0)
    sea.run(order)
    assert sea.digests == at_once(make).digests
    assert spent_exactly(sea, evaluations)


@given(methods, houses, orders, st.lists(st.integers(1, 60), min_size=1, max_size=4), lags)
@settings(max_examples=30)
def test_pauses_change_nothing(method, hosts, order, pauses, lag):
    make = in_step(method, lag=lag)
    sea = Archipelago(make, hosts)
    for steps in pauses:
        sea = sea.run(order, steps).pause(order).resumed()
    sea.run(order)
    assert sea.digests == at_once(make).digests
    assert spent_exactly(sea, (30, 30, 30))


@given(methods, houses, orders, st.lists(deaths, max_size=3))
@settings(max_examples=25)
def test_running_free_budgets_are_spent_exactly_and_journals_tell_the_same(method, hosts, order, deaths):
    make = free(method)
    sea = Archipelago(make, hosts)
    for steps, host, share in deaths:
        sea.run(order, steps)
        sea.kill(host % len(hosts), share, told=lambda worker: order(2) > 0)
    sea.run(order).settle()
    assert spent_exactly(sea, (30, 30, 30))
    again = sea.resumed()
    assert again.digests == sea.digests
    assert again.handed == []
    for island, ledger in sea.ledgers.items():
        assert ledger.archive.front == again.ledgers[island].archive.front


@given(methods, houses, orders, st.lists(deaths, max_size=3))
@settings(max_examples=20)
def test_nobody_is_sent_twice_to_the_same_island_nor_home(method, hosts, order, deaths):
    sea = Archipelago(free(method), hosts)
    for steps, host, share in deaths:
        sea.run(order, steps)
        sea.kill(host % len(hosts), share)
    sea.run(order).settle()
    for island, told in sea.journals.items():
        arrived = [
            (entry.source, one.id) for entry in told if isinstance(entry, Elites) for one in entry.members
        ]
        assert arrived
        assert len({*arrived}) == len(arrived)
        assert island not in {name.island for _, name in arrived}
