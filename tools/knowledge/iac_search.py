"""iac_search: which infrastructure code defines or changes something."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from pydantic import Field, JsonValue

from interlock.tools.knowledge.pages import found_pages, pages_text
from interlock.tools.tool import Args, Context, Result, Tool

if TYPE_CHECKING:
    from interlock.index.search import Hit

_IDENTIFIER = re.compile(r"[A-Za-z][\w-]*(?:[._-][\w-]+)+")


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
        return found_pages(context, args.query, args.limit, "iac", "blocks of code", first=_named(args.query))

    def render(self, data: JsonValue) -> str:
        """`path:LINE text`."""
        return pages_text(data)


def _named(query: str) -> Callable[[Hit], bool]:
    """Whether a block is what an identifier in the query names: a resource's address, a module, a variable, an object."""
    wanted = {name.lower() for name in _IDENTIFIER.findall(query)}

    def exact(hit: Hit) -> bool:
        _, _, name = hit.title.lower().partition(" ")
        return name in wanted or name.rpartition("/")[2] in wanted

    return exact


TOOL = IacSearch()
