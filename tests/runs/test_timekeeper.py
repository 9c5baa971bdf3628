"""What time it is for, on a clock that the test sets."""

from types import SimpleNamespace

import pytest

from evonas.manage.events import TimeIsUp
from evonas.runs.clock import SLURM_MARGIN, WARNED, WARNING_SECONDS, Closing
from evonas.runs.timekeeper import Timekeeper

LUNCH = "the time limit of 1m40s is reached"


class Watch:
    """A clock, the batch system's warning, and a timekeeper that looks at both."""

    def __init__(self, seconds=None, closing=None):
        self.now, self.warned = 1000.0, SimpleNamespace(heard=False)
        end = None if closing is None else Closing(self.now + closing, LUNCH)
        self.timekeeper = Timekeeper(seconds, end, self.warned, clock=lambda: self.now)

    def after(self, seconds):
        """Return the news once ``seconds`` have passed."""
        self.now += seconds
        return self.timekeeper.news(self.now - 1000.0)


def test_without_limits_there_is_never_any_news():
    watch = Watch()
    watch.timekeeper.saw(1e6)
    assert watch.after(1e9) == []


def test_a_budget_of_seconds_completes_the_run_once():
    watch = Watch(seconds=60)
    assert watch.after(59) == []
    assert watch.after(1) == [TimeIsUp("the budget of 1m00s is spent", "complete")]
    assert watch.after(1000) == []


def test_the_budget_counts_earlier_sessions():
    assert Watch(seconds=60).timekeeper.news(61.0)[0].ending == "complete"


def test_what_could_not_finish_any_more_is_not_begun():
    watch = Watch(closing=100)
    watch.timekeeper.saw(20.0)
    assert watch.after(70) == []
    [news] = watch.after(15)
    assert (news.ending, news.at_once) == ("paused", False)
    assert news.reason.startswith("15s are left, evaluations last up to 2")
    assert watch.after(5) == []
    assert watch.after(10) == [TimeIsUp(LUNCH, at_once=True)]
    assert watch.after(10) == []


def test_before_anything_is_known_evaluations_begin_until_the_end():
    watch = Watch(closing=100)
    assert watch.after(99) == []
    assert watch.after(1) == [TimeIsUp(LUNCH, at_once=True)]


@pytest.mark.parametrize("closing, left, reason", [(None, 150, WARNED), (50, 50, LUNCH), (1000, 150, WARNED)])
def test_a_warning_ends_the_handing_out_and_leaves_some_time_to_finish(closing, left, reason):
    assert WARNING_SECONDS - SLURM_MARGIN == 150
    watch = Watch(closing=closing)
    watch.warned.heard = True
    assert watch.after(0) == [TimeIsUp(reason)]
    assert watch.after(left - 1) == []
    assert watch.after(1) == [TimeIsUp(reason, at_once=True)]
    assert watch.after(1) == []
