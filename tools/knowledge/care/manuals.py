"""What programs say of themselves: their subcommands and long flags, read from `--help` of the real binaries.

Threat: the words of a page reach a program's command line; `kubectl x --help` would run a plugin named x. Mechanism: only
words that the program's own help has listed are passed on, followed by its help flag; plugins and aliases are not listed,
no settings of the user are read. Guarantee: no command of a page is ever run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

Ask = Callable[[Sequence[str]], str]
"""Starts a program with these arguments and gives what it printed; '' when it failed."""


@dataclass(frozen=True)
class Usage:
    """What help says of one command. `flags` maps a flag to whether it takes a value. `open_ended`: it has more than it lists."""

    subcommands: frozenset[str] = frozenset()
    flags: Mapping[str, bool] = field(default_factory=dict)
    aliases: frozenset[str] = frozenset()
    open_ended: bool = False


@dataclass(frozen=True)
class Dialect:
    """How a program is asked, and how its answer is laid out."""

    version: tuple[str, ...]
    help: tuple[str, ...]
    lists: re.Pattern[str]
    flag: re.Pattern[str]
    globals: tuple[str, ...] = ()
    builtins: tuple[str, ...] = ()
    open_ended: frozenset[str] = frozenset()
    always: tuple[str, ...] = ("--help",)


_COBRA_FLAG = re.compile(r"^ +(?:(-\w), )?(--[A-Za-z0-9][\w-]*)(?:=([^:\n]*):|( [a-z][\w]*)?)", re.MULTILINE)
_TERRAFORM_FLAG = re.compile(r"^ {2,4}()(-[a-z][\w-]*)(?:(=)| ('))?", re.MULTILINE)
_GIT_FLAG = re.compile(r"(?:^ {4}|\[)(?:(-\w), )?(--(?:\[no-\])?[a-z][\w-]*)(?:\[?=?()([<(]))?", re.MULTILINE)
_REVISION_WALKS = (
    "log show diff rev-list shortlog whatchanged format-patch blame range-diff diff-tree reflog stash"
)
DIALECTS: Mapping[str, Dialect] = {
    "kubectl": Dialect(
        ("version", "--client"),
        ("--help",),
        re.compile(r"^[\w ()-]*Commands(?: \([\w ]+\))?:\n((?:  +[a-z][\w-]+ +\S.*\n)+)", re.MULTILINE),
        _COBRA_FLAG,
        globals=("options",),
    ),
    "helm": Dialect(
        ("version", "--short"),
        ("--help",),
        re.compile(r"^Available Commands:\n((?:  +[a-z][\w-]+ +\S.*\n)+)", re.MULTILINE),
        _COBRA_FLAG,
    ),
    "terraform": Dialect(
        ("version",),
        ("-help",),
        re.compile(r"^[\w ]*(?:[Ss]ubcommands|commands):\n((?:(?: {2,}[a-z][\w-]+ .*| {10,}.*)\n)+)", re.MULTILINE),
        _TERRAFORM_FLAG,
        always=("-help", "--help", "-version", "-chdir", "-var", "-json"),
    ),
    "git": Dialect(
        ("--version",),
        ("-h",),
        re.compile(r"^(?!)"),
        _GIT_FLAG,
        builtins=("--list-cmds=builtins,main",),
        open_ended=frozenset(_REVISION_WALKS.split()),
    ),
}  # fmt: skip
GIT_GLOBALS = {
    "-C": True,
    "-c": True,
    "--git-dir": True,
    "--work-tree": True,
    "--no-pager": False,
    "--bare": False,
}
_ALIASES = re.compile(r"^Aliases:\n +?([\w, -]+)|^Aliases:\n([\w, -]+)", re.MULTILINE)
_ALSO = re.compile(
    r"accepted by\s+the (?:terraform )?(\w+)\s+command|created by a previous call to \"terraform (plan)\""
)


class Manual:
    """One program's help, asked once for each command, and kept by the version of the binary.

    `version` is its own name for itself. `known` is what was asked before; `asked` says what a later run may be given.
    """

    def __init__(self, program: str, ask: Ask, version: str, known: Mapping[str, str] | None = None) -> None:
        self.program = program
        self.version = version
        self._dialect = DIALECTS[program]
        self._ask = ask
        self.asked: dict[str, str] = dict(known or {})
        self._read: dict[tuple[str, ...], Usage] = {}

    def usage(self, chain: Sequence[str] = ()) -> Usage:
        """What the help of a command says. Every word of `chain` must have been listed by the one before."""
        key = tuple(chain)
        if key not in self._read:
            for n, word in enumerate(key):
                if word not in self.usage(key[:n]).subcommands:
                    return Usage()
            self._read[key] = self._usage(key)
        return self._read[key]

    def _usage(self, chain: tuple[str, ...]) -> Usage:
        dialect = self._dialect
        text = self._said((*chain, *dialect.help))
        listed = "".join(dialect.lists.findall(text))
        names = set(re.findall(r"^ +([a-z][\w-]+)", listed, re.MULTILINE))
        if dialect.builtins and not chain:
            names = set(self._said(dialect.builtins).split())
        flags = dict(_flags(dialect, text))
        if dialect.globals:
            flags = {**dict(_flags(dialect, self._said(dialect.globals))), **flags}
        if dialect.flag is _TERRAFORM_FLAG and chain and (also := _ALSO.search(text)):
            other = also[1] or also[2]
            flags = {**self.usage((other,)).flags, **flags} if other != chain[-1] else flags
        if dialect.flag is _GIT_FLAG:
            flags = {**GIT_GLOBALS, **flags}
        flags = {**{name: name in ("-chdir", "-var") for name in dialect.always}, **flags}
        aliases = {part.strip() for m in _ALIASES.findall(text) for part in (m[0] or m[1]).split(",")}
        open_ended = not text or bool(chain and chain[0] in dialect.open_ended)
        return Usage(frozenset(names), flags, frozenset(aliases - {""}), open_ended)

    def _said(self, arguments: Sequence[str]) -> str:
        key = " ".join(arguments)
        if key not in self.asked:
            self.asked[key] = self._ask([self.program, *arguments])
        return self.asked[key]


def _flags(dialect: Dialect, text: str) -> list[tuple[str, bool]]:
    found: list[tuple[str, bool]] = []
    for short, long, default, kind in dialect.flag.findall(text):
        takes = bool(kind.strip()) if not default else default.strip() not in ("true", "false")
        for name in _spellings(long):
            found.append((name, takes))
        if short:
            found.append((short, takes))
    return found


def _spellings(flag: str) -> list[str]:
    """`--[no-]x` is two flags."""
    return [flag.replace("[no-]", ""), flag.replace("[no-]", "no-")] if "[no-]" in flag else [flag]


def open_manual(program: str, ask: Ask, stamp: str, cache: Path | None) -> Manual | None:
    """The manual of an installed program, with what was asked of this very binary before; None when it is not there."""
    version = next(iter(ask([program, *DIALECTS[program].version]).strip().splitlines()), "")
    if not version:
        return None
    return Manual(program, ask, version, _kept(_file(program, stamp, version, cache)))


def keep(manual: Manual, stamp: str, cache: Path | None) -> None:
    """Keep what was asked, for the next run with the same binary."""
    file = _file(manual.program, stamp, manual.version, cache)
    if file is None:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps(manual.asked), encoding="utf-8")
    fresh.replace(file)


def _file(program: str, stamp: str, version: str, cache: Path | None) -> Path | None:
    if cache is None:
        return None
    return cache / "care" / f"{program}-{sha256(f'{stamp} {version}'.encode()).hexdigest()[:16]}.json"


def _kept(file: Path | None) -> dict[str, str]:
    try:
        data = json.loads(file.read_text(encoding="utf-8")) if file else {}
    except (OSError, ValueError):
        return {}
    return {str(k): str(v) for k, v in data.items()} if isinstance(data, dict) else {}
