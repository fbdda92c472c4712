"""E-mail addresses. Kept: service accounts, systemd units, `git@host:`, addresses in internal-only zones."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.core.redaction.engine import compiled
from interlock.core.redaction.model import LOOK, Finding
from interlock.core.redaction.rule import Rule

_EMAIL = rb"[A-Za-z0-9_+%'=-][A-Za-z0-9._+%'-]*(?:@|%40)(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,24}"
_UNITS = frozenset(
    b"service socket target timer mount automount slice scope device swap path local svc cluster internal lan localdomain "
    b"js ts py go rs java rb so yaml yml json".split()
)


def emails(raw: bytes) -> Iterator[Finding]:
    """Addresses of people."""
    for match in compiled(_EMAIL).finditer(raw):
        start, end = match.span()
        address = match.group()
        local, _, domain = address.replace(b"%40", b"@").partition(b"@")
        start += (
            len(local) - len(local.rpartition(b"=")[2].lstrip(b"'%"))
            if b"=" in local or local[:1] in b"'%"
            else 0
        )
        if domain.rpartition(b".")[2].lower() in _UNITS or domain.endswith(b".gserviceaccount.com"):
            continue
        if raw[end : end + 1] == b":" and local == b"git":
            continue
        yield Finding(start, end, "email", LOOK)


RULES: tuple[Rule, ...] = (
    Rule("email", "RFC 5322 addr-spec, as people use it", (b"@", b"%40"), emails, ("user=jane.doe", "@example", ".org ok"),
         "git@github.com:acme/infra.git getty@tty1.service img@sha256:abc app@1.2.3"),
)  # fmt: skip
