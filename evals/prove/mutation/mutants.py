"""Every small fault that a module can be given, one at a time, each named by where it is and what is changed.

Left alone: docstrings, imports, annotations, type variables, decorators, and the words of an exception that is raised,
which are prose.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

Step = tuple[str, int | None]
Path = tuple[Step, ...]
_COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
_RECKONED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
_CALLED = {
    "min": "max",
    "max": "min",
    "any": "all",
    "all": "any",
    "issubset": "issuperset",
    "issuperset": "issubset",
    "intersection": "union",
    "union": "intersection",
    "isdisjoint": "issuperset",
    "startswith": "endswith",
    "endswith": "startswith",
}
_NEVER = (ast.Import, ast.ImportFrom)
_UNMUTATED = frozenset({"decorator_list", "annotation", "returns", "type_comment"})


@dataclass(frozen=True)
class Mutant:
    """A module with one fault. `key` stays the same while its line does, wherever that line moves."""

    where: str
    line: int
    code: str
    change: str
    source: str

    @property
    def key(self) -> str:
        """`function: code: change`."""
        return f"{self.where}: {self.code}: {self.change}"


def mutants(source: str) -> Iterator[Mutant]:
    """The mutants of a module, in the order of its lines."""
    tree, lines = ast.parse(source), source.splitlines()
    for path, node, where in _places(tree, (), ""):
        for change, replacement in _faults(node):
            broken = copy.deepcopy(tree)
            _put(broken, path, replacement)
            line = getattr(node, "lineno", 0)
            said = ast.unparse(ast.fix_missing_locations(broken))
            yield Mutant(where, line, lines[line - 1].strip(), change, said)


def _places(node: ast.AST, path: Path, where: str) -> Iterator[tuple[Path, ast.AST, str]]:
    for name, value in ast.iter_fields(node):
        if name in _UNMUTATED:
            continue
        many = value if isinstance(value, list) else [value]
        for index, child in enumerate(many):
            if not isinstance(child, ast.AST) or _left_alone(child):
                continue
            at = (*path, (name, index if isinstance(value, list) else None))
            inner = f"{where}.{child.name}".lstrip(".") if isinstance(child, _NAMED) else where
            yield at, child, inner
            if not isinstance(child, ast.Raise):
                yield from _places(child, at, inner)


_NAMED = (ast.FunctionDef, ast.ClassDef)


def _left_alone(node: ast.AST) -> bool:
    if isinstance(node, ast.Expr):  # a docstring, or the `...` of a Protocol
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.If):
        return isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    if isinstance(node, ast.Assign):
        called = node.value.func if isinstance(node.value, ast.Call) else None
        return ast.unparse(node.targets[0]) == "__all__" or (
            isinstance(called, ast.Name) and called.id == "TypeVar"
        )
    return isinstance(node, _NEVER)


def _put(tree: ast.AST, path: Path, replacement: ast.AST) -> None:
    at: ast.AST = tree
    for name, index in path[:-1]:
        held = getattr(at, name)
        at = held if index is None else held[index]
    name, index = path[-1]
    if index is None:
        setattr(at, name, replacement)
    else:
        getattr(at, name)[index] = replacement


def _faults(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    for kind, make in _MAKERS:
        if isinstance(node, kind):
            for change, replacement in make(node):
                yield change, ast.copy_location(replacement, node)


def _comparison(node: ast.Compare) -> Iterator[tuple[str, ast.AST]]:
    for index, operator in enumerate(node.ops):
        for other in _COMPARED.get(type(operator), ()):
            ops = [*node.ops[:index], other(), *node.ops[index + 1 :]]
            yield _changed(node, ast.Compare(node.left, ops, node.comparators))


def _logic(node: ast.BoolOp) -> Iterator[tuple[str, ast.AST]]:
    other = ast.And() if isinstance(node.op, ast.Or) else ast.Or()
    yield _changed(node, ast.BoolOp(other, node.values))
    for index in range(len(node.values)):
        rest = [*node.values[:index], *node.values[index + 1 :]]
        yield _changed(node, rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest))


def _reckoning(node: ast.BinOp) -> Iterator[tuple[str, ast.AST]]:
    other = _RECKONED.get(type(node.op))
    if other:
        yield _changed(node, ast.BinOp(node.left, other(), node.right))


def _sign(node: ast.UnaryOp) -> Iterator[tuple[str, ast.AST]]:
    yield _changed(node, node.operand)


def _constant(node: ast.Constant) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node.value, bool):
        yield _changed(node, ast.Constant(not node.value))
    elif isinstance(node.value, int):
        yield _changed(node, ast.Constant(node.value + 1))
    elif isinstance(node.value, str):
        yield _changed(node, ast.Constant(f"XX{node.value}"))


def _choice(node: ast.IfExp) -> Iterator[tuple[str, ast.AST]]:
    yield _changed(node, node.body)
    yield _changed(node, node.orelse)


def _branch(node: ast.If) -> Iterator[tuple[str, ast.AST]]:
    for test in (ast.UnaryOp(ast.Not(), node.test), ast.Constant(True), ast.Constant(False)):
        yield f"if -> if {ast.unparse(test)}", ast.If(test, node.body, node.orelse)


def _filtered(node: ast.comprehension) -> Iterator[tuple[str, ast.AST]]:
    for index, test in enumerate(node.ifs):
        rest = [*node.ifs[:index], *node.ifs[index + 1 :]]
        bare = ast.comprehension(node.target, node.iter, rest, node.is_async)
        yield f"without if {ast.unparse(test)}", bare


def _loop(node: ast.For) -> Iterator[tuple[str, ast.AST]]:
    yield "for -> for in ()", ast.For(node.target, ast.Tuple([], ast.Load()), node.body, node.orelse)


def _call(node: ast.Call) -> Iterator[tuple[str, ast.AST]]:
    function = node.func
    name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
    if name in _CALLED:
        other = copy.deepcopy(function)
        setattr(other, "id" if isinstance(other, ast.Name) else "attr", _CALLED[name])
        yield f"{name} -> {_CALLED[name]}", ast.Call(other, node.args, node.keywords)
    for index, keyword in enumerate(node.keywords):
        rest = [*node.keywords[:index], *node.keywords[index + 1 :]]
        yield f"without {ast.unparse(keyword)}", ast.Call(function, node.args, rest)


def _returned(node: ast.Return) -> Iterator[tuple[str, ast.AST]]:
    if node.value and not (isinstance(node.value, ast.Constant) and node.value.value is None):
        yield "return -> return None", ast.Return(ast.Constant(None))


def _assigned(node: ast.Assign) -> Iterator[tuple[str, ast.AST]]:
    yield f"{ast.unparse(node.targets[0])} = None", ast.Assign(node.targets, ast.Constant(None))


def _raised(node: ast.Raise) -> Iterator[tuple[str, ast.AST]]:
    yield "raise -> pass", ast.Pass()


def _done(node: ast.Expr) -> Iterator[tuple[str, ast.AST]]:
    yield "call -> pass", ast.Pass()


def _added(node: ast.AugAssign) -> Iterator[tuple[str, ast.AST]]:
    yield "without +=", ast.Pass()


def _jump(node: ast.stmt) -> Iterator[tuple[str, ast.AST]]:
    other = ast.Break() if isinstance(node, ast.Continue) else ast.Continue()
    yield _changed(node, other)


def _changed(node: ast.AST, other: ast.AST) -> tuple[str, ast.AST]:
    return f"{ast.unparse(node)} -> {ast.unparse(ast.fix_missing_locations(copy.deepcopy(other)))}", other


_MAKERS: Sequence[
    tuple[type[ast.AST] | tuple[type[ast.AST], ...], Callable[..., Iterator[tuple[str, ast.AST]]]]
] = (
    (ast.Compare, _comparison),
    (ast.BoolOp, _logic),
    (ast.BinOp, _reckoning),
    (ast.UnaryOp, _sign),
    (ast.Constant, _constant),
    (ast.IfExp, _choice),
    (ast.If, _branch),
    (ast.comprehension, _filtered),
    (ast.For, _loop),
    (ast.Call, _call),
    (ast.Return, _returned),
    (ast.Assign, _assigned),
    (ast.Raise, _raised),
    (ast.Expr, _done),
    (ast.AugAssign, _added),
    ((ast.Continue, ast.Break), _jump),
)
