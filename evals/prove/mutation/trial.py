"""Runs tests against mutants, each in a process of its own, forked when the tests are collected and the libraries loaded.

A mutant that changes function bodies alone gets its code put into the functions that are there, and only tests that call
one of them are run, the quickest first; any other is imported in place of the module, with the tests collected anew.
Nothing on disk is changed. A run that does not end counts as noticed.
"""

from __future__ import annotations

import gc
import importlib
import os
import shlex
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

# Every plugin that is installed would be loaded for every mutant: only those that the tests need are.
_PLUGINS = ("_hypothesis_pytestplugin", "pytest_socket")
_LIBRARIES = (
    "pytest",
    "hypothesis",
    "cedarpy",
    "rfc8785",
    "cryptography.x509",
    "yaml",
    "sqlalchemy",
    "pydantic",
    *_PLUGINS,
)
# hypothesis is loaded before pytest could rewrite its asserts, which is as well.
_QUIET = (
    "-x",
    "-q",
    "-p",
    "no:cacheprovider",
    "-W",
    "ignore::pytest.PytestAssertRewriteWarning",
)
_PASSED = 0
_NO_TESTS = 5
# What waits for ever uses no processor: by the clock a run may take so many times as long.
_WAITING = 20
Collected = Callable[["pytest.Session"], None]


class InPlace(MetaPathFinder, Loader):
    """Serves one module from a text."""

    def __init__(self, module: str, file: Path, source: str) -> None:
        self._module, self._file, self._source = module, file, source

    def find_spec(self, name: str, path: object, target: object = None) -> ModuleSpec | None:
        """The module, when it is the one."""
        return spec_from_loader(name, self, origin=str(self._file)) if name == self._module else None

    def exec_module(self, module: ModuleType) -> None:
        """Run the text."""
        module.__file__ = str(self._file)
        exec(compile(self._source, str(self._file), "exec"), module.__dict__)


class _AtCollection:
    """Stops pytest where the tests are collected, for somebody else to go on."""

    def __init__(self, then: Collected) -> None:
        self._then = then

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        session.config.pluginmanager.unregister(name="terminalreporter")
        self._then(session)
        return True


def load_libraries() -> None:
    """What every run needs, once."""
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    for name in _LIBRARIES:
        with suppress(ImportError):
            importlib.import_module(name)
    from hypothesis import Phase, settings

    # The same examples every time, and no time spent on smaller ones: whether it fails is all that counts.
    settings.register_profile(
        "mutation",
        database=None,
        derandomize=True,
        deadline=None,
        max_examples=30,
        phases=[Phase.explicit, Phase.generate],
    )


def only_bodies(whole: str, broken: str, file: Path) -> dict[str, CodeType] | None:
    """The functions of a module that a mutant changes, by qualified name; None when it changes more than functions."""
    before, after = (compile(text, str(file), "exec") for text in (whole, broken))
    if _shell(before) != _shell(after):
        return None
    pairs = zip(_functions(before), _functions(after), strict=True)
    return {one.co_qualname: other for one, other in pairs if _all_of(one) != _all_of(other)}


def collected(module: str, file: Path, source: str, tests: Sequence[str], then: Collected) -> None:
    """Collect the tests around a module, and go on from there."""
    import pytest

    for name, held in list(sys.modules.items()):
        if name.partition(".")[0] == "interlock" or _is_test(held):
            del sys.modules[name]
    sys.meta_path.insert(0, InPlace(module, file, source))
    plugins = [word for name in _PLUGINS for word in ("-p", name)]
    words = [
        *_QUIET,
        *plugins,
        "--hypothesis-profile=mutation",
        *(word for each in tests for word in shlex.split(each)),
    ]
    pytest.main(words, plugins=[_AtCollection(then)])


def _is_test(module: ModuleType) -> bool:
    return str(getattr(module, "__file__", None) or "").startswith(str(Path.cwd() / "tests"))


def forked(seconds: float, run: Callable[[], int]) -> int:
    """Begin a run in a process of its own; its id."""
    child = os.fork()
    if child:
        return child
    code = 1
    with suppress(BaseException):  # whatever ends the run was caused by the mutant
        signal.setitimer(signal.ITIMER_PROF, seconds)  # of the processor: a busy machine notices no faults
        signal.setitimer(signal.ITIMER_REAL, _WAITING * seconds)
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 1)
        os.dup2(silent, 2)
        code = run()
    os._exit(code)


def functions_of(file: Path) -> dict[str, list[FunctionType]]:
    """The functions of a module that are there now, by qualified name."""
    found: dict[str, list[FunctionType]] = {}
    for each in gc.get_objects():
        if isinstance(each, FunctionType) and each.__code__.co_filename == str(file):
            found.setdefault(each.__code__.co_qualname, []).append(each)
    return found


def swapped(
    session: pytest.Session,
    functions: Mapping[str, Sequence[FunctionType]],
    bodies: Mapping[str, CodeType],
    tests: Sequence[str],
) -> int:
    """Put other bodies into the functions that are there, and run these of the tests, in this order."""
    for name, code in bodies.items():
        for function in functions.get(name, ()):
            function.__code__ = code
    return ran(session, tests) if tests else _PASSED


def ran(session: pytest.Session, tests: Sequence[str] | None = None) -> int:
    """Run what is collected, or these of it in this order, up to the first failure."""
    from _pytest.main import pytest_runtestloop

    if tests is not None:
        named = {item.nodeid: item for item in session.items}
        session.items = [named[name] for name in tests if name in named]
    if not session.items:
        return _NO_TESTS
    with suppress(session.Failed):
        pytest_runtestloop(session)
    return 1 if session.testsfailed else _PASSED


def imported(module: str, file: Path, source: str, tests: Sequence[str], order: Sequence[str]) -> int:
    """Import a mutant in place of the module and run the tests; what cannot be imported is noticed."""
    codes: list[int] = []
    collected(module, file, source, tests, lambda session: codes.append(ran(session, order)))
    return codes[0] if codes else 1


def noticed(status: int) -> bool:
    """Whether an exit status says that a test failed.

    Raises:
        RuntimeError: when there were no tests, which says nothing.
    """
    code = os.waitstatus_to_exitcode(status)
    if code == _NO_TESTS:
        raise RuntimeError("no tests ran")
    return code != _PASSED


def _functions(code: CodeType) -> Iterator[CodeType]:
    """The functions of a module and of its classes, not those within functions."""
    for each in code.co_consts:
        if isinstance(each, CodeType):
            if _is_class(each):
                yield from _functions(each)
            elif not _at_import(each):
                yield each


def _is_class(code: CodeType) -> bool:
    return "__module__" in code.co_names and "__qualname__" in code.co_names


def _at_import(code: CodeType) -> bool:
    """Comprehensions run when the module is imported, and a lambda has no name of its own."""
    return code.co_name.startswith("<")


def _shell(code: CodeType) -> object:
    """All of a module but the bodies of its functions."""
    return code.co_code, [_shell_of(each) for each in code.co_consts], code.co_names


def _shell_of(const: object) -> object:
    if not isinstance(const, CodeType):
        return repr(const)
    if _is_class(const):
        return _shell(const)
    return _all_of(const) if _at_import(const) else const.co_qualname


def _all_of(code: CodeType) -> object:
    consts = [_all_of(each) if isinstance(each, CodeType) else repr(each) for each in code.co_consts]
    return code.co_code, consts, code.co_names, code.co_varnames
