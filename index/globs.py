"""Which paths of a source are wanted: `*` within a name, `**/` over folders, a bare name anywhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache

_PARTS = re.compile(r"\*\*/|\*\*|\*|\?|[^*?]+")
_ANYTHING = ("\0", "\0/\0")
_MEANS = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def chosen(include: Sequence[str], exclude: Sequence[str]) -> Callable[[str], bool]:
    """Whether a path matches one of `include` (all, when there is none) and none of `exclude`."""

    def wanted(path: str) -> bool:
        inside = not include or any(matches(glob, path) for glob in include)
        return inside and not any(matches(glob, path) for glob in exclude)

    return wanted


def matches(glob: str, path: str) -> bool:
    """Whether a path is meant; `docs/` means everything below it."""
    return bool(_pattern(glob).fullmatch(path))


def whole(exclude: Sequence[str], folder: str) -> bool:
    """Whether `exclude` leaves out everything below a folder, whatever it is called and however deep it lies."""
    return all(any(matches(glob, f"{folder}/{below}") for glob in exclude) for below in _ANYTHING)


@cache
def _pattern(glob: str) -> re.Pattern[str]:
    glob = glob.removeprefix("./")
    anywhere = "" if "/" in glob.rstrip("/") else "(?:.*/)?"
    below = "**" if glob.endswith("/") else ""
    parts = "".join(_MEANS.get(part) or re.escape(part) for part in _PARTS.findall(glob + below))
    return re.compile(anywhere + parts)
