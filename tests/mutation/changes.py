"""Small wrong changes of Python source: what could be wrong by one slip of the hand, each named by its words, not by its line."""

import ast
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

LONGEST = 90
SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
    ast.Break: ast.Continue,
    ast.Continue: ast.Break,
}
PAIRS = (("min", "max"), ("any", "all"), ("earliest", "latest"), ("low", "high"), ("YES", "NO"), ("BEFORE", "AFTER"))
NAMES = {one: other for pair in PAIRS for one, other in (pair, pair[::-1])} | {"UNKNOWN": "NO"}
_PLAIN_TYPES = ("str", "int", "float", "bool", "bytes", "list", "dict", "tuple", "set")
SKIPPED = ("annotation", "returns", "decorator_list", "bases", "type_params")
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
Where = tuple[ast.AST, str, int | None]


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one file. `within` names the function or class it lies in; `live` is false for what runs at import."""

    file: str
    within: str
    words: str
    live: bool
    lines: tuple[int, int]
    where: Where
    new: ast.AST

    @property
    def name(self) -> str:
        """What names it in its file, whatever is edited elsewhere."""
        return f"{self.within or 'module'}: {self.words}"

    @property
    def key(self) -> str:
        """What names it among all."""
        return f"{self.file} {self.name}"


def changes(file: str, tree: ast.Module) -> Iterator[Change]:
    """Every change of a file, in reading order; `file` is its path from the root."""
    seen: Counter[str] = Counter()
    for within, live, where, node in _sites(tree):
        for new in _news(node, where):
            words = f"{_text(node)} -> {_text(new)}"
            seen[f"{within} {words}"] += 1
            times = seen[f"{within} {words}"]
            yield Change(file, within, words if times == 1 else f"{words} (#{times})", live, _lines(node), where, new)


def _lines(node: ast.AST) -> tuple[int, int]:
    first = getattr(node, "lineno", 0)
    return first, getattr(node, "end_lineno", None) or first


def source_of(path: Path) -> ast.Module:
    """A file as a tree."""
    return ast.parse(path.read_text(encoding="utf-8"))


def applied(tree: ast.Module, change: Change, file: str) -> CodeType:
    """The code object of the file with the change in it; `tree` must be the one the change came from, and is left as it was."""
    parent, field, at = change.where
    new = ast.copy_location(change.new, _get(change.where))
    old = _get(change.where)
    _set(parent, field, at, new)
    try:
        return compile(ast.fix_missing_locations(tree), file, "exec")
    finally:
        _set(parent, field, at, old)


def _get(where: Where) -> ast.AST:
    parent, field, at = where
    held = getattr(parent, field)
    found: ast.AST = held if at is None else held[at]
    return found


def _set(parent: ast.AST, field: str, at: int | None, new: ast.AST) -> None:
    if at is None:
        setattr(parent, field, new)
    else:
        getattr(parent, field)[at] = new


def _sites(node: ast.AST, within: str = "", live: bool = False) -> Iterator[tuple[str, bool, Where, ast.AST]]:
    """Every node that may be changed: what it lies in, whether it runs when that is called, its place in its parent, itself."""
    for field, value in ast.iter_fields(node):
        if field in SKIPPED:
            continue
        inner = live or (field == "body" and isinstance(node, FUNCTION))
        for at, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(child, ast.AST) and not _is_prose(child) and not _is_strict(child):
                yield within, inner, (node, field, at), child
                name = f"{within}.{child.name}".lstrip(".") if isinstance(child, (*FUNCTION, ast.ClassDef)) else within
                yield from _sites(child, name, inner)


def _is_strict(node: ast.AST) -> bool:
    """zip(strict=True) guards against a slip of ours; both sides are as long, so nothing changes without it."""
    return isinstance(node, ast.keyword) and node.arg == "strict"


def _is_prose(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and node.value.value is not ...


def _news(node: ast.AST, where: Where) -> Iterator[ast.AST]:
    made = _MAKERS.get(type(node))
    if made is not None:
        yield from made(node)
    if where[1] == "test" or (isinstance(where[0], ast.comprehension) and where[1] == "ifs"):
        yield from _negated(node)


def _negated(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.expr) and not isinstance(node, ast.Compare | ast.UnaryOp):
        yield ast.UnaryOp(ast.Not(), node)


def _compare(node: ast.Compare) -> Iterator[ast.AST]:
    for at, op in enumerate(node.ops):
        if type(op) in SWAPS:
            ops = [*node.ops[:at], SWAPS[type(op)](), *node.ops[at + 1 :]]
            yield ast.Compare(node.left, ops, node.comparators)  # type: ignore[arg-type]


def _boolean(node: ast.BoolOp) -> Iterator[ast.AST]:
    yield ast.BoolOp(SWAPS[type(node.op)](), node.values)  # type: ignore[arg-type]
    for at in range(len(node.values)):
        left = [*node.values[:at], *node.values[at + 1 :]]
        yield left[0] if len(left) == 1 else ast.BoolOp(node.op, left)


def _binary(node: ast.BinOp) -> Iterator[ast.AST]:
    if type(node.op) in SWAPS and not (isinstance(node.op, ast.BitOr) and _is_type(node.left)):
        yield ast.BinOp(node.left, SWAPS[type(node.op)](), node.right)  # type: ignore[arg-type]


def _is_type(node: ast.AST) -> bool:
    """`A | B` of types is an annotation in all but place: changed, it would only fail to import."""
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return (name[:1].isupper() and not name.isupper()) or name in _PLAIN_TYPES


def _augmented(node: ast.AugAssign) -> Iterator[ast.AST]:
    yield ast.Pass()


def _unary(node: ast.UnaryOp) -> Iterator[ast.AST]:
    if isinstance(node.op, ast.Not | ast.USub):
        yield node.operand


def _constant(node: ast.Constant) -> Iterator[ast.AST]:
    if isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node.value, int):
        yield ast.Constant(node.value + 1)
        yield ast.Constant(node.value - 1)


def _statement(node: ast.Expr) -> Iterator[ast.AST]:
    if not (isinstance(node.value, ast.Constant)):
        yield ast.Pass()


def _returned(node: ast.Return) -> Iterator[ast.AST]:
    if node.value is not None and not (isinstance(node.value, ast.Constant) and node.value.value in (None, True, False)):
        yield ast.Return(ast.Constant(None))


def _gone(node: ast.AST) -> Iterator[ast.AST]:
    yield ast.Pass()


def _other_jump(node: ast.AST) -> Iterator[ast.AST]:
    yield SWAPS[type(node)]()


def _name(node: ast.Name) -> Iterator[ast.AST]:
    if isinstance(node.ctx, ast.Load) and node.id in NAMES:
        yield ast.Name(NAMES[node.id], node.ctx)


def _attribute(node: ast.Attribute) -> Iterator[ast.AST]:
    if isinstance(node.ctx, ast.Load) and node.attr in NAMES:
        yield ast.Attribute(node.value, NAMES[node.attr], node.ctx)


def _chosen(node: ast.IfExp) -> Iterator[ast.AST]:
    yield node.body
    yield node.orelse


_MAKERS: dict[type[ast.AST], Callable[..., Iterator[ast.AST]]] = {
    ast.Compare: _compare,
    ast.BoolOp: _boolean,
    ast.BinOp: _binary,
    ast.AugAssign: _augmented,
    ast.UnaryOp: _unary,
    ast.Constant: _constant,
    ast.Expr: _statement,
    ast.Return: _returned,
    ast.Raise: _gone,
    ast.Break: _other_jump,
    ast.Continue: _other_jump,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.IfExp: _chosen,
}


def _text(node: ast.AST) -> str:
    text = " ".join(ast.unparse(ast.fix_missing_locations(deepcopy(node))).split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]} ... {text[-LONGEST // 2 :]}"
