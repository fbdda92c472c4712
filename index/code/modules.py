"""Where a module's source leads: to a folder of this code, a registry or a Git address; and what Terragrunt includes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from posixpath import dirname, join, normpath

from interlock.index.code.model import Facts, Part

_PARENT = re.compile(r"find_in_parent_folders\(\s*(?:\"([^\"]*)\")?\s*\)")
_TAIL = re.compile(r"\}?/([\w./-]+)\"?$")
_GIT = re.compile(r"^(?:git::)?(?:[a-z+]+://|git@)?(?:[^@/]+@)?(.+?)(?:\.git)?(?://([^?]*))?(?:\?.*)?$")


@dataclass(frozen=True, slots=True)
class Source:
    """What a source names. `folder` is set when it lies in this code; `remote` is the address without its version."""

    written: str
    folder: str = ""
    remote: str = ""


def resolved(folder: str, written: str) -> Source:
    """A source as written in `folder`."""
    text = written.strip().strip('"')
    if text.startswith((".", "/")):
        return Source(written, folder=normpath(join(folder, text.partition("?")[0])))
    if "::" in text or "://" in text or text.startswith("git@"):
        match = _GIT.match(text)
        return Source(written, remote="//".join(p for p in match.groups() if p) if match else text)
    return Source(written, remote=text.partition("?")[0])


def included(facts: Facts, written: str, known: Mapping[str, Facts]) -> str:
    """The file that a Terragrunt expression names by `find_in_parent_folders` or by a relative path; '' when none."""
    match = _PARENT.search(written)
    if match:
        found = _above(dirname(facts.path), match[1] or "terragrunt.hcl", known)
        tail = _TAIL.search(written) if "dirname" in written else None
        path = normpath(join(dirname(found), tail[1])) if found and tail else found
        return path if path in known else ""
    path = normpath(join(facts.folder, written.strip('"')))
    return path if path in known else ""


def _above(folder: str, name: str, known: Mapping[str, Facts]) -> str:
    while folder:
        folder = dirname(folder)
        if (path := join(folder, name) if folder else name) in known:
            return path
    return ""


def remote_name(source: Source) -> str:
    """What people call a remote module: its repository or registry name, and the folder inside."""
    return source.remote.replace(":", "/")


def short_names(folder: str) -> tuple[str, ...]:
    """What a folder may be called, from its last step to its whole path."""
    steps = folder.split("/")
    return tuple("/".join(steps[-n:]) for n in range(1, len(steps) + 1))


def calls(parts: Iterable[Part]) -> Iterable[tuple[Part, str]]:
    """Blocks that call a module, with the source as written."""
    for part in parts:
        if part.kind in ("module", "terraform") and (written := part.text("source")):
            yield part, written
