"""``minimize``: one call, quiet, exact about what it cannot use."""

import sys

import numpy as np
import pytest
from jobs import evonas, process
from scipy.optimize import Bounds

import evonas as en
from evonas.errors import SearchError

SQUARE = [(-5.0, 5.0)] * 3


def sphere(x):
    return float(np.sum((x - 1.0) ** 2))


def test_it_finds_the_minimum_of_a_bowl_and_says_how():
    found = en.minimize(sphere, SQUARE, budget=150)
    assert found.x == pytest.approx([1, 1, 1], abs=1e-3)
    assert found.fun == sphere(found.x) == found.values["fun"]
    assert (found.evaluations, found.failed, found.success) == (150, 0, True)
    assert found.reason == "the budget of evaluations is spent: 150"
    evaluations, values = zip(*found.history, strict=True)
    assert evaluations[0] == 1 and list(values) == sorted(values, reverse=True) and values[-1] == found.fun


def test_its_repr_is_short_whatever_the_number_of_dimensions():
    lines = repr(en.minimize(sphere, [(-5, 5)] * 200, budget=5)).splitlines()
    assert [line.split(":")[0].strip() for line in lines] == ["fun", "x", "evaluations", "reason", "methods"]
    assert max(map(len, lines)) < 100


def test_it_prints_nothing_and_leaves_nothing_behind(tmp_path, capfd, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert en.minimize(sphere, SQUARE, budget=20).folder is None
    assert en.minimize(sphere, SQUARE, budget=20, timeout=60).folder is None
    assert capfd.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("bounds", [[(-5, 5)] * 3, np.array(SQUARE), Bounds([-5] * 3, 5), [[-5, 5]] * 3])
def test_bounds_may_be_given_in_any_of_the_usual_ways(bounds):
    one, other = (en.minimize(sphere, given, budget=30) for given in (bounds, SQUARE))
    assert (one.x.tolist(), one.history) == (other.x.tolist(), other.history)


def test_equal_bounds_fix_a_number():
    found = en.minimize(lambda x: sphere(x) + x[1], [(-5, 5), (2, 2), (-5, 5)], budget=60)
    assert found.x == pytest.approx([1, 2, 1], abs=1e-3)


@pytest.mark.parametrize(
    "bounds, said",
    [
        ([(0, np.nan)], r"bounds\[0\]: expected two finite numbers, got \(0.0, nan\)"),
        ([(0, 1), (0, np.inf)], r"bounds\[1\]: expected two finite numbers"),
        ([(0, 1), (3, 2)], r"bounds\[1\]: expected low <= high, got \(3.0, 2.0\); swap them"),
        ([(0, None)], r"bounds\[0\]: expected two finite numbers"),
        ([], "bounds: expected .* an evonas.Space, got"),
        ([0, 1, 2], "bounds: expected .* got .*; write"),
        ([(0, 1), (0,)], "bounds: expected"),
        ("box", "bounds: expected .* got 'box'"),
    ],
)
def test_bounds_that_cannot_be_used_are_refused_by_number(bounds, said):
    with pytest.raises(SearchError, match=said):
        en.minimize(sphere, bounds, budget=10)


@pytest.mark.parametrize("budget", [0, -1, 2.5, None, "many"])
def test_a_budget_that_cannot_be_used_is_refused(budget):
    with pytest.raises(SearchError, match=r"[Bb]udget.*expected"):
        en.minimize(sphere, SQUARE, budget=budget)


@pytest.mark.parametrize("f", [None, 3, lambda: 0, lambda a, b, c: 0])
def test_what_is_no_function_of_one_or_two_arguments_is_refused(f):
    with pytest.raises(SearchError, match="f: expected a function"):
        en.minimize(f, SQUARE, budget=10)


@pytest.mark.parametrize("x0", [[6, 0, 0], [0, 0], [[0, 0, 0], [0, 0, 9]], "there", [[[0.0]]]])
def test_a_start_outside_is_refused(x0):
    with pytest.raises(SearchError, match="x0: expected"):
        en.minimize(sphere, SQUARE, x0=x0, budget=10)


@pytest.mark.parametrize("x0, first", [(None, [[0, 0, 0]]), ([1, 2, 3], [[1, 2, 3]]), (np.eye(3), np.eye(3))])
def test_it_begins_where_the_user_says_or_in_the_centre(x0, first):
    seen = []

    def f(x):
        seen.append(x.tolist())
        return sphere(x)

    en.minimize(f, SQUARE, x0=x0, budget=10)
    assert seen[: len(first)] == np.array(first).tolist()
    near = np.array(seen[len(first)]) - first[-1 if x0 is not None and np.ndim(x0) > 1 else 0]
    assert len(first) > 1 or np.abs(near).max() < 2  # the method goes on from there


def test_equal_seeds_give_equal_results():
    def points(seed):
        seen = []
        en.minimize(lambda x: seen.append(x.tolist()) or sphere(x), SQUARE, budget=200, seed=seed)
        return seen

    assert points(1) == points(1) != points(2)


def test_a_function_may_mutate_what_it_gets_and_take_a_context():
    def f(x, context):
        x -= 1
        return {"fun": float(x @ x), "seed": context.seed}

    found = en.minimize(f, SQUARE, budget=60)
    assert found.x == pytest.approx([1, 1, 1], abs=1e-3) and found.values["seed"] > 0


def test_failures_are_no_ends():
    def f(x):
        if x[0] > 2:
            raise ValueError("crash")
        return np.nan if x[1] > 2 else sphere(x)

    found = en.minimize(f, SQUARE, x0=[1.9, 1.9, 0], budget=200)
    assert found.x == pytest.approx([1, 1, 1], abs=1e-2) and found.evaluations == 200


def test_where_all_fail_it_says_so_and_why():
    with pytest.raises(SearchError, match=r"the first 11 evaluations .* all failed: ZeroDivisionError: div"):
        en.minimize(lambda x: 1 / 0, SQUARE, budget=100)
    with pytest.raises(SearchError, match="no evaluation succeeded"):
        en.minimize(lambda x: None, SQUARE, budget=5)


def test_an_interrupt_goes_through():
    def f(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        en.minimize(f, SQUARE, budget=100)


def test_a_target_ends_it():
    found = en.minimize(sphere, SQUARE, budget=en.Budget(evaluations=500, target=1e-3))
    assert found.evaluations < 100 and found.fun <= 1e-3 and "target" in found.reason


def test_constraints_are_kept():
    def f(x):
        return {"fun": sphere(x), "sum": float(x.sum())}

    found = en.minimize(f, SQUARE, constraints={"sum": "<= 1.5"}, budget=100)
    assert found.is_feasible and found.values["sum"] <= 1.5
    assert found.fun == pytest.approx(0.75, rel=0.2)  # at (0.5, 0.5, 0.5)


def test_limits_that_nothing_keeps_are_told():
    found = en.minimize(lambda x: {"fun": 1.0, "g": 1.0}, SQUARE, constraints={"g": "<= 0"}, budget=12)
    assert not found.is_feasible and "nothing keeps all constraints" in repr(found)


def test_several_objectives_give_a_front():
    def f(x):
        return {"here": sphere(x), "there": sphere(x + 2)}

    found = en.minimize(f, SQUARE, objectives={"here": "min", "there": "min"}, budget=40)
    here, there = ([point.values[name] for point in found.front] for name in ("here", "there"))
    assert len(here) > 3 and here == sorted(here) and there == sorted(there, reverse=True)
    assert found.fun == here[0] and found.x.tolist() == found.front[0].x.tolist()
    assert "points that no other dominates" in repr(found)


def test_an_objective_may_be_maximized():
    found = en.minimize(lambda x: -sphere(x), SQUARE, objectives={"gain": "max"}, budget=150)
    assert found.fun == pytest.approx(0, abs=1e-3) and found.fun <= 0


SPACE = en.Space({"kind": en.Choice({"line": {"slope": en.Real(-1, 1)}, "flat": {}}), "level": en.Int(0, 9)})


def level(architecture):
    kind = architecture["kind"]
    return architecture["level"] + (kind["slope"] if kind["type"] == "line" else 0)


def test_a_space_gives_architectures():
    found = en.minimize(level, SPACE, budget=80)
    assert found.x["level"] == 0 and found.x["kind"]["type"] == "line" and found.fun < -0.5
    assert SPACE.encode(found.x)


def test_a_space_may_begin_with_one_architecture_or_several():
    one, other = {"kind": {"type": "flat"}, "level": 3}, {"kind": {"type": "line", "slope": 0.5}, "level": 4}
    for x0, n in ((one, 1), ([one, other], 2)):
        seen = []
        en.minimize(lambda a, seen=seen: seen.append(a) or level(a), SPACE, x0=x0, budget=6)
        assert seen[:n] == [one, other][:n]
    with pytest.raises(SearchError, match="x0: expected an architecture of the space"):
        en.minimize(level, SPACE, x0={"level": 12}, budget=6)


def test_islands_share_the_budget_and_find_it_together():
    found = en.minimize(sphere, SQUARE, budget=201, islands=3)
    assert found.evaluations == 201 and found.fun < 1e-3


def test_a_callback_hears_of_each_better_point_and_may_end_it():
    heard = []

    def callback(so_far):
        heard.append((so_far.evaluations, so_far.fun))
        if so_far.fun < 1:
            raise StopIteration

    found = en.minimize(sphere, SQUARE, budget=300, callback=callback)
    assert heard == list(found.history) and found.evaluations < 300
    assert "StopIteration" in found.reason and heard[-1][1] == found.fun
    with pytest.raises(SearchError, match="callback: expected"):
        en.minimize(sphere, SQUARE, budget=10, callback=callback, folder="run")


def test_it_shows_how_it_goes_if_asked(capfd):
    en.minimize(sphere, SQUARE, budget=30, verbose=True)
    assert en.minimize(sphere, SQUARE, budget=30, workers=2, verbose=True).folder is None
    assert "30/30" in capfd.readouterr().err


def test_it_says_which_methods_earned_what():
    found = en.minimize(sphere, SQUARE, budget=100)
    assert sum(better for _, better in found.shares.values()) >= 2
    assert "methods: " in repr(found)


def test_a_folder_keeps_it_and_goes_on_with_it(tmp_path, capfd):
    one = en.minimize(sphere, SQUARE, budget=20, folder=tmp_path / "run")
    assert one.folder == tmp_path / "run" and (one.folder / "journal-0.jsonl").exists()
    more = en.minimize(sphere, SQUARE, budget=40, folder=tmp_path / "run")
    whole = en.minimize(sphere, SQUARE, budget=40)
    assert more.evaluations == 40 and more.x.tolist() == whole.x.tolist()
    assert "going on with" in capfd.readouterr().err


def test_closures_travel_to_workers():
    import os

    centre = np.ones(3)

    def f(x):
        return {"fun": float(np.sum((x - centre) ** 2)), "process": os.getpid()}

    found = en.minimize(f, SQUARE, budget=40, workers=2)
    assert found.evaluations == 40 and found.values["process"] != os.getpid()


def test_what_cannot_travel_is_refused():
    lock = __import__("threading").Lock()
    with pytest.raises(en.EvonasError, match=r"workers: expected a function that cloudpickle can send"):
        en.minimize(lambda x: sphere(x) + bool(lock), SQUARE, budget=40, workers=2)


def test_a_hanging_evaluation_is_ended():
    import time

    def f(x):
        if x[0] < 0:
            time.sleep(60)
        return sphere(x)

    found = en.minimize(f, [(-1e-3, 2.0)] * 2, x0=[0.0, 0.0], budget=8, timeout=0.5)
    assert found.evaluations == 8


SCRIPT = """
import evonas as en

def main():
    scale = 2.0
    found = en.minimize(lambda x: scale * (x @ x), [(-1, 2)] * 2, budget=12, seed=3)
    print("found after", found.evaluations)

{call}
"""


@pytest.mark.parametrize("call", ["main()", 'if __name__ == "__main__":\n    main()'])
def test_a_script_runs_unchanged_with_workers(tmp_path, call):
    (tmp_path / "script.py").write_text(SCRIPT.format(call=call))
    alone = process(sys.executable, "script.py", cwd=tmp_path)
    assert (alone.stdout, alone.stderr) == ("found after 12\n", "")
    done = evonas("run", "script.py", "--workers", "2", "--run", "run", "--no-export", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "12 distinct" in done.stdout and "found after" not in done.stdout
    more = evonas("resume", "run", "--evaluations", "15", "--no-export", cwd=tmp_path)
    assert "15 distinct" in more.stdout, more.stderr
