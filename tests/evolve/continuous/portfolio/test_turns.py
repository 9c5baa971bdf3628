"""Who has a turn, and for how long."""

import numpy as np
import pytest

from evonas.evolve.continuous.portfolio.evidence import Evidence
from evonas.evolve.continuous.portfolio.turns import LONGEST, TURN, Member, take_turns
from evonas.evolve.continuous.rounds import Start


def endless(place, size=1):
    """Yield points at a place of the one axis."""
    while True:
        yield np.full((size, 1), place)


def brief(place, n):
    for _ in range(n):
        yield np.full((1, 1), place)


def watched(members, costs_of, n, workers=1):
    """Return the points of ``n`` rounds, and what members spent and earned."""
    start = Start(np.array([0.5]), np.random.default_rng(0), workers=workers)
    rounds = take_turns(members, Evidence(start), start)
    seen, asked = [], next(rounds, None)
    for number in range(n):
        if asked is None:
            break
        seen.append(asked[:, 0].tolist())
        try:
            asked = rounds.send(np.array([costs_of(place, number) for place in asked[:, 0]]))
        except StopIteration:
            asked = None
    return seen, start.shares


def test_who_finds_nothing_gets_equal_turns():
    members = [Member("a", endless(0.1)), Member("b", endless(0.2)), Member("c", endless(0.3))]
    seen, shares = watched(members, lambda place, number: 1.0, 30 * TURN)
    assert seen[:TURN] == [[0.1]] * TURN
    assert {name: share.evaluations for name, share in shares.items()} == pytest.approx(
        {"a": 10 * TURN, "b": 10 * TURN, "c": 10 * TURN}, abs=TURN
    )


def test_who_finds_something_goes_on_but_not_for_ever():
    members = [Member("a", endless(0.1)), Member("b", endless(0.2))]
    seen, shares = watched(members, lambda place, number: -number if place == 0.1 else 1.0, 1000)
    assert seen[:LONGEST] == [[0.1]] * LONGEST
    assert 1.5 * shares["b"].evaluations < shares["a"].evaluations < 3 * shares["b"].evaluations
    assert shares["a"].records > 600 and shares["b"].records == 0


def test_an_account_is_a_head_start_of_the_others():
    members = [Member("b", endless(0.2)), Member("a", endless(0.1), account=50)]
    seen, _ = watched(members, lambda place, number: 1.0, 80)
    assert [0.1] in seen[45:80] and [0.1] not in seen[:45]


def test_who_is_over_is_asked_no_more_and_all_end():
    members = [Member("a", brief(0.1, 3)), Member("b", brief(0.2, 5)), Member("nothing", brief(0.3, 0))]
    seen, _ = watched(members, lambda place, number: 1.0, 100)
    assert sorted(place for points in seen for place in points) == [0.1] * 3 + [0.2] * 5


def test_idle_workers_take_rounds_of_others():
    members = [Member("a", endless(0.1)), Member("b", endless(0.2, 3)), Member("c", endless(0.3, 9))]
    seen, _ = watched(members, lambda place, number: 1.0, 5, workers=5)
    assert seen[0] == [0.1, 0.2, 0.2, 0.2]


def test_a_member_may_bring_another():
    members = []

    def host():
        yield np.full((1, 1), 0.1)
        members.append(Member("guest", endless(0.2)))
        yield from endless(0.1)

    members.append(Member("host", host()))
    seen, _ = watched(members, lambda place, number: 1.0, 5 * TURN)
    assert [0.2] in seen


def test_huge_costs_are_cut_off():
    heard = []

    def listens():
        while True:
            heard.append((yield np.zeros((1, 1))))

    watched([Member("a", listens())], lambda place, number: 1e308, 2)
    assert heard[0][0] == 1e100


def test_news_are_heard_once_and_only_good_ones():
    start = Start(np.array([0.5]), np.random.default_rng(0))
    evidence = Evidence(start)
    evidence.see("a", np.array([[0.1]]), np.array([1.0]))
    start.news += [(np.array([0.2]), 2.0), (np.array([0.3]), 0.5), (np.array([0.4]), 0.7)]
    assert evidence.better_news() == 0.3
    assert evidence.better_news() is None
