"""Policies are functions of values: size kept, the best never lost, nobody twice; intervals by hand."""

from dataclasses import FrozenInstanceError
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evonas import Int, Space
from evonas.errors import SearchError
from evonas.evolve.archive import Archive
from evonas.evolve.records import Candidate, CandidateId, Individual, Outcome
from evonas.manage.migration import LONGEST, REPLACE, SEND, Interval, Migration

NUMBERS = Space(Int(0, 99))
GENOMES = [NUMBERS.encode(number) for number in range(100)]
DOORS = st.sampled_from(sorted(REPLACE))


def one(number, *costs, island=0, birth=None):
    """Return an individual with the genome ``number``; it costs so much, too, unless told otherwise."""
    name = CandidateId(island, number if birth is None else birth)
    return Individual(Candidate(name, GENOMES[number]), Outcome(name), costs or (float(number),))


def numbers(individuals):
    return [individual.genome.numbers[0] for individual in individuals]


def keys(individuals):
    return [individual.genome.key for individual in individuals]


@st.composite
def crowds(draw, island=0, least=0, n_objectives=None):
    """Individuals of few genomes and costs, so that ties abound; equal genomes cost the same."""
    width = n_objectives or draw(st.integers(1, 3))
    genes = draw(st.lists(st.integers(0, 9), min_size=least, max_size=12))
    return [
        one(gene, *[float(gene * (3 + 4 * axis) % 5) for axis in range(width)], island=island, birth=birth)
        for birth, gene in enumerate(genes)
    ]


@st.composite
def meetings(draw):
    """A population and immigrants, by equally many objectives."""
    width = draw(st.integers(1, 3))
    return draw(crowds(0, 1, width)), draw(crowds(1, 0, width))


# Whom to send


@given(crowds(), st.sampled_from(sorted(SEND)), st.integers(1, 5), st.integers(0, 99))
def test_the_sent_are_distinct_genomes_of_the_pool_and_as_many_as_there_are(pool, send, n, seed):
    sent = Migration(send=send, elites=n).emigrants(pool, np.random.default_rng(seed))
    assert all(any(member is individual for individual in pool) for member in sent)
    assert len({*keys(sent)}) == len(sent) == min(n, len({*keys(pool)}))


@given(crowds(least=1), st.integers(1, 5), st.integers(0, 99))
def test_the_best_goes_first(pool, n, seed):
    sent = Migration(elites=n).emigrants(pool, np.random.default_rng(seed))
    assert sent[0].costs in [member.costs for member in Archive(pool).front]
    if len(pool[0].costs) == 1:
        assert sent[0] is Archive(pool).best


def test_the_best_are_distinct_and_the_older_of_equals(rng):
    pool = [one(5), one(3, birth=9), one(3, birth=7), one(1), one(8)]
    assert numbers(Migration(elites=3).emigrants(pool, rng)) == [1, 3, 5]


def test_the_best_of_two_objectives_are_the_extremes_of_the_front(rng):
    pool = [one(0, 1.0, 9.0), one(1, 9.0, 1.0), one(2, 5.0, 5.0), one(3, 6.0, 6.0), one(4, 4.9, 5.1)]
    assert {*numbers(Migration(elites=2).emigrants(pool, rng))} == {0, 1}
    assert {*numbers(Migration(elites=4).emigrants(pool, rng))} == {0, 1, 2, 4}


def test_at_random_all_are_sent_equally_often(rng):
    pool = [one(number) for number in range(10)]
    sent = [numbers(Migration(send="random", elites=2).emigrants(pool, rng)) for _ in range(1000)]
    counts = np.bincount(np.array(sent, dtype=int).ravel(), minlength=10)
    assert counts.min() > 200 - 60 and counts.max() < 200 + 60


def test_a_tournament_prefers_the_better_and_never_sends_the_worst_alone(rng):
    pool = [one(number) for number in range(10)]
    sent = [numbers(Migration(send="tournament").emigrants(pool, rng))[0] for _ in range(1000)]
    counts = np.bincount(np.array(sent, dtype=int), minlength=10)
    assert counts[9] == 0 and 160 < counts[0] < 240  # 2 of 10 take part: 1 in 5 times it is the best
    assert counts[:5].sum() > 2 * counts[5:].sum()


@pytest.mark.parametrize("send", sorted(SEND))
def test_equal_generators_send_equally(send):
    pool = [one(number) for number in range(20)]
    migration = Migration(send=send, elites=4)
    sent = [keys(migration.emigrants(pool, np.random.default_rng(3))) for _ in range(2)]
    assert sent[0] == sent[1]


# Whom to replace


@given(meetings(), DOORS)
def test_the_population_keeps_its_size_and_takes_in_nobody_twice(meeting, door):
    population, immigrants = meeting
    living = Migration(replace=door).replaced(population, immigrants)
    assert len(living) == len(population)
    arrived = keys(member for member in living if member.id.island == 1)
    assert len({*arrived}) == len(arrived)
    assert not {*arrived} & {*keys(population)}


@given(meetings(), DOORS)
def test_the_order_of_age_is_kept_and_immigrants_are_the_youngest(meeting, door):
    population, immigrants = meeting
    living = Migration(replace=door).replaced(population, immigrants)
    places = [[*population, *immigrants].index(member) for member in living]
    assert all(older < younger for older, younger in pairwise(places))


@given(meetings())
def test_the_best_is_never_lost_to_a_worse_one(meeting):
    population, immigrants = meeting
    living = Migration().replaced(population, immigrants)
    assert min(member.costs[0] for member in living) <= min(member.costs[0] for member in population)
    if len(population[0].costs) == 1:
        paired = zip(
            *(sorted(member.costs for member in group) for group in (living, population)), strict=True
        )
        assert all(now <= before for now, before in paired)


@given(meetings())
def test_a_front_that_there_is_room_for_lives_on(meeting):
    population, immigrants = meeting
    front = {member.costs for member in Archive([*population, *immigrants]).front}
    if len({*keys([*population, *immigrants])}) <= len(population):
        assert front <= {member.costs for member in Migration().replaced(population, immigrants)}


@given(crowds(least=1), DOORS)
def test_without_strangers_nothing_changes(population, door):
    migration = Migration(replace=door)
    assert migration.replaced(population, []) == population
    assert migration.replaced(population, [member._replace() for member in population]) == population
    assert migration.replaced([], population) == []


def test_the_better_take_the_places_of_the_worst():
    population = [one(5), one(2), one(9), one(7)]
    assert numbers(Migration().replaced(population, [one(8), one(1)])) == [5, 2, 7, 1]
    assert numbers(Migration().replaced(population, [one(10)])) == [5, 2, 9, 7]
    assert numbers(Migration().replaced(population, [one(6), one(3), one(4), one(1)])) == [2, 3, 4, 1]


def test_between_equals_the_member_stays():
    population = [one(5), one(2), one(9)]
    assert numbers(Migration().replaced(population, [one(8, 9.0)])) == [5, 2, 9]


def test_with_two_objectives_the_dominated_go_first_and_then_the_crowded():
    population = [one(0, 1.0, 9.0), one(1, 9.0, 1.0), one(2, 8.0, 8.0), one(3, 7.9, 1.1)]
    assert numbers(Migration().replaced(population, [one(4, 5.0, 5.0)])) == [0, 1, 3, 4]
    assert numbers(Migration().replaced(population, [one(4, 4.0, 5.0), one(5, 2.0, 8.5)])) == [0, 1, 3, 4]


def test_with_two_objectives_second_copies_go_before_anybody_else():
    population = [one(0, 1.0, 9.0), one(1, 9.0, 1.0), one(0, 1.0, 9.0, birth=7)]
    assert numbers(Migration().replaced(population, [one(4, 9.5, 5.0)])) == [0, 1, 4]
    assert numbers(Migration().replaced(population, [])) == [0, 1, 0]


def test_the_oldest_go_whatever_their_worth():
    population = [one(0), one(2), one(9), one(7)]
    oldest = Migration(replace="oldest")
    assert numbers(oldest.replaced(population, [one(8), one(9, birth=50), one(8, birth=51)])) == [2, 9, 7, 8]
    assert numbers(oldest.replaced(population[:2], [one(5), one(6), one(4)])) == [5, 6]


# A user's policies


def first(pool, n, rng):
    return pool[:n]


def shut(population, immigrants):
    return population


class Gate:
    """A policy with a state, whose own repr would name its place in memory."""

    def __call__(self, population, immigrants):
        return population


def test_users_bring_their_own_functions(rng):
    migration = Migration(send=first, replace=shut, elites=2)
    pool = (one(3), one(1), one(2))
    assert migration.emigrants(pool, rng) == [*pool[:2]]
    assert migration.replaced(pool, [one(0)]) == [*pool]
    assert migration.replaced((pool[0], pool[0]), [one(0)]) == [pool[0], pool[0]]  # it was there twice before


@pytest.mark.parametrize(
    "chosen", [lambda pool: pool[:3], lambda pool: [pool[0]] * 2, lambda pool: [one(50)], lambda pool: [None]]
)
def test_what_was_sent_must_come_from_the_pool_each_once(chosen, rng):
    migration = Migration(send=lambda pool, n, rng: chosen(pool), elites=2)
    message = (
        r"Migration: send=.*<lambda>: expected at most 2 of the pool, each once, got \[.*\]; correct the"
    )
    with pytest.raises(SearchError, match=message):
        migration.emigrants([one(1), one(2), one(3)], rng)


@pytest.mark.parametrize(
    "made",
    [
        lambda population, immigrants: [*population, *immigrants],
        lambda population, immigrants: population[:1],
        lambda population, immigrants: [population[0]] * 2,
        lambda population, immigrants: [population[0], immigrants[0]._replace()],
        lambda population, immigrants: None,
    ],
)
def test_who_lives_on_must_have_been_there_and_be_as_many(made):
    message = "Migration: replace=.*<lambda>: expected 2 of the population and the immigrants, each once, got"
    with pytest.raises(SearchError, match=message):
        Migration(replace=made).replaced([one(1), one(2)], [one(3)])


# Settings


def test_settings_look_the_same_in_every_process():
    assert repr(Migration(every=50)) == (
        "Migration(topology='ring', every=50, elites=1, adaptive=True, send='best', replace='worst')"
    )
    mine = Migration(topology=shut, send=first, replace=Gate())
    assert repr(mine) == (
        "Migration(topology=shut, every=25, elites=1, adaptive=True, send=first, replace=Gate)"
    )
    listed = Migration(topology={1: {0}, 0: [1, 1]})
    assert repr(listed).startswith("Migration(topology=((1,), (0,)), every=")
    assert listed == Migration(topology=[[1], [0]]) and hash(listed) == hash(Migration(topology=[[1], [0]]))


def test_settings_are_frozen_and_named():
    with pytest.raises(FrozenInstanceError):
        Migration().every = 3
    with pytest.raises(TypeError):
        Migration("ring")


@pytest.mark.parametrize("name", ["every", "elites"])
@pytest.mark.parametrize("value", [0, -1, 2.5, True, "5", None])
def test_counts_out_of_range_are_refused_by_name(name, value):
    with pytest.raises(SearchError, match=f"Migration: {name}: expected a whole number, 1 or more, got"):
        Migration(**{name: value})


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"adaptive": 1}, r"Migration: adaptive: expected True or False, got 1; write adaptive=False"),
        (
            {"send": "bets"},
            r"send: expected one of best, random, tournament or a function \(pool, n, rng\), got",
        ),
        ({"send": None}, "Migration: send: expected"),
        (
            {"replace": "best"},
            r"replace: expected one of worst, oldest or a function \(population, immigrants\)",
        ),
        ({"replace": ["worst"]}, "Migration: replace: expected"),
        ({"topology": "line"}, "topology: expected one of ring, torus"),
        ({"topology": [[0]]}, "topology: island 0: expected other islands"),
    ],
)
def test_settings_that_cannot_be_used_are_refused_by_name(settings, message):
    with pytest.raises(SearchError, match=message):
        Migration(**settings)


# When


def sendings(interval, n, improvements=()):
    """Return when an island sends that improves at the given outcomes, as it would ask."""
    sent, improved = [], False
    for learnt in range(1, n + 1):
        improved = improved or learnt in improvements
        if interval.due(learnt, improved):
            sent.append(learnt)
            improved = False
    return sent


def test_the_interval_doubles_while_there_is_no_improvement():
    assert sendings(Interval(10, True), 700) == [10, 30, 70, 150, 310, 630]


def test_an_improvement_brings_it_back():
    # 12: sent at 20; none since: the next after 20 at 40; 57: at 60, long before 80; then 20 and 40 again.
    assert sendings(Interval(10, True), 150, {5, 12, 57}) == [10, 20, 30, 50, 60, 70, 90, 130]


def test_an_improvement_in_a_long_interval_is_sent_at_the_next_multiple():
    assert sendings(Interval(10, True), 320, {155}) == [10, 30, 70, 150, 160, 170, 190, 230, 310]


def test_who_always_improves_sends_as_if_the_interval_was_fixed():
    every_outcome = range(1, 101)
    assert sendings(Interval(10, True), 100, every_outcome) == sendings(Interval(10, False), 100)
    assert sendings(Interval(10, False), 100, {5, 61}) == [*range(10, 101, 10)]


def test_the_interval_ends_its_growth():
    sent = sendings(Interval(1, True), 1000)
    assert [later - earlier for earlier, later in pairwise(sent)][:7] == [2, 4, 8, 16, 32, 64, 64]
    assert {later - earlier for earlier, later in pairwise(sent[6:])} == {LONGEST}


@given(st.integers(1, 9), st.sets(st.integers(1, 400)), st.booleans())
def test_sendings_come_at_multiples_and_an_improvement_is_sent_at_the_next(every, improvements, adaptive):
    sent = sendings(Interval(every, adaptive), 400 - 400 % every, improvements)
    assert all(learnt % every == 0 for learnt in sent)
    for improvement in improvements:
        due = -(-improvement // every) * every
        assert due in sent or due > 400
    assert sent == sendings(Interval(every, adaptive), 400 - 400 % every, improvements)
