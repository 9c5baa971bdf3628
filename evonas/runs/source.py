"""Where a search comes from: a file that defines it, which every process of a job loads for itself."""

from __future__ import annotations

import importlib.util
import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evonas.errors import RunError, complaint
from evonas.evaluate.guard import failure_of
from evonas.runs.plan import Plan
from evonas.space.space import Space

USUAL_NAME = "search"
PICKLED = ".pickle"


@dataclass(frozen=True)
class Source:
    """A search in a file.

    Attributes:
        file: The file's absolute path.
        name: The module-level variable that holds the search; None finds it.
        arguments: What the file sees as ``sys.argv[1:]``.
        pickled: Where the search itself lies, for workers on this machine; None if they load the file.
    """

    file: str
    name: str | None = None
    arguments: tuple[str, ...] = ()
    pickled: str | None = None

    @staticmethod
    def of(search: Plan) -> Source | None:
        """Return where the running script defines ``search``, or None if it is no script's variable."""
        if _loading:
            raise RunError(
                "search.run(): expected a file that only defines its search, got one that runs it while "
                'being loaded; put this under: if __name__ == "__main__":'
            )
        main = sys.modules["__main__"]
        file = getattr(main, "__file__", None)
        name = next((name for name, value in vars(main).items() if value is search), None)
        return Source(str(Path(file).resolve()), name, tuple(sys.argv[1:])) if file and name else None

    @staticmethod
    def of_main() -> Source:
        """Return the running script, whose first call of ``minimize`` says what is searched."""
        main = sys.modules["__main__"]
        return Source(
            str(Path(getattr(main, "__file__", None) or "search").resolve()), None, tuple(sys.argv[1:])
        )

    def with_pickled(self, search: Plan, path: Path) -> Source:
        """Return this source, where workers find ``search`` itself: lambdas and closures travel, too.

        Raises:
            RunError: It cannot travel, or there is no cloudpickle.
        """
        try:
            import cloudpickle

            path.write_bytes(cloudpickle.dumps((sys.path, cloudpickle.dumps(search))))
        except Exception as error:
            rule = "a function that cloudpickle can send to other processes"
            remedy = "define what it uses within it, or use workers=1 without timeout="
            raise RunError(complaint("workers", rule, error, remedy)) from error
        return replace(self, pickled=str(path))

    def check(self) -> None:
        """Make sure that the file is there.

        Raises:
            RunError: It is not.
        """
        if not Path(self.file).is_file():
            raise RunError(
                f"{self.file}: expected a Python file that defines a search, got no file; check the path"
            )

    def load(self) -> Plan:
        """Execute the file as a module and return its search.

        ``sys.argv`` and ``sys.path[0]`` become those of ``python file arguments...``.

        Raises:
            RunError: The file is missing, or raises, or defines no search, or several without one that is
                named ``search``.
        """
        if self.file.endswith(PICKLED):
            return _unpickled(Path(self.file))
        return self._pick(self._names())

    def space(self) -> Space:
        """Execute the file and return the space that it is about.

        That is the space of its search; without one, its ``space``: a space, or a function that makes one.

        Raises:
            RunError: The file is missing, or raises, or defines nothing of the kind.
        """
        names = self._names()
        if any(isinstance(value, Plan) for value in names.values()):
            return self._pick(names).space
        found = names.get("space")
        if inspect.isfunction(found):
            found = self._made_by(found)
        if isinstance(found, Space):
            return found
        got = f"{found!r:.200}" if "space" in names else "none"
        raise RunError(
            f"{self.file}: expected search = evonas.Search(...), space = evonas.Space(...) or a function "
            f"space() that returns one, got {got}; define one of them"
        )

    def _made_by(self, function: Callable[[], object]) -> object:
        """Return what a function of the file returns."""
        try:
            inspect.signature(function).bind()
        except TypeError as error:
            rule = "a function without required arguments"
            remedy = "give them defaults, or call it in a file of your own"
            raise RunError(complaint(f"{self.file}: space()", rule, str(error), remedy)) from None
        with self._blamed():
            return function()

    def _names(self) -> dict[str, Any]:
        """Execute the file as a module, as ``python file arguments...`` would, and return its names.

        One that calls ``minimize`` is left there; if it does so as a script only, it is executed as one.
        """
        self.check()
        path = Path(self.file)
        sys.argv = [self.file, *self.arguments]
        sys.path.insert(0, str(path.parent))
        names = self._executed(f"evonas_search_{path.stem}")
        if "minimize(" in path.read_text() and not any(isinstance(value, Plan) for value in names.values()):
            names = self._executed("__main__")
        return names

    def _executed(self, name: str) -> dict[str, Any]:
        path = Path(self.file)
        spec = importlib.util.spec_from_loader(name, loader=None, origin=str(path))
        assert spec is not None
        module = importlib.util.module_from_spec(spec)
        module.__file__ = str(path)
        sys.modules[name] = module  # dataclasses and pickle look a class's module up by name
        try:
            with self._blamed():
                exec(compile(path.read_bytes(), path, "exec"), vars(module))
        except Declared as call:
            return {USUAL_NAME: call.search}
        return vars(module)

    @contextmanager
    def _blamed(self) -> Iterator[None]:
        """Turn what the file raises into an error that tells where in it."""
        _loading.append(self.file)
        try:
            yield
        except SystemExit as error:
            if not error.code:
                raise  # --help after the double dash
            given = " ".join(self.arguments) or "none"
            raise RunError(
                f"{self.file}: expected a file that defines a search, got one that ends itself with "
                f"{error.code!r} (its arguments: {given}); correct the one or the other"
            ) from None
        except Exception as error:
            failure = failure_of(error)
            raise RunError(f"{self.file}: {failure.reason}\n{failure.traceback.rstrip()}") from error
        finally:
            _loading.pop()

    def _pick(self, names: dict[str, Any]) -> Plan:
        wanted = self.name or USUAL_NAME
        if isinstance(names.get(wanted), Plan):
            found: Plan = names[wanted]
            return found
        searches = {name: value for name, value in names.items() if isinstance(value, Plan)}
        if len(searches) == 1 and self.name is None:
            return next(iter(searches.values()))
        what = f"several: {', '.join(searches)}" if searches else "none"
        raise RunError(
            f"{self.file}: expected a module-level search, got {what}; write {wanted} = evonas.Search(...)"
        )


def _unpickled(path: Path) -> Plan:
    import cloudpickle

    sys.path[:], dumped = cloudpickle.loads(path.read_bytes())
    search: Plan = cloudpickle.loads(dumped)
    return search


class Declared(BaseException):
    """Leaves a file that is being loaded where it calls ``minimize``: that says what is searched.

    Args:
        search: What is searched.
    """

    def __init__(self, search: Plan) -> None:
        super().__init__("minimize() was called while its file is being loaded")
        self.search = search


def declared(search: Plan) -> None:
    """Tell who loads this file, if anybody does, what is searched; does not return then."""
    if _loading:
        raise Declared(search)


_loading: list[str] = []
