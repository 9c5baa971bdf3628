"""Bad inputs, each with what evonas says: ``python tests/bad_inputs.py`` prints the table.

A message names what was expected, what was got, and what to do about it.
"""

from __future__ import annotations

from mistakes import (
    EXITING,
    EXPORTING,
    FILE,
    NO_MPIRUN,
    RUN,
    RUNNING,
    SPACE,
    TWO,
    Case,
    after,
    born_elsewhere,
    command,
    evaluated,
    journal,
    message,
    process,
    raised,
    retraining,
    search,
    stranger,
    told_twice,
    without,
)

import evonas
from evonas import Cell, Choice, Int, Permutation, Real, Repeat, Space, Subset

CELL = Space(Cell(Choice(["conv", "pool"]), 1, 3))

CASES = {
    # Spaces
    "options that are equal": Case(
        raised(lambda: Choice([8, 8])),
        "options that cannot produce the same value",
        "(8, 8)",
        "leave one out",
    ),
    "bounds out of order": Case(raised(lambda: Int(9, 3)), "low < high", "(9, 3)", "swap them"),
    "logarithm of zero": Case(
        raised(lambda: Real(0, 1, log=True)), "low > 0 with log=True", "got 0.0", "raise low"
    ),
    "fewer than none": Case(
        raised(lambda: Repeat(SPACE, -1, 3)), "an int from 0 up", "got -1", "count the items"
    ),
    "more members than options": Case(
        raised(lambda: Subset(["flip", "crop"], 0, 3)), "at most the 2 options", "got 3", "lower it"
    ),
    "a subset of too many": Case(
        raised(lambda: Space({"flags": Subset(["flip", "crop"], 1, 1)}).encode({"flags": ["flip", "crop"]})),
        "a list of 1 to 1 of the options",
        "got ['flip', 'crop']",
        "flags: ",
    ),
    "an order of letters": Case(
        raised(lambda: Permutation("abc")), "a list of options or a dict", "got 'abc'", "list what there is"
    ),
    "an order with a gap": Case(
        raised(lambda: Space(Permutation(["norm", "act"])).encode(["act", "act"])),
        "every option once",
        "got ['act', 'act']",
        "give a value of the space",
    ),
    "too few edges for a cell": Case(
        raised(lambda: Cell("conv", 2, 4, max_edges=4)),
        "an int from 5 up",
        "got 4",
        "a chain of 4 nodes takes 5",
    ),
    "more inputs than there are": Case(
        raised(lambda: Cell("conv", 2, 4, inputs=(2, 2))), "an int from 1 to 1", "got 2", "inputs[0]"
    ),
    "an edge that leads back": Case(
        raised(lambda: CELL.encode({"operations": ["conv", "conv"], "edges": [[0, 1], [2, 1]]})),
        "edges from lower to higher vertices, from 0 to 3",
        "got (2, 1)",
        "give a value of the space",
    ),
    "a cell that is not connected": Case(
        raised(lambda: CELL.encode({"operations": ["conv"], "edges": [[0, 1]]})),
        "1 to 3 nodes between input and output",
        "got {'operations': ['conv'], 'edges': [[0, 1]]}",
        "give a value of the space",
    ),
    "a canonical form that is none": Case(
        raised(lambda: Space(Int(1, 9), canonical=lambda a: None)),
        "a string, a number or a list of them",
        "got None",
        "is a `return` missing?",
    ),
    "a canonical form of a set": Case(
        raised(lambda: Space(Subset(["flip", "crop"]), canonical=set)),
        "a string, a number or a list of them",
        "TypeError('Object of type set is not JSON serializable')",
        "correct it; the architecture was [",
    ),
    "a canonical form by name": Case(
        raised(lambda: Space(Int(1, 9), canonical="sorted")),
        "a function of the architecture",
        "got 'sorted'",
        "for example lambda a",
    ),
    "a set in a space": Case(
        raised(lambda: Space({"kernel": {3, 5}})), "a decision or a plain", "{3, 5}", "set has no order"
    ),
    "a space nobody satisfies": Case(
        raised(lambda: Space({"n": Int(1, 9)}, where=lambda a: a["n"] > 9)),
        "an architecture that satisfies where=",
        "got 0",
        "loosen it",
    ),
    "an architecture from elsewhere": Case(
        raised(lambda: Space({"n": Int(1, 9)}).encode({"n": 12})), "an int from 1 to 9", "got 12", "n: "
    ),
    # Searches
    "no Space": Case(search(space={"n": Int(1, 9)}), "an evonas.Space", "{'n': Int(1, 9)}", "evonas.Space({"),
    "no function": Case(search(evaluate=0.5), "a function", "got 0.5", "write def evaluate(architecture)"),
    "a function of three": Case(
        search(evaluate=lambda a, b, c: 1), "of one or two arguments", "(a, b, c)", "write def evaluate("
    ),
    "a function that hides its arguments": Case(
        search(evaluate=max), "tells its arguments", "<built-in function max>", "write def evaluate("
    ),
    "retrain of nothing": Case(search(retrain=lambda: 1), "one or two", "'()'", "write def retrain("),
    "no objective": Case(search(objectives={}), "a dict of name: direction", "got {}", 'write objectives={"'),
    "a bound that is no text": Case(
        search(constraints={"x": 5}), '"<=" or ">=" and a number', "got 5", "write constraints={'x'"
    ),
    "an unknown direction": Case(search(objectives={"x": "up"}), '"min" or "max"', "got 'up'", "write obj"),
    "a list as direction": Case(search(objectives={"x": ["max"]}), '"min" or "max"', "['max']", "write obj"),
    "a nameless objective": Case(search(objectives={" ": "max"}), "names that are", "got ' '", "give it a"),
    "a budget in words": Case(search(budget="long"), "a Budget", "got 'long'", "write budget=500"),
    "a budget of nothing": Case(search(budget=0), "a whole number, 1 or more", "got 0", "leave it out"),
    "a budget without limit": Case(
        raised(evonas.Budget), "expected a limit", "got none", "write Budget(evaluations=500)"
    ),
    "endless seconds": Case(
        raised(lambda: evonas.Budget(seconds=float("inf"))), "a positive number", "got inf", "leave it out"
    ),
    "an unknown strategy": Case(
        search(strategy="cma"), 'a Strategy or "auto"', "got 'cma'", "write strategy=evonas."
    ),
    "a strategy's class": Case(
        search(strategy=evonas.RandomSearch), "a Strategy or", "<class", "write strategy=evonas."
    ),
    "a negative seed": Case(search(seed=-1), "a whole number in 0..2**63-1", "got -1", "for example seed=0"),
    "a seed with a point": Case(search(seed=1.5), "a whole number in 0..", "got 1.5", "for example seed=0"),
    "a start from a number": Case(search(start=3), "architectures or a path", "got 3", "give a list of arch"),
    "a start from elsewhere": Case(search(start=[12]), "an int from 1 to 9", "got 12", "give a value of the"),
    "a start from nowhere": Case(
        command(*RUN, text=FILE.replace("budget=9", "budget=9, start='gone'")), "a run's", "'gone'", "give a"
    ),
    "a map without axes": Case(
        raised(lambda: evonas.MapElites(descriptors={})), "Descriptors by name", "got {}", "write desc"
    ),
    "a lag of nothing": Case(search(deterministic=0), "a lag of 1 or more", "got 0", "write deterministic=8"),
    "islands in words": Case(search(islands="many"), "a number of islands, or a list", "got 'many'", "write"),
    "no islands": Case(search(islands=0), "a number of islands", "got 0", "write islands=4"),
    "an island of other objectives": Case(
        search(islands=[evonas.Island(objectives={"speed": "max"})]),
        "some of the search's objectives {'x': 'max'}",
        "got {'speed': 'max'}",
        "declare all there",
    ),
    "a shallow island in words": Case(
        raised(lambda: evonas.Island(fidelity="low")), "a number", "got 'low'", "write fidelity=10"
    ),
    "migration by name": Case(
        search(migration="ring"), "a Migration", "got 'ring'", "write migration=evonas.Migration("
    ),
    "no time at all": Case(
        search(timeout=0), "a positive number of seconds", "got 0", "timeout=math.inf to isolate without"
    ),
    "too few retries": Case(search(retries=-1), "0 or more", "got -1", "correct the setting"),
    "a deadline for a search in no file": Case(
        raised(
            lambda: evonas.Search(
                space=SPACE, evaluate=float, objectives={"x": "max"}, budget=9, timeout=5
            ).run(folder="nowhere")
        ),
        "timeout: expected a search that is a module-level variable of a script",
        "got one made elsewhere",
        "write it to a file, or leave out timeout=",
    ),
    "no workers": Case(
        raised(
            lambda: evonas.Search(space=SPACE, evaluate=float, objectives={"x": "max"}, budget=9).run(
                workers=0
            )
        ),
        "a whole number, 1 or more",
        "got 0",
        "write workers=4",
    ),
    # Strategies
    "a population of none": Case(
        raised(lambda: evonas.RegularizedEvolution(population=0)), "1 or more", "got 0", "correct the setting"
    ),
    "too sure a crossover": Case(
        raised(lambda: evonas.GeneticAlgorithm(crossover=1.5)), "in 0..1", "got 1.5", "correct the setting"
    ),
    "an empty toolbox": Case(
        raised(lambda: evonas.GeneticAlgorithm(toolbox=object())),
        "with select, mate or mutate registered",
        "<object",
        "toolbox.register(",
    ),
    "asked without a space": Case(
        raised(evonas.RandomSearch().ask), "expected a space", "got none", "write RandomSearch(space, seed=0)"
    ),
    "told twice": Case(
        raised(told_twice), "asked for and not told yet", "got '0-0'", "tell each outcome once"
    ),
    # Evaluations
    "forgot to return": Case(evaluated(None), "a number", "got None", "did it forget to return?"),
    "returned text": Case(evaluated("0.97"), "a number", "got '0.97'", "return a number, or {'accuracy'"),
    "returned several": Case(evaluated([1, 2]), "a number", "got [1, 2]", "return a number"),
    "returned other names": Case(
        evaluated({"acc": 0.9}), "the objective 'accuracy'", "got {'acc': 0.9}", "return {'accuracy': ...}"
    ),
    "returned one of two": Case(
        evaluated(0.9, "accuracy", "size"), "a dict of objectives", "got 0.9", "return {'accuracy': ..., 'si"
    ),
    "returned NaN": Case(evaluated(float("nan")), "only finite numbers can compete", "is nan", "accuracy"),
    # Search files
    "no such file": Case(
        command("run", "serach.py"), "a Python file that defines a search", "got no file", "check the path"
    ),
    "no search in the file": Case(
        command(*RUN, text="x = 1"), "a module-level search", "got none", "write search = evonas.Search("
    ),
    "two searches in the file": Case(
        command(*RUN, text=TWO), "a module-level search", "got several: first, second", "write search = "
    ),
    "a file that exits": Case(
        command(*RUN, text=EXITING),
        "a file that defines a search",
        "'no data'",
        "correct the one or the other",
    ),
    "a file that runs itself": Case(
        command(*RUN, text=RUNNING), "only defines its search", "one that runs it while", "__name__"
    ),
    "a file with a bad space": Case(
        command(*RUN, text=FILE.replace("(1, 9)", "(9, 1)")), "low < high", "got (9, 1)", "swap them"
    ),
    # Run folders and journals
    "a folder of other files": Case(
        after(stranger, *RUN), "a new folder or a run", "got other files", "give another --run"
    ),
    "the folder of another search": Case(
        after(lambda there: None, *RUN, "--seed", "5"), "holds another search", "seed: 0 there, 5", "another"
    ),
    "a folder below a file": Case(
        command("run", "search.py", "--run", "search.py/run"),
        "that can be made",
        "Not a dir",
        "another --run",
    ),
    "no such run": Case(command("resume", "runs/7"), "the folder of a run", "got none", "look into runs/"),
    "a run without its description": Case(
        after(lambda there: (there / "run.json").unlink(), "resume", "there"),
        "run.json: cannot be read",
        "No such file",
        "run the file with --run again",
    ),
    "a damaged journal": Case(
        after(journal(lambda lines: [*lines[:2], "{oops", *lines[2:]]), "resume", "there"),
        "journal-0.jsonl:3: expected a JSON object",
        "got b'{oops'",
        "start a new run",
    ),
    "a journal of another format": Case(
        after(journal(lambda lines: ['{"evonas_journal": 99}', *lines[1:]]), "resume", "there"),
        "journal-0.jsonl:1: expected the header of a journal of format 2",
        "got {'evonas_journal': 99}",
        "use the evonas that wrote it, or start a new run",
    ),
    "a journal with a line too many": Case(
        after(journal(lambda lines: [*lines, '{"cat": 1}']), "resume", "there"),
        "expected a birth",
        "{'cat': 1}",
        "start a new run",
    ),
    "a journal of other births": Case(
        after(journal(born_elsewhere), "resume", "there"),
        "line 2: expected",
        "got 'the birth",
        "start a new run",
    ),
    "a description of another kind": Case(
        after(lambda there: (there / "run.json").write_text("[]"), *RUN),
        "run.json: cannot be read",
        "list",
        "run the file with --run again",
    ),
    "other islands of a deterministic run": Case(
        after(
            lambda there: (there / "run.json").write_text(
                (there / "run.json").read_text().replace('"islands": 1', '"islands": 3')
            ),
            *RUN,
            text=FILE.replace("budget=9", "budget=9, deterministic=4"),
            first=FILE.replace("budget=9", "budget=9, deterministic=4"),
        ),
        "expected 3",
        "got 1",
        "give another --run, or leave out deterministic=",
    ),
    "nothing to export": Case(
        after(journal(lambda lines: lines[:1]), "export", "there"),
        "a successful evaluation to export",
        "got none",
        "resume the run",
    ),
    # Command line
    "no command": Case(command(), "required", "COMMAND", "usage: evonas"),
    "an unknown command": Case(command("serach"), "choose from", "serach", "usage: evonas"),
    "workers in words": Case(
        command(*RUN, "--workers", "all"), "a whole number, 1 or more", "got 'all'", "usage: evonas run"
    ),
    "islands by name": Case(
        command(*RUN, "--islands", "ring"), "a whole number, 1 or more", "got 'ring'", "usage: evonas run"
    ),
    "a vague time limit": Case(
        command(*RUN, "--time-limit", "soon"), "a time such as 90, 30m, 2h", "got 'soon'", "usage: evonas run"
    ),
    "no evaluations": Case(command(*RUN, "--evaluations", "0"), "1 or more", "got 0", "leave it out"),
    # Environment
    "no mpirun": Case(
        process(*RUN, "--mpi", first=NO_MPIRUN, PATH="/nowhere"),
        "mpirun beside Python or on the path",
        "got none",
        'pip install "evonas[mpi]"',
    ),
    "an MPI library that cannot be loaded": Case(
        process(*RUN, OMPI_COMM_WORLD_SIZE="2", MPI4PY_LIBMPI="/nowhere/libmpi.so"),
        "an MPI library that mpi4py can load",
        "/nowhere/libmpi.so",
        "evonas doctor",
    ),
    "no mpi4py": Case(
        process(*RUN, first=without("mpi4py"), OMPI_COMM_WORLD_SIZE="2"),
        "an MPI library that mpi4py can load",
        "mpi4py",
        'pip install "evonas[mpi]"',
    ),
    "a search that needs a missing package": Case(
        process(*RUN, text=f"import torch\n{FILE}", first=without("torch")),
        "search.py: ModuleNotFoundError",
        "torch",
        "import torch",
    ),
    "a model to export without torch": Case(
        process(*EXPORTING, text=retraining("3"), first=without("torch")),
        "retrain: expected torch, to export a model",
        "import of torch",
        'pip install "evonas[torch]", then run: evonas export',
    ),
    "a retrain that returns no model": Case(
        command(*EXPORTING, text=retraining("3")),
        "retrain: expected an evonas.export.trained.Trained",
        "got 3",
        "return Trained(model, example), then run: evonas export",
        needs="torch",
    ),
    "a retrain that fails": Case(
        command(*EXPORTING, text=retraining("architecture['width']")),
        "retrain: ",
        "TypeError: 'int' object is not subscriptable",
        "mend it, then run: evonas export",
        needs="torch",
    ),
}


def main() -> None:
    """Print the table."""
    width = max(map(len, CASES))
    for name, case in CASES.items():
        first, *rest = message(case).splitlines()
        print(f"{name:{width}} | {first}")
        for line in rest:
            print(f"{'':{width}} | {line}")


if __name__ == "__main__":
    main()
