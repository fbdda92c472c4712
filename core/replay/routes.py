"""The path of a request, taken apart as the API server does."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote


@dataclass(frozen=True)
class ResourcePath:
    """What a path under /api/V or /apis/G/V names; `namespace` None: across all, or cluster-scoped."""

    group: str
    version: str
    plural: str
    namespace: str | None = None
    name: str = ""
    subresource: str = ""
    watch: bool = False


def segments(path: str) -> list[str]:
    """The decoded parts of a path; a slash that was written %2F stays inside its part."""
    return [unquote(part) for part in path.strip("/").split("/") if part]


def parse_resource(parts: list[str]) -> ResourcePath | None:
    """The resource named by the parts, or None when they name none (discovery, health, unknown)."""
    if parts[:1] == ["api"] and len(parts) > 2:
        group, version, rest = "", parts[1], parts[2:]
    elif parts[:1] == ["apis"] and len(parts) > 3:
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        return None
    watch = rest[0] == "watch" and len(rest) > 1  # the old form /api/v1/watch/...
    return _resource(group, version, rest[1:] if watch else rest, watch)


def _resource(group: str, version: str, rest: list[str], watch: bool) -> ResourcePath:
    namespace = None
    if rest[0] == "namespaces" and len(rest) > 2 and rest[2] not in {"status", "finalize"}:
        namespace, rest = rest[1], rest[2:]
    plural, name, *below = [*rest, "", ""][: max(3, len(rest))]
    return ResourcePath(group, version, plural, namespace, name, "/".join(filter(None, below)), watch)
