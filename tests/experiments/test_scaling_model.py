"""The model of experiments/scaling against queueing theory, and what it says of its own protocol."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "experiments" / "scaling"))

import assumptions
from assumptions import Figures, Looks, ServiceTimes, Setup
from measure import _line, load, save
from outcome import Point, kept_busy
from simulation import simulate
from sleeping_times import durations

SERVICE = 1e-4
BARE = ServiceTimes(
    round=0.0,
    message=SERVICE / 2,
    outcome=SERVICE / 2,
    worker_message=0.0,
    worker_task=0.0,
    latency=1e-5,
    look=0.0,
    oversleep=0.0,
    message_bytes=10,
    outcome_bytes=100,
)
REAL = ServiceTimes(2e-5, 5e-5, 1e-4, 5e-5, 5e-5, 2e-6, 1e-5, 6e-5, 10, 100)


def went(workers: int, seconds: np.ndarray, times: ServiceTimes = BARE, **more: object) -> Figures:
    setup = Setup(workers=workers, durations=seconds, **({"evaluations": 200 * workers} | more))
    return simulate(setup, times, np.random.default_rng(1))


def repairmen(workers: int, evaluation: float, service: float) -> float:
    """Return the rate of the closed queue M/M/1//N, by exact mean value analysis (Reiser, Lavenberg 1980)."""
    waiting = 0.0
    for n in range(1, workers + 1):
        response = service * (1 + waiting)
        rate = n / (evaluation + response)
        waiting = rate * response
    return rate


@pytest.mark.parametrize("workers", [1, 50, 99, 110, 200])
def test_one_candidate_at_a_time_is_a_closed_queue(workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Equal service times make for less waiting than random ones of that mean; no rate exceeds the law."""
    monkeypatch.setattr(assumptions, "SHORTEST_PAUSE", 1e-9)
    monkeypatch.setattr(assumptions, "LONGEST_PAUSE", 2e-9)
    count = max(4000, 40 * workers)
    rate = went(workers, durations(0.01, 0.5), depth=1, evaluations=count).evaluations_per_second
    away = 0.01 + 2 * BARE.latency
    law = min(workers / (away + SERVICE), 1 / SERVICE)
    assert 0.99 * repairmen(workers, away, SERVICE) < rate < 1.01 * law
    if workers in (1, 200):
        assert rate == pytest.approx(law, rel=0.01)


def test_a_saturated_manager_is_busy_all_the_time_and_one_with_little_to_do_is_not() -> None:
    crowd, few = (went(workers, durations(0.02, 0.5), evaluations=20_000) for workers in (1000, 10))
    assert crowd.manager_busy == pytest.approx(1, abs=0.05)
    assert few.manager_busy == pytest.approx(few.evaluations_per_second * SERVICE, rel=0.02)
    assert few.messages_per_second == pytest.approx(2 * few.evaluations_per_second, rel=0.02)
    assert few.bytes_per_second == pytest.approx(120 * few.evaluations_per_second, rel=0.02)


def test_a_round_is_paid_once_for_all_messages_in_it() -> None:
    times = replace(BARE, round=1e-3)
    few, crowd = (went(workers, durations(0.02, 0.5), times, evaluations=20_000) for workers in (1, 1000))
    assert few.manager_busy == pytest.approx(few.evaluations_per_second * (1e-3 + SERVICE), rel=0.02)
    assert crowd.evaluations_per_second > 0.9 / SERVICE


def test_a_second_candidate_hides_the_manager() -> None:
    one, two = (went(20, durations(0.02, 0.5), depth=depth).worker_busy for depth in (1, 2))
    assert one < 0.97
    assert two > 0.99


def test_short_evaluations_go_in_batches() -> None:
    figures = went(4, durations(1e-4, 0.0), evaluations=20_000)
    assert figures.messages_per_second < 0.2 * figures.evaluations_per_second


def test_islands_carry_on_where_one_manager_saturates() -> None:
    one, ten = (went(1000, durations(0.02, 0.5), evaluations=40_000, islands=k) for k in (1, 10))
    assert one.evaluations_per_second == pytest.approx(1 / SERVICE, rel=0.02)
    assert ten.worker_busy > 0.9
    assert ten.elites_per_second > 0
    assert one.elites_per_second == 0


def test_cores_are_shared() -> None:
    """Ranks that compute all the time get what there is: here workers, a candidate each, and no sleep."""
    times = ServiceTimes(0.0, 0.0, 0.0, 5e-3, 5e-3, 1e-6, 0.0, 0.0, 0, 0)
    rates = [
        went(8, durations(1e-6, 0.0), times, depth=1, cores=cores).evaluations_per_second for cores in (1, 2)
    ]
    assert rates == pytest.approx([100, 200], rel=0.05)


def test_looks_take_a_core_that_sleepers_share() -> None:
    free, shared = (went(30, durations(0.02, 0.0), REAL, depth=1, cores=cores) for cores in (None, 1))
    assert shared.evaluations_per_second < free.evaluations_per_second


def test_lent_workers_end_a_search_of_unequal_islands_earlier() -> None:
    alone, lent = (
        went(40, durations(0.02, 0.5), islands=4, slower=3.0, whole=True, lends=lends)
        for lends in (False, True)
    )
    assert alone.lent == 0 < lent.lent
    assert lent.whole_seconds < 0.8 * alone.whole_seconds
    assert lent.whole_busy > alone.whole_busy


def test_the_same_seed_simulates_the_same() -> None:
    assert repr(went(30, durations(0.02, 0.5), REAL)) == repr(went(30, durations(0.02, 0.5), REAL))


def test_sleepers_look_after_pauses_that_double() -> None:
    looks = Looks(oversleep=0.0)
    assert looks.seen(1.0, 1.0 + 19e-6) == pytest.approx(1.0 + 20e-6)
    assert looks.seen(1.0, 1.0 + 21e-6) == pytest.approx(1.0 + 60e-6)
    early = 20e-6 * 127  # 20 + 40 + ... + 1280 microseconds
    assert looks.seen(0.0, 1.0) == pytest.approx(early + np.ceil((1 - early) / 2e-3) * 2e-3)
    assert [looks.count(waited) for waited in (1e-6, 21e-6, early + 4.1e-3)] == [0, 1, 9]


def test_times_are_told_apart_by_messages_of_different_length() -> None:
    messages = np.array([1.0, 1 / 40])
    assert _line(messages, 3 * messages + 2) == pytest.approx((3, 2))
    assert _line(messages, np.array([1.0, 2.0])) == pytest.approx((0, 1.5))


def test_service_times_are_written_and_read(tmp_path: Path) -> None:
    save(REAL, tmp_path / "times.json")
    assert load(tmp_path / "times.json") == REAL
    (tmp_path / "times.json").write_text("{}")
    with pytest.raises(SystemExit, match=r"expected the numbers round, .* measure again"):
        load(tmp_path / "times.json")


def test_how_many_are_kept_busy_is_read_between_the_points() -> None:
    def point(workers: int, busy: float) -> Point:
        setup = Setup(workers=workers, evaluations=1, durations=np.ones(1))
        return Point(1.0, setup, Figures(0, busy, 0, 0, 0, 0, 0, 0, 0))

    assert kept_busy([point(10, 1.0), point(1000, 0.9)]) == pytest.approx(100)
    assert kept_busy([point(10, 0.99), point(1000, 0.96)]) == 1000
    assert kept_busy([point(10, 0.5)]) is None
