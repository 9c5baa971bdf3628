"""Workers die, fail or report twice, hosts take over from dead ones: nothing is lost or counts twice."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_search import book, counting, failing, handed, loss, managed, quick, ready, said, searched, work

from evonas.evolve.records import CandidateId, Failure, Outcome
from evonas.manage.events import (
    Born,
    Dispatch,
    Evaluated,
    Record,
    Stop,
    TimeIsUp,
    WorkerLost,
    WorkerReady,
    WorkerUnfit,
)

both_modes = pytest.mark.parametrize("lag", [None, 3], ids=["free", "lag"])


def outcomes(commands):
    return [record.entry for record in said(commands, Record) if isinstance(record.entry, Outcome)]


def births(commands):
    return [(worker, candidate.id.birth) for worker, candidate in handed(commands)]


def laden(workers=2, n_waiting=3):
    """Return a manager whose workers hold several candidates each, and what they hold."""
    manager = managed(workers, counting())
    held = {worker: [candidate] for worker, candidate in ready(manager, *range(1, workers + 1)).items()}
    while min(map(len, held.values())) <= n_waiting:
        worker = min(held, key=lambda worker: len(held[worker]))
        for other, candidate in handed(manager.handle([Evaluated(worker, quick(held[worker].pop(0)))])):
            held[other].append(candidate)
    return manager, held


# Retries


@both_modes
def test_a_failure_that_is_tried_again_is_not_written_down_until_it_is_final(lag):
    manager = managed(1, counting(lag=lag), retries=2)
    candidate = ready(manager, 1)[1]
    for n in (1, 2):
        commands = manager.handle([Evaluated(1, failing(candidate))])
        assert outcomes(commands) == []
        assert manager.tally.retried == n
        while births(commands) != [(1, 0)]:  # it waits behind those that are born already
            ((_, other),) = handed(commands)
            commands = manager.handle([Evaluated(1, loss(other))])
    assert outcomes(manager.handle([Evaluated(1, loss(candidate))])) == [loss(candidate)]
    assert manager.ledgers[0].counts.failed == 0
    assert manager.ledgers[0].early_failures == []


@both_modes
@pytest.mark.parametrize("retries", [0, 1, 3])
def test_a_failure_is_final_after_so_many_tries(lag, retries):
    manager = managed(2, counting(lag=lag, evaluations=20), retries=retries)
    tries = Counter()

    def answer(candidate):
        tries[candidate.id.birth] += 1
        return failing(candidate) if candidate.id.birth % 2 else loss(candidate)

    journal = [record.entry for record in work(manager, 2, answer=answer)]
    assert tries == {birth: 1 + retries * (birth % 2) for birth in range(20)}
    assert manager.tally.retried == 10 * retries
    assert Counter(entry.id for entry in journal if isinstance(entry, Outcome)).most_common(1)[0][1] == 1
    assert manager.ledgers[0].counts.failed == 10
    assert manager.stopped == Stop("the budget of evaluations is spent: 20")


@given(st.sets(st.integers(0, 60)), st.integers(1, 5))
@settings(max_examples=15)
def test_with_a_lag_retries_change_nothing(unlucky, workers):
    tries = Counter()

    def answer(candidate):
        tries[candidate.id] += 1
        again = candidate.id.birth in unlucky and tries[candidate.id] < 3
        return failing(candidate) if again else loss(candidate)

    one, other = (book(lag=4, evaluations=40) for _ in range(2))
    searched(one, 1)
    work(managed(workers, other, retries=2), workers, answer=answer)
    assert one.digest == other.digest


def test_a_death_is_no_failure_to_be_tried_again():
    manager = managed(3, counting(), retries=9)
    killer = ready(manager, 1)[1]
    manager.handle([WorkerLost(1)])
    assert ready(manager, 2) == {2: killer}
    (outcome,) = outcomes(manager.handle([WorkerLost(2)]))
    assert outcome.failure == Failure("2 workers died while evaluating it")
    assert (manager.tally.deaths, manager.tally.retried) == (2, 0)


def test_when_time_is_up_a_failure_that_could_be_tried_again_stays_for_the_next_session():
    ledger = counting()
    manager = managed(1, ledger, retries=1)
    candidate = ready(manager, 1)[1]
    manager.handle([TimeIsUp("enough")])
    assert manager.handle([Evaluated(1, failing(candidate))]) == [Stop("enough", "paused")]
    assert [*ledger.open] == [candidate.id]


# Deaths


def test_a_death_is_blamed_on_the_first_candidate_alone():
    manager, held = laden(workers=3)
    first, *others = held[1]
    manager.handle([WorkerLost(1)])
    heirs = {}
    commands = manager.handle([WorkerReady(4)])
    for worker, candidate in handed(commands):
        heirs.setdefault(worker, []).append(candidate)
    assert heirs[4][: 1 + len(others)] == [first, *others]  # in the same order, before anybody new
    commands = manager.handle([WorkerLost(4)])
    assert [outcome.id for outcome in outcomes(commands)] == [first.id]
    survivors = {candidate.id for candidate in others}
    assert survivors <= manager.ledgers[0].open.keys()
    # However many more die: each takes one candidate with it at most, and only at its second death.
    assert manager.ledgers[0].counts.failed == 1


def test_a_worker_that_starts_anew_gets_what_it_held_again():
    manager, held = laden()
    before = [*held[1]]
    again = handed(manager.handle([WorkerReady(1)]))
    assert [candidate for worker, candidate in again if worker == 1][: len(before)] == before
    assert manager.tally.deaths == 0


def test_a_worker_that_is_ready_twice_is_one_worker():
    manager = managed(2, counting(evaluations=4))
    assert ready(manager, 1, 1, 1)[1].id == (0, 0)
    assert manager.n_running == 1
    assert manager.expected == 2


@both_modes
def test_two_reports_of_a_candidate_count_once(lag):
    manager = managed(2, counting(lag=lag))
    given = ready(manager, 1, 2)
    assert outcomes(manager.handle([Evaluated(2, loss(given[1]))])) == [loss(given[1])]
    before = manager.ledgers[0].counts.finished
    commands = manager.handle([Evaluated(1, loss(given[1])._replace(worker=1))])
    assert outcomes(commands) == []
    assert (manager.tally.late, manager.ledgers[0].counts.finished) == (1, before)
    assert len(manager.running[1]) == 1  # and it works on


def test_what_a_worker_still_says_after_it_was_sent_elsewhere_counts():
    manager = managed(2, counting())
    given = ready(manager, 1, 2)
    manager.release(1)
    assert manager.expected == 1
    assert outcomes(manager.handle([Evaluated(1, loss(given[1]))])) == [loss(given[1])]
    assert births(manager.handle([Evaluated(2, loss(given[2]))])) == [(2, 2)]


def test_what_a_worker_held_that_is_sent_elsewhere_goes_to_another():
    manager = managed(2, counting())
    given = ready(manager, 1, 2)
    manager.release(1)
    assert births(manager.handle([Evaluated(2, loss(given[2]))])) == [(2, 0)]


def test_outcomes_of_another_hosts_island_are_late():
    manager = managed(1, counting(), counting(island=2, islands=3))
    ready(manager, 1)
    stranger = Outcome(CandidateId(1, 0), {"loss": 1.0})
    assert outcomes(manager.handle([Evaluated(1, stranger)])) == []
    assert manager.tally.late == 1


# The clock


@both_modes
def test_when_time_is_up_at_once_nobody_is_waited_for_and_nothing_is_lost(lag):
    how = {"lag": lag, "evaluations": 30}
    whole = book(**how)
    journal, _ = searched(whole, 3)
    manager = managed(3, ledger := book(**how))
    commands = [*(manager.handle([WorkerReady(worker)]) for worker in (1, 2, 3))]
    commands.append(manager.handle([TimeIsUp("the job ends", at_once=True)]))
    assert commands[-1] == [Stop("the job ends", "paused")]
    assert manager.n_running == len(ledger.open) == 3
    again = book(**how)
    again.replay([record.entry for each in commands for record in said(each, Record)])
    assert [*again.open] == [*ledger.open]
    assert ready(managed(3, again), 1, 2, 3) == {n + 1: again.open[0, n] for n in range(3)}
    assert searched(again, 3)[0] == journal[3:]
    assert again.digest == whole.digest


def test_what_is_finished_after_all_still_counts():
    manager = managed(1, counting())
    given = ready(manager, 1)
    manager.handle([TimeIsUp("the job ends", at_once=True)])
    assert manager.handle([Evaluated(1, loss(given[1]))]) == [Record(0, loss(given[1]))]


# Who is left


@pytest.mark.parametrize("end", [WorkerLost(1), WorkerUnfit(1, Failure("no torch"))])
def test_a_host_that_can_help_itself_does_so_only_after_a_death(end):
    manager = managed(1, counting(), helps_itself=True)
    commands = manager.handle([end])
    assert manager.is_deserted
    assert (commands == []) == isinstance(end, WorkerLost)


def test_a_host_that_helps_itself_goes_on_as_a_worker():
    manager = managed(1, counting(evaluations=3), helps_itself=True)
    given = ready(manager, 1)
    assert manager.handle([WorkerLost(1)]) == []
    assert ready(manager, 0) == {0: given[1]}
    assert not manager.is_deserted


def test_a_host_whose_workers_were_sent_elsewhere_helps_itself_too():
    manager = managed(1, counting(), helps_itself=True)
    ready(manager, 1)
    manager.release(1)
    assert manager.handle([]) == []
    assert manager.is_deserted


def test_a_host_that_still_expects_somebody_is_not_deserted():
    manager = managed(2, counting())
    assert manager.handle([WorkerLost(1)]) == []
    assert not manager.is_deserted
    assert manager.handle([WorkerLost(2)]) == [Stop("no worker is left", "given up")]


def test_after_it_gave_up_nothing_is_handed_out():
    manager = managed(1, counting())
    manager.handle([WorkerLost(1)])
    assert manager.stopped
    assert said(manager.handle([WorkerReady(2)]), Dispatch) == []


# Takeover


def taken_over(lag=None, workers=3, evaluations=30, expected=None):
    """Return a manager that took over from a dead one, and the candidates that the workers hold of it."""
    how = {"lag": lag, "evaluations": evaluations}
    former = managed(workers, counting(**how))
    commands = [former.handle([WorkerReady(worker)]) for worker in range(1, workers + 1)]
    orphans = dict(handed([command for each in commands for command in each]))
    ledger = counting(**how)
    ledger.replay([record.entry for each in commands for record in said(each, Record)])
    manager = managed(expected or workers)
    manager.adopt(ledger, taken_over=True)
    return manager, orphans


def test_what_a_dead_host_handed_out_waits_until_all_workers_turned_to_the_new_one():
    manager, orphans = taken_over()
    assert {candidate.id.birth for candidate in ready(manager, 1, 2).values()} == {3, 4}
    assert ready(manager, 3) == {3: orphans[1]}


def test_those_that_died_with_the_host_are_not_waited_for():
    manager, orphans = taken_over()
    given = ready(manager, 1, 2)
    manager.handle([WorkerLost(3)])
    assert handed(manager.handle([Evaluated(1, loss(given[1]))])) == [(1, orphans[1])]


@pytest.mark.parametrize("worker", [1, 3])
def test_the_outcome_of_an_orphan_is_accepted_from_whoever_has_it(worker):
    manager, orphans = taken_over()
    ready(manager, 1)
    commands = manager.handle([Evaluated(worker, loss(orphans[3]))])
    assert outcomes(commands) == [loss(orphans[3])]
    ready(manager, 2, 3)
    assert orphans[3].id not in {name for held in manager.running.values() for name in held}


def test_with_nothing_else_to_do_orphans_wait_no_longer():
    manager, orphans = taken_over(lag=3)
    assert ready(manager, 1, 2) == {1: orphans[1], 2: orphans[2]}


def test_an_orphan_whose_worker_failed_is_tried_again_once():
    manager, orphans = taken_over()
    manager = managed(3, retries=1)
    ledger = counting(evaluations=30)
    ledger.replay([Born(candidate) for candidate in orphans.values()])
    manager.adopt(ledger, taken_over=True)
    ready(manager, 1, 2)
    manager.handle([Evaluated(1, failing(orphans[1]))])
    ready(manager, 3)
    given = Counter()
    while not manager.stopped:
        worker, held = next((worker, held) for worker, held in manager.running.items() if held)
        candidate = next(iter(held.values()))
        given[candidate.id.birth] += 1
        manager.handle([Evaluated(worker, loss(candidate))])
    assert given == dict.fromkeys(range(30), 1)
    assert manager.tally.late == 0


@both_modes
@given(st.lists(st.integers(0, 5), max_size=12))
@settings(max_examples=40)
def test_a_takeover_changes_no_budget(lag, happenings):
    """The workers turn to the new host at any time, and report what they have of the former one, or not."""
    manager, orphans = taken_over(lag, evaluations=20)
    for what in happenings:
        worker = what % 3 + 1
        if worker in manager.running:
            for candidate in [*manager.running[worker].values()][:1]:
                manager.handle([Evaluated(worker, loss(candidate))])
        else:
            if what > 2:
                manager.handle([Evaluated(worker, loss(orphans[worker]))])
            manager.handle([WorkerReady(worker)])
    ready(manager, *({1, 2, 3} - manager.running.keys()))
    while not manager.stopped:
        worker, held = next((worker, held) for worker, held in manager.running.items() if held)
        manager.handle([Evaluated(worker, loss(next(iter(held.values()))))])
    counts = manager.ledgers[0].counts
    assert manager.stopped == Stop("the budget of evaluations is spent: 20")
    assert (counts.evaluations, counts.finished) == (20, 20)
