"""Which commits changed a path or lines of it: when, by whom, what. E-mail addresses are not read."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from interlock.index.git.repository import Repository

MOST_LINES = 40
"""Of one commit's change; the rest is counted."""
_FIELDS = 5
_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")
_SHOWN = (
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--no-show-signature",
    "--no-notes",
    "--no-decorate",
    "--encoding=UTF-8",
)


@dataclass(frozen=True)
class Line:
    """A line that a commit added (`+`, its number after) or removed (`-`, its number in `Commit.parent`)."""

    sign: str
    path: str
    number: int
    text: str


@dataclass(frozen=True)
class Commit:
    """A commit, and what it did to what was asked about. `more` lines are not among `lines`.

    When it is not `whole`, it did so much that nobody counted the rest.
    """

    sha: str
    parent: str
    when: datetime
    author: str
    subject: str
    lines: tuple[Line, ...]
    more: int = 0
    whole: bool = True


@dataclass(frozen=True)
class History:
    """Commits, newest first; `cut` when there are older ones."""

    commits: tuple[Commit, ...]
    cut: bool


def history(
    repository: Repository,
    path: str,
    start: int | None = None,
    end: int | None = None,
    *,
    query: str = "",
    limit: int = 10,
) -> History:
    """The commits that changed `path`.

    Args:
        repository: Where, and from which commit back.
        path: As the repository names it; '' for everything.
        start: The first line; None for the whole path.
        end: The last line; None for `start` alone.
        query: Only commits that added or removed this text.
        limit: Commits at most.

    Raises:
        NotFound, BadInput: the path or the lines are not there.
        NotServed, Refused, Unreachable: the repository cannot be read, or not in time.
    """
    mark = secrets.token_hex(8)
    lines = start is not None and not query
    what = [f"-L{start},{end or start}:{path}"] if lines else ["-p", "-U0"]
    chosen = [f"-S{query}"] if query else []
    # Renames are followed for one file; -L does so by itself.
    follow = ["--follow"] if path and not lines and _is_file(repository, path) else []
    out, short = repository.beginning(
        *("log", *_SHOWN, f"--max-count={limit + 1}", f"--format={mark}%x00%H%x00%P%x00%cI%x00%an%x00%s"),
        *(*what, *chosen, *follow, repository.commit, "--"),
        *([path] if path and not lines else []),
    )
    parts = out.decode("utf-8", "replace").split(mark)[1:]
    found = [_commit(part) for part in parts if part.count("\0") >= _FIELDS]
    if short and found:
        found[-1] = replace(found[-1], whole=False)
    return History(tuple(found[:limit]), short or len(found) > limit)


def _is_file(repository: Repository, path: str) -> bool:
    return b" blob " in repository.read("ls-tree", repository.commit, "--", path)


def _commit(part: str) -> Commit:
    head, _, patch = part.partition("\n")
    _, sha, parents, when, author, subject = head.split("\0", 5)
    lines = list(_lines(patch))
    return Commit(
        sha,
        parents.partition(" ")[0],
        datetime.fromisoformat(when).astimezone(UTC),
        author,
        subject,
        tuple(lines[:MOST_LINES]),
        max(0, len(lines) - MOST_LINES),
    )


def _lines(patch: str) -> Iterator[Line]:
    before = after = 0
    old_path = path = ""
    for line in patch.split("\n"):
        if line.startswith("diff --git ") or (not before and not after and line.startswith(("---", "+++"))):
            before = after = 0
            old_path, path = _path(line, "--- a/", old_path), _path(line, "+++ b/", path)
        elif hunk := _HUNK.match(line):
            before, after = int(hunk[1]), int(hunk[2])
        elif line.startswith("+") and after:
            yield Line("+", path, after, line[1:])
            after += 1
        elif line.startswith("-") and before:
            yield Line("-", old_path or path, before, line[1:])
            before += 1
        elif line.startswith(" "):
            before, after = before + 1, after + 1


def _path(line: str, mark: str, known: str) -> str:
    return line.removeprefix(mark).rstrip("\t") if line.startswith(mark) else known
