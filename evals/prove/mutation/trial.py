"""Runs tests against one mutant in a process of its own, forked from one that has the libraries loaded already.

The mutant is given to Python's import system in place of the file, so nothing on disk is changed. A run that does not end
counts as noticed.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from pathlib import Path
from types import ModuleType

# Every plugin that is installed would be loaded for every mutant: only those that the tests need are.
_PLUGINS = ("_hypothesis_pytestplugin", "pytest_socket")
_LIBRARIES = (
    "pytest",
    "hypothesis",
    "cedarpy",
    "rfc8785",
    "cryptography.x509",
    "interlock.agent.runtime",
    *_PLUGINS,
)
# hypothesis is loaded before pytest could rewrite its asserts, which is as well.
_QUIET = ("-x", "-q", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning")
_PASSED = 0
_NO_TESTS = 5


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


def load_libraries() -> None:
    """What every run needs, once. Our own modules are forgotten again, and loaded anew around each mutant."""
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    for name in _LIBRARIES:
        with suppress(ImportError):
            importlib.import_module(name)


def begun(module: str, file: Path, source: str, tests: Sequence[str], seconds: int) -> int:
    """Begin a run; its process id."""
    child = os.fork()
    if child == 0:
        os._exit(_run(module, file, source, tests, seconds))
    return child


def noticed(status: int) -> bool:
    """Whether an exit status says that a test failed.

    Raises:
        RuntimeError: when there were no tests, which says nothing.
    """
    code = os.waitstatus_to_exitcode(status)
    if code == _NO_TESTS:
        raise RuntimeError("no tests ran")
    return code != _PASSED


def _run(module: str, file: Path, source: str, tests: Sequence[str], seconds: int) -> int:
    import pytest
    from hypothesis import Phase, settings

    signal.setitimer(signal.ITIMER_PROF, seconds)  # of the processor: a busy machine notices no faults
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    for name in [name for name in sys.modules if name.partition(".")[0] == "interlock"]:
        del sys.modules[name]
    sys.meta_path.insert(0, InPlace(module, file, source))
    # The same examples every time, and no time spent on smaller ones: whether it fails is all that counts.
    settings.register_profile(
        "mutation",
        database=None,
        derandomize=True,
        deadline=None,
        max_examples=30,
        phases=[Phase.explicit, Phase.generate],
    )
    plugins = [word for name in _PLUGINS for word in ("-p", name)]
    try:
        # File by file: most mutants are noticed by the first, and the others are not even read then.
        for each in tests:
            code = int(pytest.main([*_QUIET, *plugins, "--hypothesis-profile=mutation", *each.split()]))
            if code != _PASSED:
                return code
        return _PASSED
    except BaseException:
        return 1
