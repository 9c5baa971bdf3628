"""An evaluation may do what it likes: the search goes on, and the journal tells where and why it failed."""

import sys

import pytest
from jobs import BUDGET, EVERY_TRANSPORT, NEEDS_MPI, TRANSPORTS_WITH_PROCESSES, WORKERS, Workplace, mpi_job

MISBEHAVIOUR = """
    match context.seed % 4:
        case 0: raise ValueError("too wide")
        case 1: return float("nan")
        case 2: sys.exit("enough")
"""
REASONS = {
    "ValueError: too wide": True,
    "SystemExit: enough": True,
    "evaluate: objective 'value' is nan; only finite numbers can compete": False,
}


@pytest.mark.parametrize("transport", EVERY_TRANSPORT)
def test_a_search_completes_and_failures_carry_an_address(transport, tmp_path):
    workplace = Workplace(tmp_path, MISBEHAVIOUR)
    done = workplace.run(*WORKERS[transport])
    assert done.returncode == 0, done.stderr
    assert workplace.summary["evaluations"] == BUDGET
    failed = [outcome for outcome in workplace.outcomes if "failure" in outcome]
    assert {outcome["failure"] for outcome in failed} == set(REASONS)
    for outcome in failed:
        assert outcome["worker"] in (1, 2)
        assert outcome["host"]
        assert ("in evaluate" in outcome["traceback"]) == REASONS[outcome["failure"]]


@pytest.mark.parametrize("transport", EVERY_TRANSPORT)
def test_a_search_that_only_fails_is_given_up_early_and_shows_the_first_traceback(transport, tmp_path):
    workplace = Workplace(tmp_path, 'raise FileNotFoundError("no data here")')
    done = workplace.run(*WORKERS[transport])
    assert done.returncode == 1
    assert len(workplace.outcomes) < BUDGET
    assert done.stderr.count("Traceback") == 1
    assert "no data here" in done.stderr
    assert "once the cause is mended, go on with: evonas resume run" in done.stdout


UNFIT = {
    "local": 'if sys.argv[0] and "evonas.runs.worker_process" in sys.orig_argv and first_time("unfit"):',
    "mpi": 'if os.environ.get("OMPI_COMM_WORLD_RANK") == "2":',
}


@pytest.mark.parametrize("transport", TRANSPORTS_WITH_PROCESSES)
def test_a_worker_that_cannot_load_the_file_is_reported_and_the_others_go_on(transport, tmp_path):
    head = f'{UNFIT[transport]}\n    raise RuntimeError("no licence on this machine")'
    workplace = Workplace(tmp_path, head=head)
    done = workplace.run(*WORKERS[transport])
    assert done.returncode == 0, done.stderr
    assert "could not load the search" in done.stderr
    assert "no licence on this machine" in done.stderr
    assert len({pid for pid, _ in workplace.begun}) == 1
    assert workplace.summary["evaluations"] == BUDGET


@pytest.mark.parametrize("ranks", [pytest.param(2, marks=NEEDS_MPI)])
def test_a_machine_without_the_file_is_reported_and_the_others_go_on(ranks, tmp_path):
    workplace = Workplace(tmp_path)
    run = [sys.executable, "-m", "evonas", "run", "--run", "run", "--no-export"]
    done = mpi_job(ranks, *run, "search.py", ":", "-n", "1", *run, "gone.py", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "worker 2 could not load the search" in done.stderr
    assert "gone.py: expected a Python file" in done.stderr
    assert workplace.summary["evaluations"] == BUDGET
