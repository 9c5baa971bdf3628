"""Replaying a journal is resuming: from any of its entries on, the search ends as if it had never stopped."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_search import EVOLUTION, book, failing, journal_of, loss, managed, ready, said, searched, work

from evonas.errors import JournalError
from evonas.evolve.records import CandidateId, Outcome
from evonas.evolve.strategies.genetic_algorithm import GeneticAlgorithm
from evonas.evolve.strategies.random_search import RandomSearch
from evonas.manage.events import Born, Record, TimeIsUp, WorkerReady

METHODS = [EVOLUTION, GeneticAlgorithm(population=8, mutation=1), RandomSearch()]
methods = st.sampled_from(METHODS)
prefixes = st.floats(0, 1)
seeds = st.integers(0, 2**32)


def order(seed):
    return np.random.default_rng(seed).integers


def resumed(entries, workers, *, pick=lambda n: 0, **how):
    """Replay a journal and search on; return the ledger and the whole journal."""
    ledger = book(**how)
    ledger.replay(entries)
    recorded, _ = searched(ledger, workers, pick=pick)
    return ledger, [*entries, *recorded]


def prefix(entries, share):
    return entries[: round(share * len(entries))]


def same_end(one, other):
    return (one.digest, one.archive.front, one.counts) == (other.digest, other.archive.front, other.counts)


@given(methods, st.integers(1, 5), prefixes)
@settings(max_examples=30)
def test_running_free_any_prefix_leads_to_the_same_end(method, workers, share):
    whole = book(method, evaluations=30)
    entries, _ = searched(whole, workers)
    again, journal = resumed(prefix(entries, share), workers, strategy=method, evaluations=30)
    assert same_end(whole, again)
    assert journal == entries


@given(methods, st.integers(1, 5), prefixes, seeds, seeds)
@settings(max_examples=30)
def test_with_a_lag_any_prefix_of_any_order_leads_to_the_same_end(method, workers, share, before, after):
    how = {"strategy": method, "lag": 4, "evaluations": 30}
    whole = book(**how)
    entries, _ = searched(whole, workers, pick=order(before))
    again, journal = resumed(prefix(entries, share), 3, pick=order(after), **how)
    assert same_end(whole, again)
    assert resumed(journal, 1, **how)[0].digest == whole.digest


@given(st.integers(1, 5), prefixes, seeds)
@settings(max_examples=20)
def test_with_a_lag_a_longer_budget_continues_as_the_longer_search(workers, share, seed):
    whole = book(lag=4, evaluations=60)
    searched(whole, 1)
    short, _ = searched(book(lag=4, evaluations=25), workers, pick=order(seed))
    longer, journal = resumed(prefix(short, share), workers, pick=order(seed + 1), lag=4, evaluations=60)
    assert same_end(whole, longer)
    assert same_end(whole, resumed(journal, 1, lag=4, evaluations=60)[0])


@pytest.mark.parametrize("lag", [None, 4], ids=["free", "lag"])
@pytest.mark.parametrize(
    "limits",
    [{"evaluations": 10}, {"evaluations": 30, "target": 3.0}, {"evaluations": 40, "stagnation": 2}],
    ids=["evaluations", "target", "stagnation"],
)
@given(seeds)
@settings(max_examples=10)
def test_a_finished_search_is_replayed_under_any_other_budget(lag, limits, seed):
    whole = book(lag=lag, evaluations=30)
    entries, _ = searched(whole, 3, pick=order(seed))
    again, journal = resumed(entries, 3, lag=lag, **limits)
    assert again.digest == whole.digest
    assert journal == entries


@pytest.mark.parametrize("lag", [None, 4], ids=["free", "lag"])
def test_a_search_that_stagnated_goes_on_with_more_patience(lag):
    short, stop = searched(book(lag=lag, evaluations=100, stagnation=6), 1)
    assert stop.reason == "no progress in 6 evaluations"
    whole = book(lag=lag, evaluations=100, stagnation=40)
    searched(whole, 1)
    assert same_end(whole, resumed(short, 1, lag=lag, evaluations=100, stagnation=40)[0])


@pytest.mark.parametrize("lag", [None, 4], ids=["free", "lag"])
def test_a_paused_search_is_taken_up_where_it_was(lag):
    whole = book(lag=lag, evaluations=30)
    searched(whole, 1)
    ledger = book(lag=lag, evaluations=30)
    manager = managed(1, ledger)

    def answer(candidate):
        if ledger.counts.finished == 11:
            manager.handle([TimeIsUp("that is enough")])
        return loss(candidate)

    entries = journal_of(work(manager, 1, answer=answer))
    assert manager.stopped.ending == "paused"
    assert same_end(whole, resumed(entries, 1, lag=lag, evaluations=30)[0])


def test_open_candidates_are_handed_out_first():
    manager = managed(3, book(evaluations=10))
    commands = [command for worker in (1, 2, 3) for command in manager.handle([WorkerReady(worker)])]
    again = book(evaluations=10)
    again.replay(journal_of(said(commands, Record)))
    assert ready(managed(2, again), 1, 2) == {1: again.open[0, 0], 2: again.open[0, 1]}


def test_earlier_failures_do_not_count_against_a_new_session():
    entries, stop = searched(book(evaluations=200), 1, answer=failing)
    assert stop.ending == "given up"
    again, _ = resumed(entries, 1, evaluations=30)
    assert again.counts.finished == 30


def with_entry(entries, number, entry):
    return [*entries[:number], entry, *entries[number + 1 :]]


@pytest.mark.parametrize("lag", [None, 4], ids=["free", "lag"])
@pytest.mark.parametrize(
    "other, line",
    [({"seed": 1}, 2), ({"strategy": RandomSearch()}, r"\d+"), ({"strategy": METHODS[1]}, r"\d+")],
    ids=["seed", "random", "genetic"],
)
def test_a_journal_of_another_search_is_refused_by_line(lag, other, line):
    entries, _ = searched(book(lag=lag, evaluations=30), 2)
    said = (
        f"line {line}: expected the birth .* got .the birth .*; evonas, the strategy or its operators changed"
    )
    with pytest.raises(JournalError, match=said):
        book(**{"lag": lag, "evaluations": 30, **other}).replay(entries)


@pytest.mark.parametrize("stranger", [CandidateId(0, 99), CandidateId(0, 0)], ids=["unborn", "twice"])
def test_outcomes_that_nobody_waits_for_are_refused_by_line(stranger):
    entries, _ = searched(book(evaluations=10), 1)
    assert isinstance(entries[-1], Outcome)
    with pytest.raises(
        JournalError, match=f"line {len(entries) + 1}: an outcome names {stranger}, which is not"
    ):
        book(evaluations=10).replay(with_entry(entries, -1 % len(entries), Outcome(stranger, {"loss": 1.0})))


def test_a_changed_birth_is_refused_by_its_line():
    entries, _ = searched(book(evaluations=10), 1)
    number = max(index for index, entry in enumerate(entries) if isinstance(entry, Born))
    forged = Born(entries[number].candidate, same_as=CandidateId(0, 0))
    with pytest.raises(JournalError, match=f"line {number + 2}: expected the birth"):
        book(evaluations=10).replay(with_entry(entries, number, forged))
