"""A host's loop, on a transport that is only lists."""

from dataclasses import asdict

import pytest
from stage import OBJECTIVES, SPACE, Stage, book, job, lonely

from evonas import Int, Space
from evonas.manage.events import Account, Born, Elites, TimeIsUp, WorkerLost
from evonas.manage.manager import Manager
from evonas.ranks import wire
from evonas.ranks.council import Pulse
from evonas.ranks.driver import Driver
from evonas.ranks.hosted import Island, Terms
from evonas.ranks.layout import Layout


class NotedJournal:
    """A journal that notes when an entry is written, and when it is safe."""

    def __init__(self, history):
        self._history, self.closed = history, False

    def append(self, entry, seconds):
        kind = {Born: "birth", Account: "account", Elites: "arrival"}.get(type(entry), "outcome")
        self._history.append(("written", kind))

    def flush(self):
        self._history.append(("safe", ""))

    def close(self):
        self.closed = True


class Nobody:
    """An observer that only remembers."""

    def __init__(self):
        self.events, self.shown, self.taken = [], 0, {}

    def happened(self, event):
        self.events.append(event)

    def adopted(self, ledger, *, taken_over):
        self.taken[ledger.island] = taken_over

    def pulse(self, manager):
        finished = sum(ledger.counts.finished for ledger in manager.ledgers)
        return Pulse(finished, exhausted=manager.is_exhausted)

    def show(self, council, elapsed):
        self.shown += 1

    def report(self, ledger, stop, account):
        return {"ending": stop.ending, "finished": ledger.counts.finished, **account.figures}


class Alarm:
    """A clock that says one thing, in some round."""

    def __init__(self, news=None, after=0):
        self._news, self._left, self.seen = news, after, []

    def saw(self, seconds):
        self.seen.append(seconds)

    def news(self, elapsed):
        self._left -= 1
        return [self._news] if self._news and self._left == -1 else []


class Play:
    """A driver on a stage, and what is known of it afterwards.

    Args:
        stage: The transport.
        history: What happened, in order.
        clock: Says when it is over.
        begun: Seconds that the run took before.
        promoted: Whether the former host just died.
        rounds: After so many the lead dismisses this host, if it does not lead; so a broken one ends too.
    """

    def __init__(self, stage, history, *, clock=None, begun=0.0, promoted=False, rounds=400):
        self.stage, self.history, self.observer = stage, history, Nobody()
        self.clock, self.journals = clock or Alarm(), {}
        self._begun = begun
        self.manager = Manager(len(stage.workers), helps_itself=True)
        self.driver = Driver(
            self.manager,
            stage,
            self._opened,
            terms=Terms(SPACE, tuple(OBJECTIVES), 1),
            clock=self.clock,
            observer=self.observer,
            promoted=promoted,
        )
        left, listen = iter(range(rounds)), stage.receive

        def receive(seconds):
            if next(left, None) is None:
                return [(stage.layout.lead, wire.STOP)]
            return listen(seconds)

        stage.receive = receive

    def _opened(self, number):
        self.journals[number] = NotedJournal(self.history)
        return Island(book(number, self.stage.layout.islands), self.journals[number], self._begun)

    def run(self):
        """Drive to the end; return the reports that this host has by then."""
        self.driver.run()
        return self.driver.council.reports


@pytest.fixture
def history():
    return []


def test_a_search_runs_until_its_budget_is_spent(history):
    play = Play(lonely([job(), job()], history), history)
    assert play.run()[0]["ending"] == "complete"
    assert history.count(("written", "outcome")) == 5
    assert history.count(("written", "account")) == 1
    assert play.observer.shown > 0
    assert play.journals[0].closed
    assert len(play.clock.seen) == 5


def test_what_follows_from_an_entry_is_sent_only_when_the_entry_is_safe(history):
    Play(lonely([job(), job()], history), history).run()
    for position, happened in enumerate(history):
        if happened == ("sent", wire.TASKS):
            before = [kind for kind, _ in history[:position] if kind != "sent"]
            assert before[-1] == "safe"
    assert history.count(("written", "birth")) == 5


def test_a_worker_that_loaded_another_space_is_refused_by_name(history):
    play = Play(lonely([job(), job(space=Space(Int(1, 999)))], history), history)
    assert play.run()[0]["finished"] == 5
    assert list(play.manager.unfit) == [2]
    assert "worker 2 on " in play.manager.unfit[2].reason
    assert play.manager.unfit[2].reason.endswith("; use the same file everywhere")
    assert {event.worker for event in play.observer.events} == {1, 2}


def test_a_host_whose_workers_are_dead_evaluates_itself(history):
    stage = lonely([job()], history)
    stage.deaths = [1]
    play = Play(stage, history)
    report = play.run()[0]
    assert (report["ending"], report["finished"], report["deaths"]) == ("complete", 5, 1)
    assert stage.helps
    assert WorkerLost(1) in play.observer.events


@pytest.mark.parametrize("news, ending", [("paused", "paused"), ("complete", "complete")])
def test_when_time_is_up_a_session_ends_as_the_clock_says(news, ending, history):
    play = Play(lonely([job()], history), history, clock=Alarm(TimeIsUp("lunch", news)))
    assert play.run()[0]["ending"] == ending
    assert history.count(("written", "outcome")) == 0


def test_the_seconds_of_earlier_sessions_count(history):
    play = Play(lonely([job()], history), history, begun=100.0)
    play.run()
    assert 100 <= play.driver.elapsed < 160
    assert play.driver.session_seconds < 60


def test_several_islands_share_one_host_and_exchange_elites_at_home(history):
    play = Play(Stage(Layout(3, 2), jobs={1: job(), 2: job()}, history=history), history)
    reports = play.run()
    assert {island: report["finished"] for island, report in reports.items()} == {0: 5, 1: 5}
    assert history.count(("written", "arrival")) > 0
    assert play.stage.sent == []
    assert sum(report["evaluations"] for report in reports.values()) == 10


TWO = Layout(6, 2)  # hosts 0 and 3


def test_hosts_exchange_elites_and_the_second_reports_to_the_first(history):
    one = Play(Stage(TWO, 0, {1: job(), 2: job()}, history), history, rounds=100)
    one.run()
    assert not one.driver.council.is_complete
    sent = [message for rank, message in one.stage.said(wire.ELITES) if rank == 3]
    other = Play(Stage(TWO, 3, {4: job(), 5: job()}, history), history, rounds=100)
    other.stage.arriving.extend((0, message) for message in sent)
    assert other.run() == {}
    assert other.driver.council.dismissed
    assert history.count(("written", "arrival")) == len(sent) > 0
    [(lead, report)] = other.stage.said(wire.REPORT)
    assert lead == 0

    late = Play(Stage(TWO, 0, {1: job()}, history), history)
    late.stage.arriving.append((3, report))
    assert {island: said["finished"] for island, said in late.run().items()} == {0: 5, 1: 5}


def test_the_lead_takes_the_islands_of_a_dead_block_over(history):
    stage = Stage(TWO, 0, {1: job()}, history)
    stage.deaths = [3, 4, 5]
    play = Play(stage, history)
    reports = play.run()
    assert {island: (said["finished"], said["takeovers"]) for island, said in reports.items()} == {
        0: (5, 0),
        1: (5, 1),
    }
    assert play.observer.taken == {0: False, 1: True}
    assert play.manager.tally.deaths == 0, "none of them worked here"


def test_a_worker_that_takes_its_hosts_place_knows_that_the_island_is_taken_over(history):
    layout = Layout(3, 1).without(frozenset({0}))
    play = Play(Stage(layout, 1, {2: job()}, history), history, promoted=True)
    assert play.run()[0]["takeovers"] == 1
    assert play.observer.taken == {0: True}


def test_workers_without_work_are_sent_to_a_host_that_has_some(history):
    play = Play(Stage(TWO, 0, {1: job(), 2: job()}, history), history, rounds=100)
    play.stage.arriving.append((3, wire.pack_told(wire.PULSE, asdict(Pulse(finished=1)))))
    play.run()
    assert history.count(("sent", wire.GO)) == 2
    assert not play.manager.running


def test_a_dismissed_host_leaves_in_the_middle_of_its_budget(history):
    play = Play(Stage(TWO, 3, {4: job()}, history), history)
    play.stage.arriving.appendleft((0, wire.STOP))
    assert play.run() == {}
    assert play.journals[1].closed


def test_a_halt_completes_every_island(history):
    play = Play(Stage(TWO, 3, {}, history), history, rounds=20)
    play.manager.expected = 1
    play.stage.arriving.append((0, wire.pack_told(wire.HALT, "the target is reached")))
    play.run()
    [(_, report)] = play.stage.said(wire.REPORT)
    assert wire.unpack_told(report)["1"]["ending"] == "complete"
