"""Changes of what runs at import, tried in forks that have read none of our code yet: it is imported with the change in it."""

import importlib.util
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

import pytest

from tests.mutation.changes import Change
from tests.mutation.forks import Told, each
from tests.mutation.swap import module_of

_WITHOUT = ("cacheprovider", "xdist", "pytest_cov", "schemathesis")
PLAIN = ["-x", "-q", "-s", "--tb=no", "--assert=plain", *(part for name in _WITHOUT for part in ("-p", f"no:{name}"))]
PLAIN += ["-p", "tests.mutation.calm"]


class Changed(SourceFileLoader):
    """Loads one module from code that was made beforehand."""

    made: CodeType

    def get_code(self, fullname: str) -> CodeType:
        return self.made


class Finder:
    """Finds the one changed module before anyone else does."""

    def __init__(self, change: Change, code: CodeType) -> None:
        self.name = module_of(change.file)
        self.loader = Changed(self.name, change.file)
        self.loader.made = code

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name != self.name:
            return None
        packaged = [str(Path(self.loader.path).parent)] if self.loader.path.endswith("__init__.py") else None
        return importlib.util.spec_from_file_location(name, self.loader.path, loader=self.loader, submodule_search_locations=packaged)


def run(wanted: list[Change], code: Callable[[Change], CodeType], tests: Sequence[str], told: Told, jobs: int) -> None:
    """Try each change against `tests`, files or folders, those named like the changed room first."""

    def prepare(change: Change) -> tuple[int, Callable[[], str]]:
        ordered = sorted(tests, key=lambda one: Path(one).name not in change.file)
        return len(ordered), lambda: _try(change, code(change), ordered)

    each(wanted, prepare, told, jobs)


def _try(change: Change, code: CodeType, tests: list[str]) -> str:
    sys.meta_path.insert(0, Finder(change, code))  # type: ignore[arg-type]
    return next((one for one in tests if pytest.main([*PLAIN, one]) not in (0, 5)), "")
