"""Elites go when they are due, to whom they are new, and are taken in once, when it is their turn."""

import pytest
from toy_search import NUMBERS, Listed, book, exchanging, loss, searched

from evonas.evolve.objectives import Objectives
from evonas.evolve.records import Candidate, CandidateId, Individual, Outcome
from evonas.manage.events import Born, Elites
from evonas.manage.exchange import LAST
from evonas.manage.migration import Migration

EVERY_TWO = Migration(every=2, adaptive=False)
EVERYBODY = Migration(every=2, elites=9, adaptive=False, topology="complete")


def someone(number, island=1, cost=None, fidelity=None, **metrics):
    """Return an individual with the genome ``number``, as it travels."""
    name = CandidateId(island, number)
    objectives = {"loss": float(number) if cost is None else cost, **metrics}
    return Individual(
        Candidate(name, NUMBERS.encode(number), fidelity=fidelity), Outcome(name, objectives), (cost or 0.0,)
    )


def elites(*members, epoch=0, source=1, target=0):
    return Elites(source, target, epoch, members)


def among(architectures, **how):
    """Return the ledger of the first of two islands, that proposes what is listed, and its strategy."""
    where = {"island": 0, "islands": 2, "migration": EVERY_TWO, "space": NUMBERS}
    ledger = book(Listed(architectures), **{"evaluations": 100, **where, **how})
    return ledger, ledger._strategy


def evaluate(ledger, n=1, answer=loss):
    """Let the next ``n`` candidates be born and evaluated, one after the other."""
    for _ in range(n):
        ledger.advance(1)
        ledger.arrive(answer(next(iter(ledger.open.values()))))


def sent(exchange):
    """Return who is in the outbox, and empty it."""
    out = [(each.target, each.epoch, [str(one.id) for one in each.members]) for each in exchange.outbox]
    exchange.outbox.clear()
    return out


# Sending


def test_elites_go_after_so_many_outcomes_to_every_neighbour():
    exchange = exchanging(0, 3, EVERYBODY)
    pool = [someone(1, island=0)]
    exchange.learnt(1, lambda: pool)
    assert sent(exchange) == []
    exchange.learnt(2, lambda: pool)
    assert sent(exchange) == [(1, 0, ["0-1"]), (2, 0, ["0-1"])]


def test_nobody_is_sent_twice_to_the_same_neighbour_nor_home():
    exchange = exchanging(0, 3, EVERYBODY)
    mine, theirs = someone(1, island=0), someone(2, island=1)
    exchange.learnt(2, lambda: [mine, theirs])
    assert sent(exchange) == [(1, 0, ["0-1"]), (2, 0, ["0-1", "1-2"])]
    exchange.learnt(4, lambda: [mine, theirs])
    assert sent(exchange) == []
    exchange.learnt(6, lambda: [mine, theirs, someone(3, island=0)])
    assert sent(exchange) == [(1, 2, ["0-3"]), (2, 2, ["0-3"])]
    assert exchange.n_sent == 5


def test_in_step_there_is_word_each_time_if_only_that_there_is_nobody():
    exchange = exchanging(0, 2, Migration(every=2), in_step=True)
    pool = [someone(1, island=0)]
    for n in range(1, 9):
        exchange.learnt(n, lambda: pool)
    # Without progress the second sending with somebody in it would be that after 6 outcomes.
    assert sent(exchange) == [(1, 0, ["0-1"]), (1, 1, []), (1, 2, []), (1, 3, [])]
    exchange.farewell()
    exchange.farewell()
    assert sent(exchange) == [(1, LAST - 4, [])]


def test_what_was_sent_is_sent_again_to_who_lost_it():
    exchange = exchanging(0, 2, EVERYBODY, in_step=True)
    for n in range(1, 9):
        exchange.learnt(n, lambda n=n: [someone(n, island=0)])
    exchange.farewell()
    everything = list(exchange.outbox)
    assert exchange.sent_since(1, 0) == everything
    assert exchange.sent_since(1, 2) == everything[2:]
    assert exchange.sent_since(7, 0) == []


def test_without_neighbours_nobody_is_looked_for():
    exchange = exchanging(0, 1, EVERYBODY, in_step=True)
    exchange.learnt(2, lambda: pytest.fail("nobody is to be sent"))
    exchange.farewell()
    assert exchange.outbox == [] and not exchange.waiting(100)


def test_running_free_there_is_no_farewell():
    exchange = exchanging(0, 2, EVERYBODY)
    exchange.farewell()
    assert exchange.outbox == []


# Taking in


def test_running_free_elites_are_taken_in_when_they_come():
    exchange = exchanging(0, 2, EVERY_TWO)
    assert exchange.arrive(elites(someone(5), epoch=7))
    assert [one.epoch for one in exchange.due_now(0)] == [7]
    assert exchange.due_now(0) == []
    assert not exchange.waiting(100)


def test_in_step_they_are_taken_in_exactly_one_epoch_after_they_were_sent():
    exchange = exchanging(0, 2, EVERY_TWO, in_step=True)
    for epoch in (1, 0):  # whoever comes first
        assert exchange.arrive(elites(someone(epoch), epoch=epoch))
    assert exchange.due_now(3) == []
    assert [one.epoch for one in exchange.due_now(4)] == [0]
    assert exchange.due_now(5) == []
    assert [one.epoch for one in exchange.due_now(6)] == [1]
    assert not exchange.waiting(7) and exchange.waiting(8)
    assert exchange.due_now(8) == []
    assert exchange.arrive(elites(epoch=2)) and not exchange.waiting(8)


def test_in_step_all_neighbours_are_waited_for():
    exchange = exchanging(0, 3, EVERYBODY, in_step=True)
    exchange.arrive(elites(someone(3), source=2))
    assert exchange.waiting(4)
    exchange.arrive(elites(source=1))
    assert [one.source for one in exchange.due_now(4)] == [1, 2]


def test_in_step_what_is_here_or_was_taken_in_is_nothing_new():
    exchange = exchanging(0, 2, EVERY_TWO, in_step=True)
    assert exchange.arrive(elites(someone(1)))
    assert not exchange.arrive(elites(someone(1)))
    exchange.due_now(4)
    assert not exchange.arrive(elites(someone(1)))


def test_after_a_farewell_nobody_waits_but_for_what_was_sent_before_it():
    exchange = exchanging(0, 2, EVERY_TWO, in_step=True)
    assert exchange.arrive(elites(epoch=LAST - 1))
    assert not exchange.arrive(elites(epoch=LAST - 1))
    assert exchange.waiting(4)  # it overtook epoch 0, which is sent again after a death
    assert exchange.arrive(elites(someone(1)))
    assert exchange.due_now(4) != []
    assert not exchange.waiting(100)


def test_the_first_epoch_that_is_missing_is_asked_for():
    exchange = exchanging(0, 2, EVERY_TWO, in_step=True)
    assert exchange.wanted(1) == 0
    for epoch in (0, 1, 3):
        exchange.arrive(elites(epoch=epoch))
    assert exchange.wanted(1) == 2
    exchange.due_now(4)
    assert exchange.wanted(1) == 2
    exchange.arrive(elites(epoch=LAST - 4))
    assert exchange.wanted(1) == 2
    exchange.arrive(elites(epoch=2))
    assert exchange.wanted(1) == 4


@pytest.mark.parametrize("in_step", [False, True], ids=["free", "in step"])
def test_heirlooms_of_an_island_that_is_no_more_come_once(in_step):
    exchange = exchanging(0, 2, EVERY_TWO, in_step=in_step)
    assert exchange.arrive(elites(someone(1), epoch=LAST, source=5))
    assert not exchange.arrive(elites(someone(1), epoch=LAST, source=5))
    assert [one.source for one in exchange.due_now(0)] == [5]
    assert exchange.due_now(0) == []
    assert exchange.n_received == 1


# What becomes of them


def test_who_comes_is_met_by_the_strategy_and_known_to_the_archive():
    ledger, strategy = among([10, 11])
    evaluate(ledger)
    assert ledger.welcome(elites(someone(3, cost=-5.0)))
    assert strategy.learnt == [0, (1, 3)]
    assert ledger.archive.best.id == (1, 3)
    assert ledger.counts.learnt == ledger.counts.finished == 1


@pytest.mark.parametrize("lag", [None, 1], ids=["free", "lag"])
def test_a_child_that_equals_an_immigrant_is_a_duplicate(lag):
    ledger, strategy = among([10, 11, 12, 13, 3, 14], lag=lag)
    ledger.welcome(elites(someone(3, cost=-5.0)))
    while ledger.counts.finished < 5:
        evaluate(ledger)
    assert (ledger.counts.evaluations, ledger.counts.duplicates) == (5, 1)
    twin = next(born for born in ledger.take_records() if born.same_as)
    assert (twin.candidate.id, twin.same_as) == ((0, 4), (1, 3))
    assert {4, (1, 3)} <= {*strategy.learnt}


def test_an_immigrant_that_equals_a_child_does_not_take_its_name():
    ledger, _ = among([3, 10, 3, 11])
    evaluate(ledger)
    ledger.welcome(elites(someone(3)))
    evaluate(ledger, 2)
    assert [born.same_as for born in ledger.take_records()] == [None, None, (0, 0), None]


def test_who_comes_home_is_nobody_new():
    ledger, strategy = among([10, 11])
    evaluate(ledger)
    (born,) = ledger.take_records()
    home = Individual(born.candidate, loss(born.candidate), ())
    ledger.welcome(elites(home))
    assert strategy.learnt == [0]


def test_an_island_sends_those_that_came_on_to_others():
    ledger, _ = among([10, 11], islands=3, migration=EVERYBODY)
    ledger.welcome(elites(someone(3, cost=-5.0)))
    evaluate(ledger, 2, answer=lambda one: Outcome(one.id, {"loss": 1.0}))
    assert sent(ledger.exchange) == [(2, 0, ["1-3"])]


def test_an_island_prices_immigrants_by_its_own_objectives():
    both, aims = Objectives({"loss": "min", "size": "max"}), Objectives({"size": "max"})
    ledger, _ = among([10, 11], objectives=both, aims=aims)
    evaluate(ledger, answer=lambda one: Outcome(one.id, {"loss": 1.0, "size": 5.0}))
    ledger.welcome(elites(someone(3, size=7.0)))
    assert [(str(one.id), one.costs) for one in ledger.archive.front] == [("1-3", (-7.0,))]


def test_an_outcome_must_have_what_the_search_declares_though_an_island_aims_at_less():
    both, aims = Objectives({"loss": "min", "size": "max"}), Objectives({"size": "max"})
    ledger, _ = among([10, 11], objectives=both, aims=aims)
    evaluate(ledger, answer=lambda one: Outcome(one.id, {"size": 5.0}))
    assert ledger.counts.failed == 1


def test_the_target_is_that_of_the_islands_first_objective():
    both, aims = Objectives({"loss": "min", "size": "max"}), Objectives({"size": "max", "loss": "min"})
    ledger, _ = among(list(range(9)), objectives=both, aims=aims, target=3.0)
    searched(ledger, 1, answer=lambda one: Outcome(one.id, {"loss": 0.0, "size": float(one.id.birth)}))
    assert ledger.target_reached() == "the target is reached: size 3"


# Fidelity


def test_an_island_evaluates_as_thoroughly_as_it_is_told():
    ledger, _ = among([10, 11], fidelity=4.0)
    evaluate(ledger, 2)
    assert {born.candidate.fidelity for born in ledger.take_records()} == {4.0}
    assert {one.candidate.fidelity for each in ledger.exchange.outbox for one in each.members} == {4.0}


@pytest.mark.parametrize("own, theirs", [(None, 4.0), (4.0, None), (2.0, 4.0)])
def test_elites_of_another_fidelity_are_evaluated_again(own, theirs):
    ledger, strategy = among([10, 11, 12], fidelity=own)
    evaluate(ledger)
    ledger.welcome(elites(someone(3, fidelity=theirs, cost=-9.0)))
    assert ledger.archive.best.id == (0, 0) and strategy.learnt == [0]
    evaluate(ledger)
    again = ledger.take_records()[-1].candidate
    assert again.genome == NUMBERS.encode(3)
    assert (again.parents, again.fidelity) == (((1, 3),), own)
    assert strategy.learnt == [0, 1]


def test_elites_of_another_fidelity_that_are_known_already_are_not():
    ledger, _ = among([3, 11, 12])
    evaluate(ledger)
    ledger.welcome(elites(someone(3, fidelity=4.0)))
    evaluate(ledger)
    assert ledger.take_records()[-1].candidate.genome == NUMBERS.encode(11)
    assert ledger.counts.duplicates == 0


# Replay


@pytest.mark.parametrize("lag", [None, 2], ids=["free", "lag"])
@pytest.mark.parametrize("fidelity", [None, 4.0])
def test_whoever_came_comes_again_at_the_same_time_when_a_journal_is_replayed(lag, fidelity):
    how = {"lag": lag, "evaluations": 12}
    numbers = [0, 10, 11, 3, 4, *range(20, 40)]
    ledger, _ = among(numbers, **how)
    heirlooms = elites(someone(77, cost=-1.0, source=5), epoch=LAST, source=5)
    arrivals = [elites(someone(3 + epoch, fidelity=fidelity), epoch=epoch) for epoch in range(6)]
    journal = [heirlooms] if ledger.welcome(heirlooms) else []
    while not ledger.is_done:
        ledger.advance(1)
        journal += ledger.take_records()
        if ledger.open:
            journal.append(ledger.arrive(loss(next(iter(ledger.open.values())))))
        if arrivals and len(journal) % 3 == 0:
            journal += [arrivals[0]] if ledger.welcome(arrivals[0]) else []
            del arrivals[0]
    assert sum(isinstance(entry, Born) for entry in journal) >= 12
    again, strategy = among(numbers, **how)
    again.replay(journal)
    assert (again.digest, again.counts) == (ledger.digest, ledger.counts)
    assert strategy.learnt == ledger._strategy.learnt
    assert not again.welcome(heirlooms)
    assert again.exchange.outbox == []
    assert again.exchange.n_received == ledger.exchange.n_received


def test_the_best_that_came_is_an_improvement():
    ledger, _ = among(list(range(50)), stagnation=4)
    evaluate(ledger, 4, answer=lambda one: Outcome(one.id, {"loss": 9.0 + one.id.birth}))
    ledger.welcome(elites(someone(60, cost=1.0)))
    assert ledger.stopping() is None
    evaluate(ledger, 3, answer=lambda one: Outcome(one.id, {"loss": 9.0}))
    assert ledger.stopping() is None
    evaluate(ledger, 1, answer=lambda one: Outcome(one.id, {"loss": 9.0}))
    assert ledger.stopping() == "no progress in 4 evaluations"
    assert ledger.archive.best.id == (1, 60)
