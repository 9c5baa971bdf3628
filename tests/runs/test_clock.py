"""When a session must be over: limits, Slurm, the warning signal, and what can still be finished."""

import os
import signal
import threading
import time

import numpy as np
import pytest

from evonas.runs import clock
from evonas.runs.clock import (
    Closing,
    Durations,
    Warned,
    closing_time,
    closing_when_warned,
    ignored,
    slurm_seconds,
)

NOW = 1_700_000_000.0
JOB = {"SLURM_JOB_ID": "7"}
SLURM = "the Slurm job is about to end"


def nobody(job):
    raise AssertionError(f"asked for job {job}")


def test_without_limit_and_without_slurm_there_is_no_end():
    assert closing_time(None, {}, NOW, nobody) is None
    assert closing_time(None, {"SLURM_JOB_END_TIME": str(int(NOW) + 600)}, NOW, nobody) is None


def test_a_time_limit_counts_from_now():
    assert closing_time(90, {}, NOW, nobody) == Closing(NOW + 90, "the time limit of 1m30s is reached")


def test_a_job_ends_a_margin_before_slurm_ends_it():
    environment = {**JOB, "SLURM_JOB_END_TIME": str(int(NOW) + 600)}
    assert closing_time(None, environment, NOW, nobody) == Closing(NOW + 570, SLURM)


@pytest.mark.parametrize("limit, at", [(500, 500), (569, 569), (571, 570), (7200, 570)])
def test_the_earlier_end_counts(limit, at):
    environment = {**JOB, "SLURM_JOB_END_TIME": str(int(NOW) + 600)}
    closing = closing_time(limit, environment, NOW, nobody)
    assert closing.at == NOW + at
    assert (closing.reason == SLURM) == (at == 570)


@pytest.mark.parametrize("told", [None, "", "soon", "0", "-5", str(int(NOW) - 1), "nan", "1e99", "9" * 400])
def test_a_job_that_does_not_know_its_end_asks_once(told):
    asked = []
    environment = JOB if told is None else {**JOB, "SLURM_JOB_END_TIME": told}

    def ask(job):
        asked.append(job)
        return "10:00"

    assert closing_time(None, environment, NOW, ask) == Closing(NOW + 570, SLURM)
    assert asked == ["7"]


@pytest.mark.parametrize(
    "answer", ["", "UNLIMITED", "INVALID", "NOT_SET", "slurm_load_jobs error: x", "a-b:c"]
)
def test_an_answer_that_is_no_time_is_no_end(answer):
    assert closing_time(None, JOB, NOW, lambda _: answer) is None


@pytest.mark.parametrize(
    "text, seconds",
    [
        ("1-02:03:04", 93_784),
        ("02:03:04", 7384),
        (" 3:04\n", 184),
        ("0:05", 5),
        ("0:00", 0),
        ("90", 5400),
        ("2-12", 216_000),
        ("1-2:30", 95_400),
        ("365-00:00:00", 31_536_000),
        ("1:2:3:4", None),
        ("-1:00", None),
        ("1-", None),
        ("", None),
        ("١:٠٠", None),  # noqa: RUF001 - digits of another script
    ],
)
def test_times_are_read_as_slurm_writes_them(text, seconds):
    assert slurm_seconds(text) == seconds


def test_squeue_is_asked_for_the_time_left(tmp_path, monkeypatch):
    program = tmp_path / "squeue"
    program.write_text('#!/bin/sh\n[ "$*" = "-h -j 7 -o %L" ] && echo 1:00:00\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert closing_time(None, JOB, NOW) == Closing(NOW + 3570, SLURM)


def test_a_machine_without_squeue_gives_no_end(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert closing_time(None, JOB, NOW) is None


@pytest.mark.parametrize("closing", [None, Closing(NOW + 151, "later")])
def test_a_warning_leaves_what_our_batch_scripts_leave(closing):
    assert closing_when_warned(closing, NOW) == Closing(NOW + 150, clock.WARNED)


def test_a_warning_does_not_put_the_end_off():
    closing = Closing(NOW + 149, "earlier")
    assert closing_when_warned(closing, NOW) is closing


def test_a_warning_is_heard_and_kills_nobody():
    before = signal.getsignal(signal.SIGUSR1)
    with Warned() as warned:
        assert not warned.heard
        os.kill(os.getpid(), signal.SIGUSR1)
        assert warned.heard
    assert signal.getsignal(signal.SIGUSR1) == before


def test_a_worker_is_deaf_to_warnings_until_it_manages():
    with ignored():
        os.kill(os.getpid(), signal.SIGUSR1)
        with Warned() as warned:
            os.kill(os.getpid(), signal.SIGUSR1)
        os.kill(os.getpid(), signal.SIGUSR1)
    assert warned.heard


def test_other_threads_hear_nothing_and_change_nothing():
    before = signal.getsignal(signal.SIGUSR1)
    heard = []

    def work():
        with Warned() as warned, ignored():
            heard.append((warned.heard, signal.getsignal(signal.SIGUSR1)))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert heard == [(False, before)]


def test_a_handler_of_a_library_gives_way_to_deafness(monkeypatch):
    kept = signal.getsignal(signal.SIGUSR1)
    clock._handle(None)  # what Python says of a handler that is not its own
    assert signal.signal(signal.SIGUSR1, kept) == signal.SIG_IGN


def longest(seconds):
    durations = Durations()
    for each in seconds:
        durations.add(each)
    return durations.likely_longest()


def test_nothing_seen_tells_nothing():
    assert Durations().likely_longest() == 0.0


@pytest.mark.parametrize(
    "seconds, expected",
    [
        ([2.0], 2.0),
        ([1.0] * 19 + [8.0], 1.0),  # 1 of 20 may be longer
        ([1.0] * 18 + [8.0], 8.0),  # 1 of 19 is more than 5 %
        ([1.0] * 94 + [3.0] + [50.0] * 5, 3.0),
        ([1.0] * 94 + [50.0] * 6, 50.0),
        ([50.0] * 6 + [1.0] * 94, 50.0),
        ([50.0] * 6 + [1.0] * 114, 1.0),
        ([0.25, 0.5, 4.0], 4.0),
    ],
)
def test_one_in_twenty_may_take_longer(seconds, expected):
    assert expected < longest(seconds) <= expected * 2 ** (1 / 16)


@pytest.mark.parametrize("asked_every", [1, 7, 10_000])
@pytest.mark.parametrize("mean, sigma", [(0.02, 0.5), (0.3, 1.0), (40.0, 2.0)])
def test_log_normal_durations_are_known_within_a_fifth(rng, mean, sigma, asked_every):
    durations = Durations()
    seconds = rng.lognormal(np.log(mean) - sigma**2 / 2, sigma, 10_000)
    for number, each in enumerate(seconds.tolist()):
        durations.add(each)
        if number % asked_every == 0:
            durations.likely_longest()
    truth = mean * np.exp(1.6449 * sigma - sigma**2 / 2)
    assert durations.likely_longest() == pytest.approx(truth, rel=0.2)


def test_asking_in_between_changes_nothing(rng):
    seconds = rng.lognormal(0.0, 1.5, 6000).tolist()
    often, once = Durations(), Durations()
    for each in seconds:
        often.add(each)
        often.likely_longest()
        once.add(each)
    assert often.likely_longest() == once.likely_longest()


def test_architectures_that_grow_are_noticed():
    assert longest([1.0] * 100_000 + [10.0] * 500) > 10.0


def test_one_straggler_is_forgotten_again():
    assert longest([100.0, *[1.0] * 100]) < 1.1


@pytest.mark.parametrize("seconds, low, high", [(0.0, 0.0, 1e-5), (1e-9, 0.0, 1e-5), (-1.0, 0.0, 1e-5)])
def test_no_time_at_all_is_the_shortest(seconds, low, high):
    assert low < longest([seconds]) < high


@pytest.mark.parametrize("seconds", [2.0**30, 1e300, float("inf")])
def test_no_duration_breaks_it(seconds):
    assert 2.0**29 < longest([seconds]) < float("inf")
    assert longest([float("nan")]) < 1e-5


def test_counting_costs_next_to_nothing():
    durations = Durations()
    seconds = np.linspace(0.01, 10.0, 20_000).tolist()
    began = time.process_time()
    for each in seconds:
        durations.add(each)
    assert (time.process_time() - began) / len(seconds) < 10e-6  # 0.6 us on a quiet machine
    assert len(durations._counts) == clock.N_BINS
