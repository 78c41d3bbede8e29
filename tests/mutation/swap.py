"""A living function given the code of its changed version: whoever holds the function, in a table or an import, has the change too."""

import importlib
from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

from tests.mutation.changes import Change


def swap(change: Change, code: CodeType) -> bool:
    """False where the function cannot be found, such as under a decorator that hides it."""
    living = _living(importlib.import_module(module_of(change.file)), change.within.split("."))
    if living is None:
        return False
    found = next((one for one in _codes(code) if _place(one) == _place(living.__code__)), None)
    if found is None or found.co_freevars != living.__code__.co_freevars:
        return False
    living.__code__ = found
    return True


def module_of(file: str) -> str:
    """The dotted name of a file."""
    return file.removesuffix("/__init__.py").removesuffix(".py").replace("/", ".")


def _place(code: CodeType) -> tuple[str, int]:
    return code.co_qualname, code.co_firstlineno


def _living(module: ModuleType, names: list[str]) -> FunctionType | None:
    held: Any = module
    for name in names:
        held = vars(held).get(name)
        held = getattr(held, "fget", None) or getattr(held, "__func__", None) or held
        held = getattr(held, "__wrapped__", held)
        if isinstance(held, FunctionType):
            return held
        if not isinstance(held, type):
            return None
    return None


def _codes(code: CodeType) -> Iterator[CodeType]:
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield one
            yield from _codes(one)
