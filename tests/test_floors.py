"""The house stands: imports run downwards, wings lean on the ground, heavy libraries keep to their rooms.

The picture is the floor diagram in README.md; change both together.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = sorted([*ROOT.glob("evonas/**/*.py"), *ROOT.glob("search_spaces/**/*.py")])
FLOORS = ["ground", "space", "evolve", "manage", "ranks", "runs", "top"]
GROUND = {"evonas", "evonas.errors", "evonas.seeds"}
WINGS = {"evaluate", "train", "weights", "export", "report"}
BELOW_WINGS = {"evonas.evolve.records", "evonas.evolve.objectives"}
HOMES = {
    "mpi4py": {"evonas/ranks/mpi.py"},
    "moocore": {"evonas/evolve/pareto.py", "evonas/evolve/hypervolume.py"},
    "deap": {"evonas/evolve/selection.py"},
    "scipy": {"evonas/evolve/continuous"},
    "cmaes": {"evonas/evolve/continuous"},
    "cma": {"evonas/evolve/continuous"},
    "nlopt": {"evonas/evolve/continuous"},
    "greenlet": {"evonas/evolve/continuous/calls.py"},
    "cloudpickle": {"evonas/runs/source.py"},
    "matplotlib": {"evonas/report/draw.py"},
    "torch": {"evonas/train", "evonas/weights", "evonas/export", "search_spaces/*/model.py"},
}


def name(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room(module: str) -> str:
    """Return the floor or the wing of a module."""
    parts = module.split(".")
    if module in GROUND:
        return "ground"
    if parts[0] == "evonas" and len(parts) > 1 and parts[1] in {*FLOORS, *WINGS}:
        return parts[1]
    return "top"


def imports(file: Path) -> Iterator[str]:
    """Yield every module that a file imports anywhere, but not what only the type checker reads."""
    tree = ast.parse(file.read_text())
    hidden = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in hidden:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: write absolute imports"
            yield from (_module(f"{node.module}.{alias.name}", str(node.module)) for alias in node.names)


def _module(full: str, parent: str) -> str:
    """Return ``full`` if it is a module of ours, else the module that holds the name."""
    path = ROOT.joinpath(*full.split("."))
    return full if path.with_suffix(".py").exists() or path.is_dir() else parent


@pytest.mark.parametrize("file", FILES, ids=name)
def test_imports_run_downwards(file: Path) -> None:
    here = room(name(file))
    for module in imports(file):
        if not module.startswith("evonas") or room(module) == here:
            continue
        there = room(module)
        if name(file).startswith("search_spaces."):
            assert there in {"ground", "space"}, f"{file} imports {module}: a search space knows spaces only"
        elif here in WINGS:
            ground = there in {"ground", "space"} or module in BELOW_WINGS
            assert ground or there in WINGS, f"{file} imports {module}: a wing leans on space and records"
        elif there in WINGS:
            assert here in {"runs", "top"}, f"{file} imports {module}: only the upper floors open wings"
        else:
            assert FLOORS.index(there) < FLOORS.index(here), f"{file} imports {module}, which is above"


def test_wings_import_each_other_not_in_circles() -> None:
    leans = {
        (room(name(file)), room(module))
        for file in FILES
        for module in imports(file)
        if room(name(file)) in WINGS and room(module) in WINGS - {room(name(file))}
    }
    assert not {(there, here) for here, there in leans} & leans


def test_modules_import_each_other_not_in_circles() -> None:
    graph = {name(file): {m for m in imports(file) if m.startswith("evonas.")} for file in FILES}
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " -> ".join([*path, module])
        if module not in done:
            for imported in graph.get(module, ()):
                visit(imported, (*path, module))
            done.add(module)

    for module in graph:
        visit(module, ())


@pytest.mark.parametrize("library", HOMES)
def test_a_heavy_library_stays_in_its_room(library: str) -> None:
    for file in FILES:
        path = file.relative_to(ROOT)
        if any(module.split(".")[0] == library for module in imports(file)):
            at_home = any(path.match(home) or path.is_relative_to(home) for home in HOMES[library])
            assert at_home, f"{path} imports {library}, whose home is {sorted(HOMES[library])}"


def test_package_files_are_empty() -> None:
    for file in ROOT.glob("evonas/*/**/__init__.py"):
        assert not file.read_text(), f"{file} hands names on: import them from where they are defined"


@pytest.mark.parametrize("file", FILES, ids=name)
def test_a_file_fits_on_few_screens(file: Path) -> None:
    assert len(file.read_text().splitlines()) <= 400
