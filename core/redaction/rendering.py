"""Text for a place that renders: chat, web page. What was read elsewhere must not link, load, or call people.

Threat: a log line or page makes the reader's client fetch an address with data in it, open a forged link, or ping a
channel. Mechanism: links, images, bare and automatic URLs keep their form only for allowed hosts, otherwise they are
broken and stay readable; HTML tags are escaped; mentions lose their sign. Guarantee: doing it twice changes nothing.
Bare domains without `www.` and what an allowed host does with a query are not dealt with.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection
from urllib.parse import urlsplit

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,30}):(?=(//[^\s<>\"'`|)\]]*))")
_TARGET = re.compile(r"\]\((?=\s*<?([^\s)>]*))")
_DEFINITION = re.compile(r"^([ \t>]*(?:[-*+] +)?\[[^\]\n]{1,200}\]):", re.MULTILINE)
_RELATIVE = re.compile(r"(?![A-Za-z][\w+.-]*:)(?!//)[\w./#~-]+")
_NAME = re.compile(r"[a-z0-9.-]+")
_WWW = re.compile(r"(?i)\b(www)\.(?=[\w-]+\.)")
_TAG = re.compile(r"<(?=/?[A-Za-z][\w-]*(?:[\s/>]|$)|!--|\?)", re.MULTILINE)
_MENTION = re.compile(r"<([@#!])(?=\w)")
_BROADCAST = re.compile(r"(?i)(?<![\w@])@(?=(?:here|channel|everyone|all|team|room|group|online)\b)")
_SIGNS = {"@": "(at)", "#": "(channel)", "!": "(at)"}


def safe_markdown(text: str, hosts: Collection[str] = ()) -> str:
    """`text` with links and images to `hosts` and their subdomains only, without HTML, and without mentions."""
    allowed = frozenset(host.lower() for host in hosts)
    text = _MENTION.sub(lambda m: "&lt;" + _SIGNS[m[1]], text)
    text = _BROADCAST.sub("(at)", _TAG.sub("&lt;", text))
    text = _URL.sub(lambda m: m.group() if _is_allowed(m.group() + m[2], allowed) else f"{m[1]}[:]", text)
    text = _WWW.sub(lambda m: _www(m, allowed), text)
    text = _TARGET.sub(lambda m: m.group() if _is_target(m[1], allowed) else "] (", text)
    return _DEFINITION.sub(r"\1 :", text)


def _www(match: re.Match[str], allowed: frozenset[str]) -> str:
    rest = re.match(r"[\w.-]+", match.string[match.start() :])
    kept = rest is not None and _of(rest.group().lower().rstrip("."), allowed)
    return match.group() if kept else f"{match[1]}[.]"


def _is_target(target: str, allowed: frozenset[str]) -> bool:
    plain = html.unescape(target)
    return plain == target and bool(_RELATIVE.fullmatch(plain) or _is_allowed(plain, allowed))


def _is_allowed(url: str, allowed: frozenset[str]) -> bool:
    """A web address of an allowed host that every reader takes for one: no credentials, no backslash, no entity."""
    if not allowed or any(c in url for c in "\\@;") or not url.isascii():
        return False
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme.lower() in ("http", "https") and _of(host, allowed) and bool(_NAME.fullmatch(host))


def _of(host: str, allowed: frozenset[str]) -> bool:
    return host in allowed or any(host.endswith("." + one) for one in allowed)
