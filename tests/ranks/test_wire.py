"""What goes over the wire comes back as it was, in as many bytes as promised."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evonas import Real, Repeat, Space
from evonas.errors import TransportError
from evonas.evolve.objectives import Objectives
from evonas.evolve.records import Candidate, CandidateId, Failure, Outcome
from evonas.manage.events import Elites
from evonas.ranks import wire
from evonas.ranks.memory import Memory

SPACE = Space(Repeat(Real(-1e300, 1e300), 0, 40))
OBJECTIVES = ("accuracy", "parameters")

numbers = st.floats(allow_nan=False, allow_infinity=False)
names = st.builds(CandidateId, st.integers(0, 2**16 - 1), st.integers(0, 2**32 - 1))
genomes = st.lists(st.floats(-1e300, 1e300), max_size=40).map(SPACE.encode)
candidates = st.builds(Candidate, names, genomes, st.just(()), st.none() | st.floats(0, 1))
failures = st.builds(Failure, st.text(), st.text())
reports = st.lists(st.tuples(st.integers(), numbers), max_size=5).map(tuple)
seconds = st.floats(0, 1e9, width=32)


def outcomes(failed):
    return st.builds(
        Outcome,
        names,
        st.just({}) if failed else st.fixed_dictionaries(dict.fromkeys(OBJECTIVES, numbers)),
        st.dictionaries(st.text(), numbers, max_size=3),
        failures if failed else st.none(),
        reports,
        seconds,
    )


batches = st.lists(st.booleans().flatmap(outcomes), min_size=1, max_size=4)


@given(st.lists(st.lists(candidates, min_size=1, max_size=4), max_size=4), st.integers(0, 2**63 - 1))
def test_tasks_arrive_as_they_were_sent(messages, root):
    ours, theirs = Memory(), Memory()
    for sent in messages:
        message = wire.pack_tasks(sent, ours)
        tasks = wire.unpack_tasks(message, theirs, root)
        assert wire.kind(message) == wire.TASKS
        assert [(task.id, task.fidelity, task.root) for task in tasks] == [
            (candidate.id, candidate.fidelity, root) for candidate in sent
        ]
        assert [SPACE.unpack(task.genes) for task in tasks] == [candidate.genome for candidate in sent]


@pytest.mark.parametrize(
    "values, fidelity, size", [([1.0, 2.0], None, 1 + 11 + 3), ([1.5], 0.5, 1 + 11 + 8 + 16)]
)
def test_a_task_costs_no_more_than_its_genes(values, fidelity, size):
    candidate = Candidate(CandidateId(0, 7), SPACE.encode(values), fidelity=fidelity)
    assert len(wire.pack_tasks([candidate], Memory())) == size


@given(batches, seconds)
def test_outcomes_arrive_as_they_were_sent_with_the_address_of_their_worker(sent, waited):
    message = wire.pack_outcomes(sent, OBJECTIVES, waited)
    assert wire.kind(message) == wire.OUTCOMES
    expected = [outcome._replace(worker=3, host="node7") for outcome in sent]
    assert wire.unpack_outcomes(message, OBJECTIVES, 3, "node7") == (waited, expected)


def test_a_plain_outcome_costs_no_more_than_its_numbers():
    outcome = Outcome(CandidateId(0, 1), {"accuracy": 0.5, "parameters": 7.0})
    assert len(wire.pack_outcomes([outcome] * 3, OBJECTIVES, 0.0)) == 5 + 3 * (11 + 8 * 2)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_metrics_and_reports_may_be_anything_but_finite(value):
    outcome = Outcome(CandidateId(0, 1), {"loss": 1.0}, {"gap": value}, reports=((1, value),))
    _, [arrived] = wire.unpack_outcomes(wire.pack_outcomes([outcome], ("loss",), 0.0), ("loss",), 1, "here")
    np.testing.assert_equal([arrived.metrics["gap"], arrived.reports[0][1]], [value, value])


introductions = st.builds(wire.Introduction, st.text(), st.text()) | st.builds(
    wire.Introduction, st.text(), st.just(""), failures
)


@given(introductions)
def test_introductions_and_excuses_arrive_as_they_were_sent(who):
    message = wire.pack_introduction(who)
    assert wire.unpack_introduction(message) == who
    assert wire.kind(message) == (wire.UNFIT if who.failure else wire.READY)


@given(st.integers(0, 2**63 - 1), st.integers(0, 2**32 - 1), st.text())
def test_welcomes_and_directions_arrive_as_they_were_sent(root, rank, folder):
    assert wire.unpack_welcome(wire.pack_welcome(root, folder)) == (root, folder)
    assert wire.unpack_go(wire.pack_go(rank)) == rank
    assert wire.kind(wire.pack_welcome(root)) == wire.WELCOME
    assert wire.kind(wire.pack_go(rank)) == wire.GO


islands = st.integers(0, 2**16 - 1)
epochs = st.integers(0, 2**31 - 1)


@st.composite
def elites(draw):
    aims = Objectives(dict.fromkeys(OBJECTIVES, "min"))
    members = [
        aims.individual(one, Outcome(one.id, draw(st.fixed_dictionaries(dict.fromkeys(OBJECTIVES, numbers)))))
        for one in draw(st.lists(candidates, max_size=3))
    ]
    return Elites(draw(islands), draw(islands), draw(epochs), tuple(members))


@given(elites())
def test_elites_arrive_with_what_they_are_worth(sent):
    message = wire.pack_elites(sent, OBJECTIVES)
    arrived = wire.unpack_elites(message, OBJECTIVES, SPACE)
    assert (arrived.source, arrived.target, arrived.epoch) == (sent.source, sent.target, sent.epoch)
    assert [(one.candidate, one.outcome) for one in arrived.members] == [
        (one.candidate, one.outcome) for one in sent.members
    ]


@given(islands, islands, epochs)
def test_what_a_host_wants_arrives(source, target, epoch):
    message = wire.pack_want(source, target, epoch)
    assert wire.unpack_want(message) == (source, target, epoch)
    assert wire.kind(message) == wire.WANT


@pytest.mark.parametrize("kind", [wire.PULSE, wire.REPORT, wire.HALT])
def test_what_hosts_tell_each_other_arrives(kind):
    told = {"best": "loss 0.5", "cost": None, "rest": [1, 2.5, "naïve"]}
    message = wire.pack_told(kind, told)
    assert (wire.kind(message), wire.unpack_told(message)) == (kind, told)


@pytest.mark.parametrize("message", [b"", b"?", b"task"])
def test_a_message_of_unknown_kind_is_refused(message):
    with pytest.raises(TransportError, match=r"expected a known kind, got .*; use one evonas on all"):
        wire.kind(message)
