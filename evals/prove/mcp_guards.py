"""Each guard of the MCP server taken away, one at a time: the test of its point has to notice.

    python -m interlock.evals.prove.mcp_guards [--only POINT]

Works on a copy of the tree. Points without an entry have no guard of ours to take away: header and body that differ (3),
answers and states of the client's own making (13 to 15) are the SDK's, and the caller's token is kept nowhere (6).
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess  # noqa: TID251 - a proof on a copy of the tree has to run that copy's tests
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

LEFT_OUT = shutil.ignore_patterns(
    ".venv", "__pycache__", ".git", "node_modules", ".pytest_cache", ".hypothesis"
)
GUARD, ENTRY, MOUNT = "surfaces/http/guard.py", "surfaces/mcp/entry.py", "surfaces/mcp/mount.py"
REGISTRY, WORK, OIDC = "tools/registry.py", "surfaces/mcp/work.py", "core/identity/oidc.py"
Edit = tuple[str, str, str]


@dataclass(frozen=True)
class Gone:
    """A guard: its point, the tests that hold it (file and `-k`), and the edits that take it away."""

    point: str
    tests: str
    chosen: str
    edits: tuple[Edit, ...]


def _one(point: str, tests: str, chosen: str, *edits: Edit) -> Gone:
    return Gone(point, tests, chosen, edits)


_ORIGIN = 'if scope["method"] not in _SAFE and origin is not None and not self._is_own(origin, host):'
_READ_CLEAN = """        data, counts = redactor.clean_value(result.data)
        cleaned = redactor.clean(Untrusted(tool.render(data)))"""
_READ_RAW = """        from interlock.core.redaction import Cleaned
        data, counts = result.data, {}
        cleaned = Cleaned(tool.render(data), (), {})"""
_OPEN_FILE = """        for f in self.opened().calls(caller.principal, "").backend(Library)._all():
            if (f.path / path).is_file():
                return (f.path / path).read_text()
        runtime = self.opened()
        item ="""
_LIBRARY = "        from interlock.tools.knowledge.library import Library\n"
GUARDS = (
    _one("1 host", "transport", "point_01_a_host", (GUARD, "if _name(host) not in self._hosts:", "if False:")),
    _one("1 origin", "transport", "point_01_a_page", (GUARD, _ORIGIN, "if False:"),
         (ENTRY, "        self._check_origin(request)\n", "")),
    _one("1 origin of a stream", "transport", "point_01_a_page", (ENTRY, "        self._check_origin(request)\n", "")),
    _one("2", "transport", "point_02",
         ("surfaces/http/front.py", "    if is_loopback(settings.host):\n        return", "    return")),
    _one("3 body", "transport", "point_03_a_body",
         (GUARD, "if not length.isdigit() or int(length) > self._max_body:", "if False:"),
         (GUARD, 'self._taken += len(message.get("body", b""))', "pass"),
         (MOUNT, "max_request_body_size=serve.max_body_bytes", "max_request_body_size=10**9")),
    _one("4 standard output", "transport", "point_04_standard",
         ("surfaces/mcp/stdio.py", 'server.run("stdio")', 'print("serving", flush=True), server.run("stdio")')),
    _one("4 command line", "transport", "point_04_no_secret",
         ("surfaces/mcp/install.py", 'f"Bearer {token}"', '__import__("os").environ.get("INTERLOCK_TOKEN", "")')),
    _one("5 no token", "tokens", "point_05_without",
         (MOUNT, "local=runtime.parts.principal if is_open(serve, identity) else None", "local=runtime.parts.principal")),
    _one("5 audience", "tokens", "point_05_a_token_that",
         (OIDC, 'aud={"essential": True, "value": want.audience}', 'aud={"essential": True}')),
    _one("5 expiry", "tokens", "point_05_a_token_that",
         (OIDC, "now=lambda: int(self._clock.now().timestamp()),", "now=lambda: 0,")),
    _one("5 scope", "tokens", "point_05_a_token_without",
         (ENTRY, "frozenset(ours for ours, name in self.scopes.items() if name in carried)", "EVERYTHING")),
    _one("5 metadata", "tokens", "point_05_without", (ENTRY, 'said["resource_metadata"]', 'said["x"]')),
    _one("6 in a URL", "tokens", "point_06_a_token", (ENTRY, "    if asked & _IN_URL:", "    if False:")),
    _one("7", "tokens", "point_07", ("surfaces/mcp/callers.py", "        if scope not in self.scopes:", "        if False:")),
    _one("8 principal", "tokens", "point_08",
         ("surfaces/mcp/reads.py", "runtime.calls(caller.principal,", "runtime.calls(runtime.parts.principal,")),
    _one("8 evidence", "tokens", "point_08",
         ("core/store/evidence.py", "        if row.principal != reader.id:", "        if False:")),
    _one("9", "tokens", "point_09", (ENTRY, ', "user": AuthenticatedUser(known)}', "}")),
    _one("10", "tokens", "point_10", ("tools/tool.py", 'extra="forbid", frozen=True', 'extra="ignore", frozen=True')),
    _one("12", "requests", "point_12_no", ("surfaces/mcp/changes.py", 'extra="forbid"', 'extra="ignore"')),
    _one("16", "requests", "point_16",
         ("surfaces/mcp/changes.py", 'card = change.card.text() if change.card else ""', "card = change.reason")),
    _one("18", "injection", "point_18",
         ("core/clusters/transport.py", '    if not _NAME.match(name) or ".." in name:', "    if False:"),
         ("core/clusters/transport.py", 'return quote(name, safe="")', "return name")),
    _one("19", "injection", "point_19",
         ("surfaces/mcp/reads.py", "description=tool.description,", "description=str(id(self)) + tool.description,")),
    _one("20", "injection", "point_20", ("surfaces/mcp/results.py", "secrets.token_hex(3)", '"000000"')),
    _one("21", "injection", "point_21",
         ("surfaces/mcp/resources.py", "        runtime = self.opened()\n        item =", _LIBRARY + _OPEN_FILE)),
    _one("22 results", "data", "point_22", (REGISTRY, _READ_CLEAN, _READ_RAW)),
    _one("22 errors", "data", "point_22", (REGISTRY, "            error.message = self._clean(error.message)\n", "")),
    _one("23", "data", "point_23_what",
         ("surfaces/mcp/offered.py", 'failed("something failed inside", "see the server\'s log")', "failed(str(error))")),
    _one("24", "data", "point_24_a_large", ("core/budget.py", "    if len(text.encode()) <= limit:", "    if True:")),
    _one("25 cancellation", "data", "point_25_a_call_that_is",
         (WORK, "            finally:\n                stop.set()", "            finally:\n                pass")),
    _one("25 deadline", "data", "point_25_a_call_that_takes",
         (WORK, "anyio.move_on_after(self.seconds)", "anyio.move_on_after(None)")),
    _one("25 rate", "data", "point_25_who", (ENTRY, "        self._limits.count(who.principal.id)\n", "")),
    _one("25 questions", "data", "point_25_questions", (MOUNT, "        room=questions.question,\n", "")),
    _one("26", "data", "point_26_every",
         (REGISTRY, 'self._wiring.audit.append("tool.outcome", self._told(tool, outcome), beside=put)',
          "held.append(self._wiring.evidence.put(made, text if cut else None))")),
    _one("27", "tokens", "point_27", (ENTRY, 'self.scopes["read"]\n', '" ".join(self.scopes.values())\n')),
    _one("28", "requests", "point_28", ("surfaces/mcp/toolsets.py", "wanted = set(toolsets)", 'wanted = {"all", "default"}')),
)  # fmt: skip


def main() -> None:
    """Take them away, one after the other; exit 1 when one is not missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="points that begin with this")
    only = parser.parse_args().only
    with tempfile.TemporaryDirectory() as place:
        tree = Path(place) / "tree"
        shutil.copytree(_root(), tree, symlinks=True, ignore=LEFT_OUT)
        missed = [gone.point for gone in _told(tree, only)]
    click.echo(f"{len(missed)} not missed{': ' + ', '.join(missed) if missed else ''}")
    sys.exit(1 if missed else 0)


def _told(tree: Path, only: str) -> Iterator[Gone]:
    for gone in GUARDS:
        if not gone.point.startswith(only):
            continue
        failed = without(gone, tree)
        click.echo(f"{gone.point}: {', '.join(failed) or 'NOT MISSED'}")
        if not failed:
            yield gone


def without(gone: Gone, tree: Path) -> list[str]:
    """The tests that fail without a guard; the tree is as before afterwards.

    Raises:
        ValueError: when the guard is no longer written as it is here.
    """
    before = {file: (tree / file).read_text() for file, _, _ in gone.edits}
    try:
        for file, old, new in gone.edits:
            text = (tree / file).read_text()
            if old not in text:
                raise ValueError(f"point {gone.point}: {file} does not hold {old.strip()!r}")
            (tree / file).write_text(text.replace(old, new, 1))
        return _failures(gone, tree)
    finally:
        for file, text in before.items():
            (tree / file).write_text(text)


def _failures(gone: Gone, tree: Path) -> list[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=no", "-k", gone.chosen]
    ran = subprocess.run(
        [*command, f"tests/mcp/test_points_{gone.tests}.py"],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    named = [
        line.split("::")[1].split(" ")[0] for line in ran.stdout.splitlines() if line.startswith("FAILED")
    ]
    return named if ran.returncode == 1 else []


def _root() -> Path:
    import interlock

    return Path(interlock.__file__).resolve().parents[2]


if __name__ == "__main__":
    main()
