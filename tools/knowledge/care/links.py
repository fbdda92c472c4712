"""The links of a page that lead nowhere: files that are not there, headings that no page has."""

from __future__ import annotations

import os.path
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote

from interlock.tools.knowledge.care.model import Finding, Page

_FENCE = re.compile(r"\s*(`{3,}|~{3,})")
_CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")
_LINK = re.compile(
    r"(?<!\\)\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*<?([^()\s<>]*(?:\([^()\s]*\)[^()\s<>]*)*)>?(?:\s+[\"'(][^)]*)?\s*\)"
)
_REFERENCE = re.compile(r"^ {0,3}\[[^\]]+\]:\s*<?(\S+?)>?(?:\s|$)")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_ANCHOR = re.compile(r"<[a-z]+[^>]*\b(?:id|name)=[\"']([^\"']+)[\"']|\{#([\w-]+)\}", re.IGNORECASE)  # fmt: skip
_SITE_WIDE = ("{{", "/")


def dead_links(page: Page, pages: Mapping[str, Page], files: frozenset[str]) -> Iterator[Finding]:
    """Findings for relative links. `pages` and `files` are known by their full path."""
    for line, target in links(page.lines):
        if _SCHEME.match(target) or target.startswith(("//", *_SITE_WIDE)):
            continue
        path, _, anchor = unquote(target).partition("#")
        full = os.path.normpath(page.folder / Path(page.path).parent / path) if path else ""
        there = pages.get(full) if full else page
        if full and full not in files and there is None:
            if path.endswith("/") or not Path(path).suffix:
                there = next((pages[f] for f in _spellings(full) if f in pages), None)
                if there is None and any(f.startswith(full.rstrip("/") + "/") for f in files):
                    continue
            if there is None:
                yield Finding(page.path, line, "link", f"the link to {target} leads to no file")
                continue
        if anchor and there is not None and anchor.casefold() not in anchors(there):
            yield Finding(page.path, line, "link", f"{there.path} has no heading #{anchor}")


def unchecked_links(pages: Sequence[Page]) -> int:
    """How many links need the network or the site they are published on to be checked."""
    targets = [target for page in pages for _, target in links(page.lines)]
    return sum(bool(_SCHEME.match(t)) or t.startswith(("//", *_SITE_WIDE)) for t in targets)


def links(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Each link's line and target; code is left out."""
    fence = ""
    for number, line in enumerate(lines, start=1):
        mark = _FENCE.match(line)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
        if fence or mark:
            continue
        shown = _CODE.sub("", line)
        for target in (*_LINK.findall(shown), *_REFERENCE.findall(shown)):
            if target:
                yield number, target


def anchors(page: Page) -> set[str]:
    """The names a link may end with: headings as the common renderers spell them, and names set by hand."""
    found: set[str] = set()
    seen: dict[str, int] = {}
    for heading in page.headings:
        slug = re.sub(r"[^\w\- ]", "", heading.casefold()).replace(" ", "-")
        again = seen.get(slug, 0)
        seen[slug] = again + 1
        found |= {f"{slug}-{again}" if again else slug, re.sub(r"-{2,}", "-", slug).strip("-")}
    marks = _ANCHOR.findall("\n".join(page.lines))
    return found | {(one or other).casefold() for one, other in marks}


def _spellings(full: str) -> list[str]:
    bare = full.rstrip("/")
    return [f"{bare}.md", f"{bare}/README.md", f"{bare}/index.md", f"{bare}/_index.md"]
