"""iac_search: which infrastructure code defines or changes something."""

from __future__ import annotations

from pydantic import Field, JsonValue

from interlock.tools.knowledge.pages import found_pages, pages_text
from interlock.tools.tool import Args, Context, Result, Tool


class IacSearchArgs(Args):
    """What to look for."""

    query: str = Field(description="a resource's name or type, a setting, or words")
    limit: int = Field(5, ge=1, le=20, description="blocks at most")


class IacSearch(Tool[IacSearchArgs]):
    """Searches infrastructure code."""

    name = "iac_search"
    title = "Search the infrastructure code"
    description = (
        "The best matching blocks of Terraform, manifests and other code, every line as `path:LINE text`."
    )
    systems = ("knowledge",)
    args = IacSearchArgs

    def run(self, args: IacSearchArgs, context: Context) -> Result:
        """Search."""
        return found_pages(context, args.query, args.limit, "iac", "blocks of code")

    def render(self, data: JsonValue) -> str:
        """`path:LINE text`."""
        return pages_text(data)


TOOL = IacSearch()
