"""Pages as tool results: pieces of files whose every line is shown as `path:LINE text`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pydantic import JsonValue

from interlock.core.clusters.objects import Node
from interlock.core.errors import BadInput, NotServed
from interlock.core.evidence import FileLocator, QueryLocator
from interlock.tools.knowledge.library import Library
from interlock.tools.knowledge.page import cited
from interlock.tools.tool import Context, Result

if TYPE_CHECKING:
    from interlock.index.chunks import Kind
    from interlock.index.search import Hit

LINES = 60
"""Of one hit; a page that is longer is read on with runbook_read."""
_NOTED = 3
WIDER = 4
"""How many times more hits are looked at where some may be preferred."""


def library_of(context: Context) -> Library:
    """The knowledge there is.

    Raises:
        NotServed: when there is none.
    """
    found = context.backend(Library)
    if found is None:
        raise NotServed(
            "no knowledge is configured", hint="name folders under `knowledge` or with --knowledge"
        )
    return found


def found_pages(
    context: Context,
    query: str,
    limit: int,
    kind: Kind,
    what: str,
    first: Callable[[Hit], bool] | None = None,
) -> Result:
    """Search results as evidence; those that `first` names come before better ones.

    Raises:
        BadInput: when there is nothing to search for.
    """
    if not query.strip():
        raise BadInput(
            "the search query is empty", hint="search for an alert's name or for words of a symptom"
        )
    library = library_of(context)
    hits, limits = library.find(query, limit if first is None else limit * WIDER, kind)
    if first is not None:
        hits = sorted(hits, key=lambda hit: not first(hit))[:limit]
    pieces: list[JsonValue] = [piece_of(hit) for hit in hits]
    places = tuple(_place(piece) for piece in map(_node, pieces))
    return Result(
        kind="document",
        subject="",
        data={"about": f"{what} for {query}", "pieces": pieces},
        locators=places or (QueryLocator(system="knowledge", query=f"{what}: {query}"),),
        limits=(*_limits(hits, what), *limits, *noted(library)),
        summary=f"{len(hits)} {what}",
    )


def piece_of(hit: Hit) -> dict[str, JsonValue]:
    """A hit as data, cut to what one piece may show."""
    lines = hit.text.split("\n")[:LINES]
    return {
        "path": cited(hit.path, hit.meta.commit),
        "folder": hit.meta.folder,
        "start": hit.start_line,
        "end": hit.start_line + len(lines) - 1,
        "title": hit.title,
        "score": hit.score,
        "weak": hit.weak,
        "text": "\n".join(lines),
    }


def pages_text(data: JsonValue) -> str:
    """`path:LINE text`, one line a line."""
    node = _node(data)
    lines = [line for piece in node.nodes("pieces") for line in _numbered(piece)]
    return "\n".join(lines) or f"0 found: {node.text('about')}"


def _numbered(piece: Node) -> list[str]:
    path, start = piece.text("path"), piece.number("start") or 1
    return [
        f"{path}:{n} {line}".rstrip() for n, line in enumerate(piece.text("text").split("\n"), start=start)
    ]


def _place(piece: Node) -> FileLocator:
    return FileLocator(
        path=piece.text("path"),
        start_line=piece.number("start") or 1,
        end_line=piece.number("end") or 1,
        root=piece.text("folder"),
    )


def _limits(hits: Sequence[Hit], what: str) -> list[str]:
    said = [
        f"{hit.path}: lines {hit.start_line + LINES}-{hit.end_line} of this section are not shown"
        for hit in hits
        if hit.end_line - hit.start_line >= LINES
    ]
    said += [f"{hit.path}: the same page is also {c.path} in {c.folder}" for hit in hits for c in hit.copies]
    weak = [hit.path for hit in hits if hit.weak]
    if hits and len(weak) == len(hits):
        said.append(f"no good page: all {len(hits)} {what} match weakly")
    elif weak:
        said.append(f"weak matches: {', '.join(dict.fromkeys(weak))}")
    return said


def noted(library: Library) -> list[str]:
    """What files were not read, or not whole: the first few in words, the rest counted."""
    notes = library.notes
    said = [f"{note.path}: {note.message}" for note in notes[:_NOTED]]
    return [*said, f"{len(notes) - _NOTED} more notes on files"] if len(notes) > _NOTED else said


def _node(data: JsonValue) -> Node:
    return Node(data if isinstance(data, dict) else {})
