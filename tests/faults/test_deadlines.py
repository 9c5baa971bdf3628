"""With a deadline an evaluation may hang, crash or end its process: it costs its outcome, not its worker."""

import pytest
from jobs import BUDGET, EVERY_TRANSPORT, WORKERS, Workplace, alive

CRASHES = """
    if first_time("hung"): ctypes.PyDLL(None).sleep(600)
    if first_time("crashed"): ctypes.string_at(0)
    if first_time("left"): os._exit(3)
"""
REASONS = {
    "timed out: the evaluation ran longer than timeout=2 s",
    "the evaluation's process ended by SIGSEGV",
    "the evaluation's process ended with exit code 3",
}


@pytest.mark.parametrize("transport", EVERY_TRANSPORT)
def test_a_search_completes_although_evaluations_hang_and_crash(transport, tmp_path):
    workplace = Workplace(tmp_path, CRASHES, head="import ctypes", more="timeout=2")
    done = workplace.run(*WORKERS[transport])
    assert done.returncode == 0, done.stderr
    assert workplace.summary["evaluations"] == len(set(workplace.names)) == len(workplace.names) == BUDGET
    assert {outcome.get("failure") for outcome in workplace.outcomes} == {None, *REASONS}
    assert (workplace.summary["failed"], workplace.summary["deaths"]) == (3, 0)
    assert not any(alive(pid) for pid, _ in workplace.begun)


def test_what_fails_once_and_is_tried_again_is_as_if_it_had_not_failed(undisturbed, tmp_path):
    workplace = Workplace(tmp_path, CRASHES, head="import ctypes", more="timeout=2, retries=1")
    done = workplace.run(*WORKERS["local"])
    assert done.returncode == 0, done.stderr
    assert (workplace.summary["failed"], workplace.summary["retried"]) == (0, 3)
    assert workplace.summary["digest"] == undisturbed["digest"]
