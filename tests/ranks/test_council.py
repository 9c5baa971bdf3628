"""What hosts tell each other, on a transport that is only a list."""

from dataclasses import asdict

import pytest
from stage import Stage

from evonas.ranks import council, wire
from evonas.ranks.council import Council, Pulse, together
from evonas.ranks.layout import Layout

LAYOUT = Layout(9, 3)  # hosts 0, 3 and 6
BUSY, IDLE = Pulse(finished=4, workers=2), Pulse(finished=4, workers=2, exhausted=True)


@pytest.fixture
def lead():
    return Stage(LAYOUT, 0)


@pytest.fixture
def other():
    return Stage(LAYOUT, 3)


def told(host, pulse):
    """Return a host's word on how it goes."""
    return host, wire.pack_told(wire.PULSE, asdict(pulse))


def test_the_first_host_leads_and_knows_the_others(lead, other):
    assert Council(lead).leads
    assert not Council(other).leads
    assert (Council(lead).others, Council(other).others) == ([3, 6], [0, 6])


def test_when_the_lead_dies_the_next_host_leads(other):
    conference = Council(other)
    other.layout = LAYOUT.without(frozenset({0, 1, 2}))
    assert conference.leads
    assert conference.others == [6]


def test_a_host_tells_the_lead_now_and_then_and_at_once_when_it_has_no_work(other):
    conference = Council(other)
    assert [conference.beat(False, lambda: BUSY) for _ in range(3)] == [True, False, False]
    assert conference.beat(True, lambda: IDLE)
    words = [wire.unpack_told(message) for _, message in other.said(wire.PULSE)]
    assert [Pulse(**word) for word in words] == [BUSY, IDLE]
    assert {rank for rank, _ in other.sent} == {0}


def test_the_lead_notes_how_it_goes_itself_and_sends_nothing(lead):
    conference = Council(lead)
    assert conference.beat(False, lambda: BUSY)
    assert conference.pulses == {0: BUSY}
    assert lead.sent == []


def test_many_hosts_speak_less_often(monkeypatch):
    stage = Stage(Layout(2000, 1000), 2)
    moments = iter([0.0, council.PULSE + 1, 19.0, 21.0])
    monkeypatch.setattr("time.monotonic", lambda: next(moments))
    conference = Council(stage)
    assert [conference.beat(False, lambda: BUSY) for _ in range(4)] == [True, False, False, True]


def test_a_run_is_as_its_hosts_are_together():
    pulses = {
        0: Pulse(3, 1, 2, 1, 2, 0.5, "value 7", -7.0, exhausted=True),
        3: Pulse(4, 0, 0, 2, 1, 1.5, "value 9", -9.0),
        6: Pulse(),
    }
    assert together(pulses) == Pulse(7, 1, 2, 3, 3, 2.0, "value 9", -9.0, exhausted=False)
    assert together({0: IDLE, 3: IDLE}).exhausted


def test_a_worker_without_work_goes_to_the_lead_and_from_there_to_who_has_some(lead, other):
    helper = Council(other)
    helper.lend(4)
    assert other.said(wire.GO) == [(4, wire.pack_go(0))]
    assert helper.departed == [4]

    conference = Council(lead)
    conference.lend(4)
    assert conference.departed == [], "nobody is known to have work"
    assert conference.read(*told(3, IDLE)) is None
    assert lead.said(wire.GO) == []
    conference.read(*told(6, BUSY))
    assert lead.said(wire.GO) == [(4, wire.pack_go(6))]
    assert conference.departed == [4]


def test_waiting_workers_are_shared_among_the_hosts_with_work_the_least_staffed_first(lead):
    conference = Council(lead)
    for worker in (1, 2, 4):
        conference.lend(worker)
    conference.pulses[6] = Pulse(workers=1)
    conference.read(*told(3, Pulse(workers=5)))
    assert [(worker, wire.unpack_go(message)) for worker, message in lead.said(wire.GO)] == [
        (1, 6),
        (2, 3),
        (4, 6),
    ]


def test_nobody_is_lent_if_there_is_nobody_else_or_work_here_again(lead):
    alone = Stage(Layout(3, 1), 0)
    Council(alone).lend(1)
    assert alone.sent == []
    conference = Council(lead)
    conference.lend(1)
    conference.keep()
    conference.read(*told(3, BUSY))
    assert lead.said(wire.GO) == []


def test_a_host_does_not_lend_itself(other):
    Council(other).lend(3)
    assert other.sent == []


def test_the_run_is_complete_when_every_island_has_reported(lead, other):
    conference, helper = Council(lead), Council(other)
    conference.report({0: "fine"})
    helper.report({1: "good", 2: "better"})
    assert not conference.is_complete
    [(host, message)] = other.said(wire.REPORT)
    assert host == 0
    conference.read(3, message)
    assert conference.is_complete
    assert conference.reports == {0: "fine", 1: "good", 2: "better"}


def test_a_host_reports_again_if_another_one_leads_or_it_has_more_islands(other):
    conference = Council(other)
    assert conference.awaits([1])
    conference.report({1: "good"})
    assert not conference.awaits([1])
    assert conference.awaits([1, 0])
    other.layout = LAYOUT.without(frozenset({0}))
    assert conference.awaits([1])


def test_all_hosts_are_told_to_stop_and_that_is_the_reason_there(lead, other):
    Council(lead).halt("the target is reached")
    [(first, message), (second, _)] = lead.said(wire.HALT)
    assert (first, second) == (3, 6)
    conference = Council(other)
    assert conference.read(0, message) == "the target is reached"
    assert not conference.dismissed
    assert conference.read(0, wire.STOP) is None
    assert conference.dismissed


def test_who_cannot_load_the_search_is_dismissed_unless_it_is_a_child_of_this_process(lead):
    Council(lead).place_unfit(2)
    assert lead.sent == [(2, wire.STOP)]
    local = Stage(Layout(1, 3))
    Council(local).place_unfit(2)
    assert local.sent == []
