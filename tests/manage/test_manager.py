"""What the manager makes of every event, one at a time and in any order."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy_search import counting, failing, handed, loss, managed, ready, said, starve, work

from evonas.evolve.records import Failure, Outcome
from evonas.manage.events import (
    Dispatch,
    Evaluated,
    Record,
    Release,
    Stop,
    TimeIsUp,
    WorkerLost,
    WorkerReady,
    WorkerUnfit,
)
from evonas.manage.manager import MOST_FAILURES

both_modes = pytest.mark.parametrize("lag", [None, 3], ids=["free", "lag"])


def births(commands):
    return [candidate.id.birth for _, candidate in handed(commands)]


@both_modes
def test_a_birth_is_recorded_before_it_is_handed_out_and_an_outcome_before_what_follows(lag):
    manager = managed(2, counting(lag=lag, evaluations=30))
    recorded = set()
    for commands in starve(manager):
        for command in commands:
            match command:
                case Record(_, entry):
                    recorded.add(entry.id if isinstance(entry, Outcome) else (entry.candidate.id, "born"))
                case Dispatch(_, candidates):
                    assert all((candidate.id, "born") in recorded for candidate in candidates)
        if said(commands, Record) and said(commands, Dispatch):
            assert isinstance(commands[-1], Dispatch)


def test_an_outcome_is_recorded_as_judged_and_its_worker_gets_the_next():
    manager = managed(1, counting())
    first = ready(manager, 1)[1]
    outcome, born, dispatch = manager.handle([Evaluated(1, Outcome(first.id, {"loss": float("inf")}))])
    assert "only finite numbers can compete" in outcome.entry.failure.reason
    assert dispatch == Dispatch(1, (born.entry.candidate,))


@both_modes
def test_a_lost_workers_candidate_goes_to_the_next_free_worker(lag):
    manager = managed(3, counting(lag=lag))
    given = ready(manager, 1, 2)
    assert births(manager.handle([WorkerLost(1)])) == []
    assert births(manager.handle([Evaluated(2, loss(given[2]))])) == [0]
    assert ready(manager, 3)[3].id.birth == 2


def test_a_lost_workers_candidate_goes_to_an_idle_one_at_once():
    manager = managed(4, counting(lag=3))
    given = ready(manager, 1, 2, 3, 4)
    assert sorted(given) == [1, 2, 3]
    assert manager.handle([WorkerLost(2)]) == [Dispatch(4, (given[2],))]


def test_an_idle_worker_that_is_lost_gets_nothing():
    manager = managed(4, counting(lag=3))
    given = ready(manager, 1, 2, 3, 4)
    assert manager.handle([WorkerLost(4)]) == []
    assert {
        dispatch.worker for dispatch in said(manager.handle([Evaluated(1, loss(given[1]))]), Dispatch)
    } == {1}


def test_a_candidate_that_kills_two_workers_is_a_failure():
    manager = managed(3, counting())
    killer = ready(manager, 1)[1]
    manager.handle([WorkerLost(1)])
    assert ready(manager, 2)[2] is killer
    (record,) = manager.handle([WorkerLost(2)])
    assert record.entry == Outcome(killer.id, failure=Failure("2 workers died while evaluating it"), worker=2)
    assert ready(manager, 3)[3] is not killer
    assert manager.ledgers[0].counts.failed == 1


@both_modes
@pytest.mark.parametrize("word", [Evaluated, WorkerReady, WorkerLost])
def test_a_worker_that_is_held_lost_is_not_listened_to(lag, word):
    manager = managed(3, counting(lag=lag))
    given = ready(manager, 1, 2)
    manager.handle([WorkerLost(1)])
    assert manager.handle([word(1, loss(given[1])) if word is Evaluated else word(1)]) == []
    assert births(manager.handle([Evaluated(2, loss(given[2]))])) == [0]
    assert manager.running.keys() == {2}


@both_modes
def test_when_time_is_up_running_evaluations_finish_and_count(lag):
    manager = managed(2, counting(lag=lag))
    given = ready(manager, 1, 2)
    assert manager.handle([TimeIsUp("enough")]) == []
    (record,) = manager.handle([Evaluated(2, loss(given[2]))])
    assert record.entry.id == given[2].id
    assert manager.handle([Evaluated(1, loss(given[1]))]) == [
        Record(0, loss(given[1])),
        Stop("enough", "paused"),
    ]
    assert len(manager.ledgers[0].archive.front) == 1
    assert manager.ledgers[0].counts.finished == 2


@both_modes
def test_when_time_is_up_the_second_death_of_a_candidate_is_learnt_too(lag):
    manager = managed(3, counting(lag=lag))
    ready(manager, 1)
    manager.handle([WorkerLost(1)])
    ready(manager, 2)
    manager.handle([TimeIsUp("enough")])
    before = manager.ledgers[0].digest
    manager.handle([WorkerLost(2)])
    assert manager.ledgers[0].digest != before


def test_when_time_is_up_a_lost_workers_candidate_stays_for_the_next_session():
    manager = managed(2, counting())
    given = ready(manager, 1)
    manager.handle([TimeIsUp("the budget of 1 h is spent", "complete")])
    assert manager.handle([WorkerLost(1)]) == [Stop("the budget of 1 h is spent", "complete")]
    assert list(manager.ledgers[0].open) == [given[1].id]


def test_when_time_is_up_before_anybody_is_ready_it_stops_at_once():
    assert managed(2, counting()).handle([TimeIsUp("enough")]) == [Stop("enough", "paused")]


@pytest.mark.parametrize("workers, lag, early", [(1, None, 1), (4, None, 4), (1, 3, 3), (9, 3, 3)])
def test_failures_from_the_start_make_it_give_up(workers, lag, early):
    manager = managed(workers, counting(lag=lag))
    work(manager, workers, answer=lambda one: failing(one)._replace(seconds=1.0))
    n_failed = MOST_FAILURES + early + min(workers, early) - 1  # those that are running finish first
    reason = f"the first {n_failed} evaluations of this session all failed: no"
    assert manager.stopped == Stop(reason, "given up")


def test_one_success_is_enough_to_go_on():
    manager = managed(2, counting(evaluations=200))
    work(manager, 2, answer=lambda one: loss(one) if one.id.birth == 9 else failing(one))
    assert manager.stopped.ending == "complete"
    assert manager.ledgers[0].counts.failed == 199


@pytest.mark.parametrize(
    "ends, why",
    [
        ([WorkerLost(1), WorkerLost(2)], ""),
        ([WorkerUnfit(1, Failure("no torch")), WorkerUnfit(2, Failure("no jax"))], ": no torch"),
        ([WorkerUnfit(1, Failure("no torch")), WorkerLost(2)], ": no torch"),
        ([WorkerLost(2), WorkerUnfit(1, Failure("no torch")), WorkerLost(2)], ": no torch"),
    ],
)
def test_without_workers_it_gives_up_and_says_why(ends, why):
    manager = managed(2, counting())
    commands = [command for event in ends for command in manager.handle([event])]
    assert commands == [Stop(f"no worker is left{why}", "given up")]


def test_unfit_workers_are_remembered_and_others_go_on():
    manager = managed(2, counting(evaluations=3))
    manager.handle([WorkerUnfit(2, Failure("no torch"))])
    assert said(starve(manager)[-1], Stop) == [Stop("the budget of evaluations is spent: 3")]
    assert manager.unfit == {2: Failure("no torch")}


def test_after_a_stop_workers_are_only_sent_on():
    manager = managed(1, counting(evaluations=1))
    starve(manager)
    happenings = (WorkerReady(1), WorkerReady(2), WorkerLost(1), TimeIsUp("enough"))
    assert [manager.handle([event]) for event in happenings] == [[Release(1)], [Release(2)], [], []]
    assert manager.stopped == Stop("the budget of evaluations is spent: 1")


@both_modes
@given(st.lists(st.tuples(st.integers(1, 4), st.sampled_from("eeeeeld")), max_size=60))
def test_whatever_happens_the_budget_is_spent_exactly_and_nobody_works_in_vain(lag, happenings):
    """Workers evaluate (e), die (d), or are held lost and answer late (l); at least one of them lives on."""
    manager = managed(4, counting(lag=lag, evaluations=20))
    busy, late, deaths, given = {}, {}, Counter(), []

    def obey(commands):
        assert not (said(commands, Dispatch) and manager.stopped)
        for worker, candidate in handed(commands):
            assert worker not in busy and worker not in manager.lost
            assert candidate.id not in {each.id for each in busy.values()}
            busy[worker] = candidate
            given.append(candidate.id)

    def finish(worker):
        obey(manager.handle([Evaluated(worker, loss(busy.pop(worker)))]))

    for worker in (1, 2, 3, 4):
        obey(manager.handle([WorkerReady(worker)]))
    for worker, what in happenings:
        if worker in late:
            assert manager.handle([Evaluated(worker, loss(late.pop(worker)))]) == []
        elif worker in busy and what == "e":
            finish(worker)
        elif worker in busy and len(manager.lost) < 3:
            candidate = busy.pop(worker)
            deaths[candidate.id] += 1
            late |= {worker: candidate} if what == "l" else {}
            obey(manager.handle([WorkerLost(worker)]))
    while busy:
        finish(min(busy))
    counts = manager.ledgers[0].counts
    assert manager.stopped == Stop("the budget of evaluations is spent: 20")
    assert counts.evaluations == counts.finished == len(set(given)) == 20
    assert counts.failed == sum(n == 2 for n in deaths.values())
    assert len(given) == 20 + sum(deaths.values()) - counts.failed
