"""Workers hold as few candidates as keep them busy, in fair shares; who is not needed is sent elsewhere."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_search import book, counting, handed, loss, managed, quick, ready, said, work

from evonas.evolve.records import Outcome
from evonas.manage.events import (
    Dispatch,
    ElitesArrived,
    Evaluated,
    Release,
    Send,
    TimeIsUp,
    WorkerLost,
    WorkerReady,
)
from evonas.manage.migration import Migration
from evonas.manage.pace import LONG, MOST, SHARE, SLICE, Pace

durations = st.floats(0, 100)
orders = st.integers(0, 2**32).map(lambda seed: np.random.default_rng(seed).integers)


def lasting(seconds):
    """Return how to answer after so many seconds."""
    return lambda candidate: Outcome(candidate.id, loss(candidate).objectives, seconds=seconds)


def paced(*seconds):
    pace = Pace()
    for each in seconds:
        pace.saw(each)
    return pace


# How many a worker may hold


@given(st.lists(durations, max_size=20), st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 500))
def test_what_waits_is_bounded_by_what_is_known_and_by_what_is_left(seconds, finished, left, workers):
    depth = paced(*seconds).depth(finished, left, workers)
    assert 1 <= depth <= 2 * MOST
    assert workers * (depth - 1) <= min(finished // SHARE, left // 2)


@given(st.lists(st.floats(LONG, 1e6), min_size=1, max_size=20), st.integers(0, 10**6))
def test_nobody_waits_behind_a_long_evaluation(seconds, finished):
    assert paced(*seconds).depth(finished, 10**6, 1) == 1


@given(st.lists(durations, max_size=20))
def test_nobody_waits_at_the_beginning_nor_at_the_end(seconds):
    assert paced(*seconds).depth(0, 10**6, 4) == 1
    assert paced(*seconds).depth(10**6, 2 * 4 - 1, 4) == 1


@pytest.mark.parametrize("seconds, depth", [(0.999, 2), (SLICE, 2), (SLICE / 2, 4), (0.0, 2 * MOST)])
def test_the_shorter_the_evaluations_the_more_are_worth_a_message(seconds, depth):
    assert paced(seconds).depth(10**6, 10**6, 4) == depth


def test_nothing_is_known_of_how_long_they_last_before_the_first():
    assert Pace().depth(10**6, 10**6, 1) == 1


def test_the_pace_follows_a_change():
    pace = paced(*[10.0] * 100)
    for _ in range(100):
        pace.saw(1e-4)
    assert pace.depth(10**6, 10**6, 1) > 1


# Handing out


@given(st.integers(1, 9), orders, st.sampled_from([1e-4, 1e-3, 0.1, 5.0]), st.integers(1, 200))
@settings(max_examples=40)
def test_workers_hold_no_more_than_they_may_and_the_budget_is_spent_exactly(workers, order, seconds, budget):
    ledger = counting(evaluations=budget)
    manager = managed(workers, ledger)
    most_waiting, evaluated, given = 0, Counter(), []

    def pick(n):
        nonlocal most_waiting
        waiting = manager.n_running - sum(map(bool, manager.running.values()))
        most_waiting = max(most_waiting, waiting)
        assert waiting <= ledger.counts.finished // SHARE
        assert max(map(len, manager.running.values())) == 1 or seconds < LONG
        return order(n)

    def answer(candidate):
        evaluated[candidate.id.birth] += 1
        given.append(candidate.id.birth)
        return lasting(seconds)(candidate)

    work(manager, workers, pick=pick, answer=answer)
    assert evaluated == dict.fromkeys(range(budget), 1)
    assert manager.n_running == 0
    assert most_waiting > 0 or seconds >= LONG or budget < 60 or workers > 3


def test_a_worker_is_given_more_only_when_it_has_little_left():
    manager = managed(1, counting())
    held = [*ready(manager, 1).values()]
    sizes = []
    while manager.ledgers[0].counts.finished < 600:
        before = len(held) - 1
        commands = manager.handle([Evaluated(1, quick(held.pop(0)))])
        held += [candidate for _, candidate in handed(commands)]
        sizes += [len(dispatch.candidates) for dispatch in said(commands, Dispatch)]
        if said(commands, Dispatch) and manager.ledgers[0].counts.finished > 200:
            assert before <= len(held) // 2
    assert max(sizes) > 20
    assert len(sizes) < 200  # messages for 600 candidates


def test_what_there_is_is_shared_evenly():
    manager = managed(4, counting())
    held = {worker: [candidate] for worker, candidate in ready(manager, 1, 2, 3, 4).items()}
    for _ in range(60):
        events = [Evaluated(worker, quick(mine.pop(0))) for worker, mine in held.items() if mine]
        commands = manager.handle(events)
        sizes = [len(dispatch.candidates) for dispatch in said(commands, Dispatch)]
        assert len(sizes) in (0, 4)
        assert max(sizes, default=0) - min(sizes, default=0) <= 1
        for worker, candidate in handed(commands):
            held[worker].append(candidate)
    assert max(map(len, held.values())) > 2


@given(orders, st.integers(1, 6), st.integers(1, 5))
@settings(max_examples=30)
def test_how_events_are_bundled_changes_nothing_but_who_waits(order, workers, bundle):
    ledger = book(lag=6, evaluations=50)
    manager = managed(workers, ledger)
    events = [WorkerReady(worker) for worker in range(workers)]
    held = {worker: [] for worker in range(workers)}
    while not manager.stopped:
        for worker, candidate in handed(manager.handle(events)):
            held[worker].append(candidate)
        events = []
        for _ in range(bundle):
            busy = [worker for worker, mine in held.items() if mine]
            if busy:
                worker = busy[order(len(busy))]
                events.append(Evaluated(worker, quick(held[worker].pop(0))))
    alone = book(lag=6, evaluations=50)
    work(managed(1, alone), 1)
    assert ledger.digest == alone.digest


# Several islands


def islands(*budgets, **how):
    """Return ledgers that exchange nothing worth telling."""
    rare = Migration(every=10**6)
    return [
        counting(island=island, islands=len(budgets), migration=rare, evaluations=n, **how)
        for island, n in enumerate(budgets)
    ]


@pytest.mark.parametrize("workers", [1, 2, 7])
@pytest.mark.parametrize("answer", [loss, quick])
def test_islands_share_the_workers_and_end_together(workers, answer):
    ledgers = islands(60, 60, 60)
    manager = managed(workers, *ledgers)

    def fairly(candidate):
        done = [ledger.counts.evaluations for ledger in ledgers]
        assert max(done) - min(done) <= max(2, workers, manager.n_running)
        return answer(candidate)

    work(manager, workers, answer=fairly)
    assert [ledger.counts.finished for ledger in ledgers] == [60, 60, 60]
    assert manager.stopped.reason == "the budget of evaluations is spent: 60"


def test_shares_are_those_of_the_budgets():
    ledgers = islands(20, 200)
    shares = []

    def answer(candidate):
        shares.append(abs(ledgers[0].share_done - ledgers[1].share_done))
        return loss(candidate)

    work(managed(2, *ledgers), 2, answer=answer)
    assert max(shares) <= 1 / 20 + 1 / 200 + 1e-9


def test_an_island_that_waits_leaves_its_share_to_the_others():
    often = Migration(every=2)
    ledgers = [counting(island=n, islands=3, migration=often, lag=2) for n in range(2)]  # the third is silent
    manager = managed(1, *ledgers)
    (candidate,) = ready(manager, 1).values()
    while candidate:
        commands = manager.handle([Evaluated(1, loss(candidate))])
        for send in said(commands, Send):
            commands += manager.handle([ElitesArrived(send.elites)])
        candidate = dict(handed(commands)).get(1)
    # 0 waits for the first epoch of 2; 1 took in both that 0 sent, and waits for its third.
    assert [ledger.counts.learnt for ledger in ledgers] == [4, 8]


def test_once_one_has_what_is_wanted_running_free_nobody_goes_on():
    ledgers = islands(1000, 1000, target=3.0)
    manager = managed(2, *ledgers)

    def answer(candidate):
        won = candidate.id == (1, 7)
        return Outcome(candidate.id, {"loss": 1.0 if won else 9.0}, seconds=1.0)

    work(manager, 2, answer=answer)
    assert manager.halted == manager.stopped.reason == "the target is reached: loss 1"
    assert [ledger.counts.evaluations for ledger in ledgers] == pytest.approx([8, 8], abs=1)
    assert all(not ledger.open for ledger in ledgers)


def test_in_step_everybody_looks_for_it():
    ledgers = islands(30, 30, target=3.0, lag=2)

    def answer(candidate):
        return Outcome(candidate.id, {"loss": 1.0 if candidate.id == (1, 7) else 9.0}, seconds=1.0)

    manager = managed(2, *ledgers)
    work(manager, 2, answer=answer)
    assert manager.halted is None
    assert ledgers[0].counts.finished == 30
    assert 8 <= ledgers[1].counts.finished <= 9
    assert manager.stopped.reason == ("the budget of evaluations is spent: 30; the target is reached: loss 1")


def test_another_hosts_target_ends_the_islands_here():
    manager = managed(1, *islands(30, 30))
    given = ready(manager, 1)
    manager.handle([TimeIsUp("the target is reached: loss 1", "complete")])
    commands = manager.handle([Evaluated(1, loss(given[1]))])
    assert [command.ending for command in commands if command == manager.stopped] == ["complete"]


# Releasing


def test_workers_without_work_are_released_once_everything_is_handed_out():
    manager = managed(3, counting(evaluations=4))
    given = ready(manager, 1, 2, 3)
    assert said(manager.handle([Evaluated(1, loss(given[1]))]), Release) == []  # it gets the last one
    assert manager.is_exhausted
    assert said(manager.handle([Evaluated(2, loss(given[2]))]), Release) == [Release(2)]
    manager.release(2)
    assert said(manager.handle([Evaluated(3, loss(given[3]))]), Release) == [Release(3)]
    assert (manager.expected, manager.stopped) == (2, None)


def test_a_worker_that_waits_for_births_is_not_released():
    manager = managed(4, counting(lag=2))
    assert len(ready(manager, 1, 2, 3, 4)) == 2
    assert not manager.is_exhausted
    assert manager.handle([]) == []


def test_a_released_worker_that_was_not_sent_away_yet_is_called_back_by_a_death():
    manager = managed(2, counting(evaluations=2))
    given = ready(manager, 1, 2)
    assert manager.handle([Evaluated(1, loss(given[1]))])[-1] == Release(1)
    assert manager.handle([WorkerLost(2)]) == [Dispatch(1, (given[2],))]


def test_workers_of_other_hosts_are_welcome():
    manager = managed(1, counting(evaluations=20))
    ready(manager, 1)
    assert [*ready(manager, 2, 3)] == [2, 3]
    assert manager.expected == 3


def test_an_island_that_is_adopted_later_gets_the_idle_workers():
    manager = managed(2, counting(evaluations=1))
    given = ready(manager, 1, 2)
    manager.handle([Evaluated(1, loss(given[1]))])
    assert manager.stopped
    manager.adopt(counting(island=1, islands=2, evaluations=5))
    assert manager.stopped is None
    assert sorted(worker for worker, _ in handed(manager.handle([]))) == [1, 2]
