"""Several fidelities in one book: what is new, what counts, who is best, and that it all comes again."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_replay import order, prefix, same_end
from toy_search import NUMBERS, Listed, book, journal_of, loss, managed, searched, work

from evonas import Int, RegularizedEvolution, Space
from evonas.evolve.records import Candidate, CandidateId, Individual, Outcome
from evonas.evolve.strategies.dehb import DEHB
from evonas.evolve.strategies.hyperband import Hyperband
from evonas.evolve.strategies.multi_fidelity import MultiFidelityEvolution
from evonas.evolve.strategies.successive_halving import SuccessiveHalving
from evonas.evolve.strategy import Proposal
from evonas.manage.events import Born, Elites

HALVING = SuccessiveHalving(fidelities=(1, 3, 9))
METHODS = [
    HALVING,
    SuccessiveHalving(fidelities=(0.5, 1), eta=2, proposer=RegularizedEvolution(population=4, tournament=2)),
    Hyperband(fidelities=(1, 3, 9)),
    DEHB(fidelities=(1, 3, 9)),
    MultiFidelityEvolution(fidelities=(1, 3, 9), initial=8, training=20),
]
both_modes = pytest.mark.parametrize("lag", [None, 2], ids=["free", "lag"])
methods = st.sampled_from(METHODS)


class Stepped(Listed):
    """Proposes numbers from a list, each with its fidelity; 9 is full."""

    full_fidelity = 9

    def propose(self, rng):
        proposal = super().propose(rng)
        number, fidelity = self.steps[min(self.births, len(self.steps) - 1)]
        return Proposal(self.space.encode(number), proposal.parents, fidelity)


def stepped(*steps):
    strategy = Stepped([number for number, _ in steps])
    strategy.steps = steps
    return strategy


def blurred(candidate):
    """Answer as ``loss`` does, a little more for each fidelity that is missing."""
    outcome = loss(candidate)
    cost = outcome.objectives["loss"] + (9 - (candidate.fidelity or 9)) / 100
    return outcome._replace(objectives={"loss": cost})


def told(ledger, cost):
    """Let the ledger bear one more, and answer it; return its candidate."""
    ledger.advance(1)
    candidate = next(reversed(ledger.open.values()))
    ledger.arrive(Outcome(candidate.id, {"loss": float(cost)}))
    return candidate


@both_modes
def test_a_genome_is_new_at_each_fidelity_and_known_at_each(lag):
    steps = [(1, 1), (1, 3), (1, 1), (1, 9), (1, 3), (1, None), (2, 1)]
    ledger = book(stepped(*steps), space=NUMBERS, lag=lag, evaluations=4)
    recorded, _ = searched(ledger, 1, answer=blurred)
    births = [entry for entry in recorded if isinstance(entry, Born)]
    firsts = [born.same_as and born.same_as.birth for born in births[:7]]
    assert firsts == [None, None, 0, None, 1, 3, None]
    assert births[5].candidate.fidelity == 9  # who is to be evaluated fully is evaluated as fully as anybody
    assert (ledger.counts.evaluations, ledger.counts.duplicates) == (4, 3)


def test_the_best_is_the_best_at_the_highest_fidelity_so_far():
    ledger = book(stepped((1, 1), (2, 3), (3, 1), (4, 9), (5, 3), (6, 9)), space=NUMBERS, evaluations=9)
    bests = []
    for cost in (5.0, 7.0, 1.0, 9.0, 0.0, 8.0):
        told(ledger, cost)
        bests.append(ledger.archive.best.costs[0])
    assert bests == [5.0, 7.0, 7.0, 9.0, 9.0, 8.0]


def test_only_a_full_evaluation_reaches_the_target():
    ledger = book(stepped((1, 1), (2, 3), (2, 9), (3, 9)), space=NUMBERS, evaluations=9, target=1.0)
    told(ledger, 0.5)
    told(ledger, 0.5)
    told(ledger, 2.0)
    assert ledger.target_reached() is None
    told(ledger, 0.75)
    assert ledger.stopping() == "the target is reached: loss 0.75"


def test_a_space_is_searched_through_once_all_is_evaluated_fully():
    space = Space(Int(0, 2))
    ledger = book(SuccessiveHalving(fidelities=(1, 3, 9)), space=space, evaluations=1000)
    recorded, stop = searched(ledger, 5, answer=blurred)
    assert stop.reason == "every architecture of the space is evaluated"
    full = [one.candidate.genome for one in recorded if isinstance(one, Born) and one.candidate.fidelity == 9]
    assert len(set(full)) == 3 < ledger.counts.evaluations


def test_each_evaluation_counts_in_the_budget_and_its_seconds_are_summed():
    ledger = book(HALVING, space=NUMBERS, evaluations=13)
    _, stop = searched(ledger, 1, answer=blurred)
    assert stop.reason == "the budget of evaluations is spent: 13"
    assert (ledger.counts.finished, ledger.counts.seconds) == (13, 13.0)


def test_the_digest_tells_fidelities_apart():
    def digest(*fidelities):
        ledger = book(stepped(*((1, fidelity) for fidelity in fidelities)), space=NUMBERS, evaluations=9)
        for _ in fidelities:
            told(ledger, 1.0)
        return ledger.digest

    assert len({digest(1, 3), digest(1, 9), digest(3, 9)}) == 3


def test_only_those_that_were_evaluated_fully_emigrate():
    how = {"islands": 2, "island": 0, "space": NUMBERS, "evaluations": 1000}
    ledger = book(HALVING, **how)
    sent = []
    for _ in range(300):
        ledger.advance(1)
        ledger.arrive(blurred(next(iter(ledger.open.values()))))
        sent += [one for elites in ledger.exchange.outbox for one in elites.members]
        ledger.exchange.outbox.clear()
    assert sent
    assert {one.candidate.fidelity for one in sent} == {9}


def elite(number, fidelity, cost):
    name = CandidateId(1, number)
    return Individual(
        Candidate(name, NUMBERS.encode(number), fidelity=fidelity), Outcome(name, {"loss": cost}), (cost,)
    )


def test_elites_of_the_full_fidelity_are_known_and_others_are_evaluated_fully():
    ledger = book(stepped((1, 1), (2, 1), (3, 1)), space=NUMBERS, islands=2, evaluations=9)
    told(ledger, 5.0)
    ledger.welcome(Elites(1, 0, 0, (elite(77, 9, 0.5), elite(78, 3, 0.25))))
    assert ledger.archive.best.id == (1, 77)
    again = told(ledger, 4.0)
    assert (again.genome, again.fidelity, again.parents) == (NUMBERS.encode(78), 9, ((1, 78),))


@given(methods, st.integers(1, 5), st.floats(0, 1))
@settings(max_examples=15, deadline=None)
def test_running_free_any_prefix_leads_to_the_same_end(method, workers, share):
    whole = book(method, evaluations=60)
    entries, _ = searched(whole, workers, answer=blurred)
    again = book(method, evaluations=60)
    again.replay(prefix(entries, share))
    recorded, _ = searched(again, workers, answer=blurred)
    assert same_end(whole, again)
    assert [*prefix(entries, share), *recorded] == entries


@given(methods, st.integers(1, 5), st.integers(0, 2**32))
@settings(max_examples=15, deadline=None)
def test_with_a_lag_the_order_of_outcomes_changes_nothing(method, workers, seed):
    one, other = (book(method, lag=4, evaluations=60) for _ in range(2))
    searched(one, 1, answer=blurred)
    searched(other, workers, answer=blurred, pick=order(seed))
    assert same_end(one, other)


@pytest.mark.parametrize("method", METHODS, ids=repr)
def test_islands_of_several_fidelities_exchange_and_end(method):
    ledgers = [book(method, island=island, islands=3, evaluations=60) for island in range(3)]
    records = work(managed(4, *ledgers), 4, answer=blurred)
    assert [ledger.counts.finished for ledger in ledgers] == [60] * 3
    for island, ledger in enumerate(ledgers):
        again = book(method, island=island, islands=3, evaluations=60)
        again.replay(journal_of(records, island))
        assert same_end(ledger, again)
