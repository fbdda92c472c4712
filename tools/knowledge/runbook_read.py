"""runbook_read: lines of one page that a search has named."""

from __future__ import annotations

from pydantic import Field, JsonValue

from interlock.core.clusters.objects import Node
from interlock.core.errors import BadInput
from interlock.core.evidence import FileLocator
from interlock.tools.knowledge.named_actions import Named, named_by
from interlock.tools.knowledge.pages import library_of, pages_text
from interlock.tools.tool import Args, Context, Result, Tool

LINES = 200


class RunbookReadArgs(Args):
    """Which lines of which page."""

    path: str = Field(min_length=1, description="the path as a search showed it")
    start_line: int = Field(1, ge=1, description="the first line")
    end_line: int | None = Field(None, ge=1, description="the last line; empty: 200 lines from the first")


class RunbookRead(Tool[RunbookReadArgs]):
    """Reads a page."""

    name = "runbook_read"
    title = "Read a page of knowledge"
    description = (
        "Lines of a runbook or a file of code by the path that a search showed, as `path:LINE text`."
    )
    systems = ("knowledge",)
    args = RunbookReadArgs

    def run(self, args: RunbookReadArgs, context: Context) -> Result:
        """Read it."""
        end = args.end_line or args.start_line + LINES - 1
        if end < args.start_line:
            raise BadInput(f"runbook_read: line {end} comes before line {args.start_line}")
        library = library_of(context)
        page = library.page(args.path)
        if args.start_line > len(page.lines):
            raise BadInput(f"{page.path} has {len(page.lines)} lines", hint="start_line lies behind its end")
        end = min(end, len(page.lines))
        text = "\n".join(page.lines[args.start_line - 1 : end])
        piece: dict[str, JsonValue] = {
            "path": page.path,
            "folder": page.folder,
            "start": args.start_line,
            "end": end,
        }
        rest = len(page.lines) - end
        named = named_by(library, page)
        data: dict[str, JsonValue] = {"about": page.path, "pieces": [{**piece, "text": text}]}
        return Result(
            kind="document",
            subject="",
            data={**data, "actions": [*named.actions]} if named.actions and not named.why_not else data,
            locators=(
                FileLocator(path=page.path, start_line=args.start_line, end_line=end, root=page.folder),
            ),
            limits=(*([f"{rest} more lines follow"] if rest else []), *_ignored(page.path, named)),
            summary=f"{end - args.start_line + 1} lines",
        )

    def render(self, data: JsonValue) -> str:
        """`path:LINE text`, and the actions that the page names where its word counts."""
        node = Node(data if isinstance(data, dict) else {})
        named = node.names("actions")
        return "\n".join(
            [pages_text(data), *(f"{node.text('about')} names the action {name}" for name in named)]
        )


def _ignored(path: str, named: Named) -> list[str]:
    names = ", ".join(named.actions)
    return (
        [f"{path} names the action {names}, which does not count: {named.why_not}"] if named.why_not else []
    )


TOOL = RunbookRead()
