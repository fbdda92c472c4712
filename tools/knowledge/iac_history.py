"""iac_history: which commit changed a file or lines of it, when, by whom, what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field, JsonValue

from interlock.core.clusters.objects import Node
from interlock.core.errors import BadInput, NotFound, NotServed
from interlock.core.evidence import FileLocator, QueryLocator
from interlock.tools.knowledge.folders import Folder
from interlock.tools.knowledge.pages import library_of
from interlock.tools.tool import Args, Context, Result, Tool

if TYPE_CHECKING:
    from interlock.index.git import Commit, Line, Repository

MOST_COMPARED = 2_000_000
SHORT = 12


class IacHistoryArgs(Args):
    """Which file, which lines of it, or which text."""

    path: str = Field("", description="a file or folder as a search showed it; empty: all that is configured")
    start_line: int | None = Field(None, ge=1, description="only commits that changed these lines: the first")
    end_line: int | None = Field(None, ge=1, description="and the last; empty: the first alone")
    query: str = Field("", max_length=200, description="only commits that added or removed this exact text")
    limit: int = Field(5, ge=1, le=20, description="commits at most")


@dataclass(frozen=True)
class _Place:
    """A source in its repository; `prefix` is what the repository calls its folder.

    `below` is set for a folder that holds repositories: what the folder calls this one.
    """

    repository: Repository
    source: Folder
    prefix: str
    path: str
    below: str = ""

    def shown(self, path: str) -> str | None:
        """The path under which the source's files are shown; None for what lies outside it or is left out of it."""
        if self.prefix and not path.startswith(f"{self.prefix}/"):
            return None
        name = path.removeprefix(f"{self.prefix}/") if self.prefix else path
        name = f"{self.below}/{name}" if self.below else name
        return name if self.source.wanted(name) else None

    def tells(self, commit: Commit) -> bool:
        """Whether a commit may be told of: not when nothing that is known of it lies in the source."""
        shown = any(self.shown(line.path) is not None for line in commit.lines)
        return shown or not (commit.lines or self.source.exclude)


class IacHistory(Tool[IacHistoryArgs]):
    """Reads the history of code."""

    name = "iac_history"
    title = "Read the history of infrastructure code"
    description = (
        "The commits that changed a file, lines of it or a text, newest first: when, by whom, why, and the lines that "
        "were added and removed, each as `path:LINE@COMMIT`. For folders that are or lie in git repositories."
    )
    systems = ("knowledge", "git")
    cost = "moderate"
    args = IacHistoryArgs

    def run(self, args: IacHistoryArgs, context: Context) -> Result:
        """Read it."""
        _check(args)
        places = _places(args.path, library_of(context).folders)
        found = [(place, commit, cut) for place in places for commit, cut in _commits(place, args)]
        found.sort(key=lambda entry: entry[1].when, reverse=True)
        told = [entry for entry in found if entry[0].tells(entry[1])]
        kept = told[: args.limit]
        about = " ".join(filter(None, (args.path, args.query and f"with {args.query!r}"))) or "all folders"
        apart = len(found) - len(told)
        cut = len(told) > len(kept) or any(cut for *_, cut in found)
        commits: list[JsonValue] = [_said(place, commit) for place, commit, _ in kept]
        locators = tuple(spot for place, commit, _ in kept for spot in _spots(place, commit))
        return Result(
            kind="document",
            subject="",
            data={"about": about, "commits": commits},
            locators=locators or (QueryLocator(system="git", query=about),),
            limits=(
                *(["older commits are not shown"] if cut else []),
                *(f"{c.sha[:SHORT]} changed more than could be read" for _, c, _ in kept if not c.whole),
                *([f"{apart} commits to files outside the source are not shown"] if apart else []),
                *_uncommitted(places, args),
                *library_of(context).unread(),
            ),
            summary=f"{len(kept)} commits",
        )

    def render(self, data: JsonValue) -> str:
        """A line a commit, then `path:LINE@COMMIT +text` or `-text`."""
        node = Node(data if isinstance(data, dict) else {})
        lines = [line for commit in node.nodes("commits") for line in _lines(commit)]
        return "\n".join(lines) or f"no commit found: {node.text('about')}"


def _check(args: IacHistoryArgs) -> None:
    if args.start_line and not args.path:
        raise BadInput("iac_history: start_line without a path", hint="name the file")
    if args.start_line and args.query:
        raise BadInput("iac_history: either lines or a text", hint="leave out start_line or query")
    if args.end_line and (not args.start_line or args.end_line < args.start_line):
        raise BadInput("iac_history: end_line comes before start_line")


def _places(path: str, sources: Sequence[Folder]) -> list[_Place]:
    from interlock.index.git import repository_of

    holding = [source for source in sources if _holds(source, path)]
    if not holding:
        raise NotFound(
            f"no {path or 'folder'} in the knowledge folders", hint="search first: hits name their paths"
        )
    found = []
    for source in holding:
        folder = source.path.resolve()
        repository = repository_of(folder)
        if repository is not None:
            prefix = repository.inside(folder)
            found.append(
                _Place(repository, source, prefix, "/".join(filter(None, (prefix, path.strip("/")))))
            )
        elif path and (nested := repository_of((folder / path).resolve().parent)) is not None:
            # The folder lies in no repository, so this one lies in the folder.
            below = nested.root.relative_to(folder).as_posix()
            found.append(_Place(nested, source, "", nested.inside(folder / path), below))
    if not found:
        raise NotServed(
            f"{path or 'what is configured'} lies in no git repository: its history is not known",
            hint="configure the repository itself as a source",
        )
    return found[:1] if path else found


def _holds(source: Folder, path: str) -> bool:
    folder = source.path.resolve()
    try:
        wanted = (folder / path).resolve(strict=True)
    except (OSError, ValueError, RuntimeError):  # no file can have this name, or none has
        return False
    # git takes `..` away by the letter, and a link on the way would lead it elsewhere.
    plain = ".." not in Path(path).parts and wanted.is_relative_to(folder)
    return plain and source.holds(wanted.relative_to(folder).as_posix()) and source.holds(path.strip("/"))


def _commits(place: _Place, args: IacHistoryArgs) -> list[tuple[Commit, bool]]:
    from interlock.index.git import history

    found = history(
        place.repository, place.path, args.start_line, args.end_line, query=args.query, limit=args.limit
    )
    return [(commit, found.cut) for commit in found.commits]


def _said(place: _Place, commit: Commit) -> dict[str, JsonValue]:
    """A commit as data; lines that stand together are one text, so that the redactor reads them as in the file."""
    hunks: list[JsonValue] = [
        {
            "path": path,
            "start": lines[0].number,
            "sign": lines[0].sign,
            "text": "\n".join(x.text for x in lines),
        }
        for path, lines in _runs(place, commit)
    ]
    outside = sum(place.shown(line.path) is None for line in commit.lines)
    return {
        "sha": commit.sha,
        "parent": commit.parent,
        "when": commit.when.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "author": commit.author,
        "subject": commit.subject,
        "path": place.shown(place.path) or place.path,
        "hunks": hunks,
        "more": commit.more + outside,
        "whole": commit.whole,
    }


def _runs(place: _Place, commit: Commit) -> Iterator[tuple[str, list[Line]]]:
    numbered = list(enumerate(commit.lines))
    # Neighbours: the same sign and file, and numbers that rise with the position.
    for (_, path, _), run in groupby(numbered, lambda at: (at[1].sign, at[1].path, at[1].number - at[0])):
        if (shown := place.shown(path)) is not None:
            yield shown, [line for _, line in run]


def _spots(place: _Place, commit: Commit) -> Iterator[FileLocator]:
    for path, lines in _runs(place, commit):
        of = commit.sha if lines[0].sign == "+" else commit.parent
        yield FileLocator(
            path=path,
            start_line=lines[0].number,
            end_line=lines[-1].number,
            root=str(place.source.path.resolve()),
            commit=of,
        )


def _uncommitted(places: list[_Place], args: IacHistoryArgs) -> Iterator[str]:
    for place in places:
        file = place.source.path / args.path
        small = args.path and file.is_file() and file.stat().st_size <= MOST_COMPARED
        if small and not place.repository.holds(place.path, file.read_bytes()):
            short = place.repository.commit[:SHORT]
            yield f"{args.path} has changes that are not committed: lines are counted as of commit {short}"


def _lines(commit: Node) -> Iterator[str]:
    sha, more = commit.text("sha")[:SHORT], commit.number("more")
    path = commit.text("path")
    yield f"{path + '@' if path else ''}{sha} {commit.text('when')} {commit.text('author')}: {commit.text('subject')}"
    for hunk in commit.nodes("hunks"):
        sign, start = hunk.text("sign"), hunk.number("start") or 1
        of = sha if sign == "+" else commit.text("parent")[:SHORT]
        for number, text in enumerate(hunk.text("text").split("\n"), start=start):
            yield f"{hunk.text('path')}:{number}@{of} {sign}{text}"
    if more and commit.flag("whole"):
        yield f"{sha} changed {more} more lines"


TOOL = IacHistory()
