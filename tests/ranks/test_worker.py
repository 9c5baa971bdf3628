"""A worker's life, on a line on which the manager's messages are known beforehand."""

import time
from collections import deque

import pytest
from stage import OBJECTIVES, SPACE, job

from evonas import seeds
from evonas.evolve.records import Candidate, CandidateId, Failure
from evonas.ranks import wire, worker
from evonas.ranks.memory import Memory
from evonas.ranks.worker import Unfit, serve


class Line:
    """Notes what is sent on it."""

    def __init__(self, *messages):
        self._messages, self.sent = deque(messages), []

    def send(self, message):
        self.sent.append(message)

    def receive(self):
        return self._messages.popleft() if self._messages else None

    @property
    def outcomes(self):
        """The outcomes in all reports, and how many came in each."""
        reports = [message for message in self.sent if wire.kind(message) == wire.OUTCOMES]
        batches = [wire.unpack_outcomes(message, tuple(OBJECTIVES), 1, "here")[1] for message in reports]
        return [outcome for batch in batches for outcome in batch], [len(batch) for batch in batches]


def candidates(*values, island=0):
    return [Candidate(CandidateId(island, birth), SPACE.encode(value)) for birth, value in enumerate(values)]


def tasks(*values):
    return wire.pack_tasks(candidates(*values), Memory())


@pytest.mark.parametrize("dismissal", [[wire.STOP], []], ids=["dismissed", "manager gone"])
def test_a_worker_introduces_itself_and_answers_until_nobody_asks(dismissal):
    line = Line(wire.pack_welcome(7), tasks(3), tasks(4), *dismissal)
    assert serve(line, job) == bool(dismissal)
    kinds = [wire.kind(message) for message in line.sent]
    assert kinds == [wire.READY, wire.OUTCOMES, wire.OUTCOMES, *([wire.BYE] if dismissal else [])]
    assert wire.unpack_introduction(line.sent[0]).fingerprint == SPACE.fingerprint
    assert [outcome.objectives for outcome in line.outcomes[0]] == [{"value": 3.0}, {"value": 4.0}]


def test_a_worker_that_cannot_load_the_search_says_why_and_waits():
    line = Line(wire.STOP)
    failure = Failure("ImportError: no torch", "Traceback ...")
    assert serve(line, lambda: Unfit(failure))
    assert wire.unpack_introduction(line.sent[0]).failure == failure
    assert [wire.kind(message) for message in line.sent] == [wire.UNFIT, wire.BYE]


def test_the_seed_of_an_evaluation_is_that_of_its_candidate_wherever_it_is_evaluated():
    seen = []
    line = Line(wire.pack_welcome(7), tasks(3, 3))
    serve(line, lambda: job(lambda value, context: seen.append(context.seed) or 1.0))
    assert seen == [seeds.evaluation_seed(7, 0, birth) for birth in (0, 1)]


def test_short_evaluations_are_reported_together_and_long_ones_at_once(monkeypatch):
    monkeypatch.setattr(worker, "LONGEST_SILENCE", 0.02)
    line = Line(tasks(1, 1, 1, 30, 1))
    serve(line, lambda: job(lambda value, context: time.sleep(value / 1000) or 1.0))
    outcomes, sizes = line.outcomes
    assert [outcome.id.birth for outcome in outcomes] == list(range(5))
    assert sizes == [4, 1]


def test_a_failing_evaluation_is_reported_and_the_next_one_begins():
    line = Line(tasks(0 + 1, 2))
    serve(line, lambda: job(lambda value, context: 1 / (value - 1)))
    first, second = line.outcomes[0]
    assert first.failure.reason == "ZeroDivisionError: division by zero"
    assert second.objectives == {"value": 1.0}


def test_the_time_that_a_worker_waited_is_told():
    class SlowLine(Line):
        def receive(self):
            time.sleep(0.05)
            return super().receive()

    line = SlowLine(wire.pack_welcome(7), tasks(1))
    serve(line, lambda: job(lambda value, context: time.sleep(0.1) or 1.0))
    waited, [outcome] = wire.unpack_outcomes(line.sent[1], tuple(OBJECTIVES), 1, "here")
    assert waited >= 0.05
    assert outcome.seconds >= 0.1


def test_a_new_manager_knows_nothing_of_what_an_older_one_sent():
    ours = Memory()
    long = wire.pack_tasks(candidates(3, 4), ours)
    line = Line(wire.pack_welcome(7), long, wire.pack_welcome(8), wire.pack_tasks(candidates(5), Memory()))
    serve(line, job)
    assert [outcome.objectives["value"] for outcome in line.outcomes[0]] == [3.0, 4.0, 5.0]
