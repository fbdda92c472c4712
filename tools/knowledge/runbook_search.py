"""runbook_search: which runbook says what to do."""

from __future__ import annotations

from pydantic import Field, JsonValue

from interlock.tools.knowledge.pages import found_pages, pages_text
from interlock.tools.tool import Args, Context, Result, Tool


class RunbookSearchArgs(Args):
    """What to look for."""

    query: str = Field(description="an alert's name, an error, or words of a symptom")
    limit: int = Field(5, ge=1, le=20, description="pages at most")


class RunbookSearch(Tool[RunbookSearchArgs]):
    """Searches runbooks."""

    name = "runbook_search"
    title = "Search the runbooks"
    description = "The best section of each of the best runbook pages, every line as `path:LINE text`."
    systems = ("knowledge",)
    args = RunbookSearchArgs

    def run(self, args: RunbookSearchArgs, context: Context) -> Result:
        """Search."""
        return found_pages(context, args.query, args.limit, "runbook", "runbook pages")

    def render(self, data: JsonValue) -> str:
        """`path:LINE text`."""
        return pages_text(data)


TOOL = RunbookSearch()
