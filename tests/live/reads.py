"""What may reach a cluster: written here a second time, from what Kubernetes calls a read, not from the wall under test."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from fakes.recording_proxy import Asked, RecordingProxy

NAMED = r"[A-Za-z0-9._:~%-]+"
READ = re.compile(rf"/(version|api|apis|openapi/v[23]|readyz|livez|healthz|(api/v1|apis/{NAMED})(/{NAMED})*)")
REVIEW = re.compile(r"/apis/auth(orization|entication)\.k8s\.io/v\w+/(self)?subject(access|rules)?reviews")
CHANNEL = re.compile(r"/(exec|attach|portforward|proxy|binding|eviction|token)(/|$)")
STAYS_OPEN = {"watch", "follow", "command", "stdin", "tty"}


def objection(asked: Asked) -> str:
    """Why this request should not have reached a server; '' for a read."""
    url = urlsplit(asked.target)
    query = parse_qs(url.query, keep_blank_values=True)
    if asked.method == "POST":
        return "" if REVIEW.fullmatch(url.path) else "a POST that is no review"
    if asked.method != "GET":
        return "not a read"
    if not READ.fullmatch(url.path) or ".." in url.path or "%2f" in url.path.lower():
        return "no path of an API object"
    if CHANNEL.search(url.path) or "/watch/" in url.path:
        return "a channel"
    if STAYS_OPEN & set(query):
        return "it stays open"
    return "" if asked.finished else "its answer was not read"


def objections(proxy: RecordingProxy, since: int) -> list[str]:
    """The requests since then that should not have reached the server, each with why."""
    return [f"{asked}: {why}" for asked in proxy.asked[since:] if (why := objection(asked))]
