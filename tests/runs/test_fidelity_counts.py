"""What a run says of the fidelities that it used."""

import evonas
from evonas.evolve.strategies.successive_halving import SuccessiveHalving


def run(folder, strategy, evaluate=float, **more):
    space = evonas.Space(evonas.Int(0, 999))
    search = evonas.Search(
        space=space, evaluate=evaluate, objectives={"loss": "min"}, strategy=strategy, budget=40, **more
    )
    return search.run(folder=folder)


def test_a_run_counts_what_it_evaluated_at_each_fidelity(tmp_path):
    seen = []

    def evaluate(x, context):
        seen.append(context.fidelity)
        return float("nan") if x % 5 == 0 else float(x)

    result = run(tmp_path / "run", SuccessiveHalving(fidelities=(1, 3, 9)), evaluate)
    rows = result.figures["fidelities"]
    assert {row["fidelity"]: row["evaluations"] for row in rows} == {
        one: seen.count(one) for one in (1, 3, 9)
    }
    assert [row["fidelity"] for row in rows] == [1, 3, 9]
    assert sum(row["failed"] for row in rows) == result.figures["failed"] > 0
    assert all(row["seconds"] > 0 for row in rows)


def test_islands_may_differ(tmp_path):
    islands = [evonas.Island(fidelity=1), evonas.Island()]
    rows = run(tmp_path / "run", evonas.RandomSearch(), islands=islands).figures["fidelities"]
    assert [(row["fidelity"], row["evaluations"]) for row in rows] == [(1, 20), (None, 20)]


def test_without_fidelities_there_is_nothing_to_tell(tmp_path):
    assert run(tmp_path / "run", evonas.RandomSearch()).figures["fidelities"] == []


def test_what_was_known_before_is_not_counted(tmp_path):
    halving = SuccessiveHalving(fidelities=(1, 3))
    first = run(tmp_path / "first", halving)
    second = run(tmp_path / "second", halving, start=first.folder)
    assert sum(row["evaluations"] for row in second.figures["fidelities"]) == 40
