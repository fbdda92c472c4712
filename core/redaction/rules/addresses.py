"""Credentials in addresses: URL userinfo, DSNs, signed query strings. Scheme, user and host stay readable."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.core.redaction import guards
from interlock.core.redaction.engine import compiled
from interlock.core.redaction.model import CONTEXT, FORMAT, LOOK, Finding
from interlock.core.redaction.rule import Made, Rule
from interlock.core.redaction.values import text

_STOP = r"\s\"'`<>\x00"
_USERINFO = (
    rf"[A-Za-z][A-Za-z0-9+.-]{{1,40}}:(?:\\?/){{2}}[^{_STOP}/]*@[\w.\[%{{$-]"
    rf"|[A-Za-z][A-Za-z0-9+.-]{{1,40}}://[^{_STOP}@/:]*:[^{_STOP}]+@[\w.\[-]"
)
_MYSQL = rf"[\w.%-]{{1,64}}:([^{_STOP}]+)@(?:tcp|udp|unix)\("
_BARE = rf"(?:^|[\s\"'=,(])[\w.-]+:([^{_STOP}:@/]{{6,}})@[A-Za-z0-9][\w.-]*:\d{{2,5}}\b"
_ORACLE = rf"(?:jdbc:oracle:\w+:|sqlplus |rman target )[\w$#.-]{{1,64}}/([^{_STOP}@]+)@"


def userinfo(raw: bytes) -> Iterator[Finding]:
    """The password of `scheme://user:password@host`; of `scheme://token@host` the token."""
    for match in compiled(_USERINFO).finditer(raw):
        content = match.group()
        head = content.index(b":") + 1
        head += len(content[head:]) - len(content[head:].lstrip(b"/\\"))
        tail = content.rindex(b"@")
        found = _credential(match.start() + head, content[head:tail].decode("utf-8", "replace"))
        if found:
            yield found


def _credential(start: int, info: str) -> Finding | None:
    user, colon, password = info.partition(":")
    if not colon:
        odd = len(info) >= 16 and "." not in info and "%40" not in info and guards.looks_secret(info)
        random = guards.looks_random(info) or odd
        return Finding(start, start + len(info.encode()), "url-token", CONTEXT) if random else None
    port = password.split("/")[0]
    if "/" in password and port.isdigit() and len(port) < 6:
        return None
    if not password or guards.is_placeholder(password):
        return None
    begin = start + len((user + ":").encode())
    if password.startswith("x-oauth"):
        return Finding(start, start + len(user.encode()), "url-token", FORMAT)
    return Finding(begin, begin + len(password.encode()), "url-password", FORMAT)


def mysql(raw: bytes) -> Iterator[Finding]:
    """`user:password@tcp(host:3306)/db` of the Go driver."""
    for match in compiled(_MYSQL).finditer(raw):
        yield Finding(*match.span(1), "url-password", FORMAT)


def bare(raw: bytes) -> Iterator[Finding]:
    """`user:password@host:port` with the scheme left out."""
    for match in compiled(_BARE).finditer(raw):
        value = text(raw, *match.span(1))
        if guards.looks_secret(value) and not guards.is_placeholder(value):
            yield Finding(*match.span(1), "url-password", CONTEXT)


def oracle(raw: bytes) -> Iterator[Finding]:
    """`jdbc:oracle:thin:user/password@host`."""
    for match in compiled(_ORACLE).finditer(raw):
        yield Finding(*match.span(1), "url-password", FORMAT)


_SIGNED = (
    r"(?i:[?&;]|\\u0026|%26|%3F|&amp;)(?i:sig|signature|sign|[\w.-]*token|key|api[_-]?key|apikey|code|password|passwd|pwd|secret"
    r"|client_secret|auth|authorization|x-amz-signature|x-amz-credential|x-amz-security-token|x-goog-signature|x-goog-credential"
    r"|awsaccesskeyid|jwt|assertion|session|sid|subscription-key|access_key|credential|hmac|state|nonce|ticket|otp|pass)"
    r"(?:=|%3D)([^&;#\s\"'`<>\\\x00]{6,})"
)


def query(raw: bytes) -> Iterator[Finding]:
    """Signed and tokenised query strings: SAS, pre-signed S3 and GCS, OAuth codes."""
    for match in compiled(_SIGNED).finditer(raw):
        start, end = match.span(1)
        value = text(raw, start, end)
        name = text(raw, match.start(), start).lower()
        weak = any(
            w in name for w in ("code", "state", "nonce", "key=", "ticket", "session", "auth=", "sign=")
        )
        if guards.is_placeholder(value) or guards.is_number(value):
            continue
        if (guards.looks_secret(value) and (not weak or len(value) >= 12)) or (not weak and len(value) >= 16):
            yield Finding(start, end, "url-token", LOOK)


RULES: tuple[Rule, ...] = (
    Rule(
        "url-password", "RFC 3986 userinfo; connection strings of databases and brokers", (b"@",), userinfo,
        ("postgres://payments:", Made(16), "@db.internal/ledger"), "postgres://payments@db.internal:5432/ledger",
    ),
    Rule(
        "mysql-dsn", "go-sql-driver/mysql DSN", (b"@tcp(", b"@unix(", b"@udp("), mysql,
        ("app:", Made(16), "@tcp(db:3306)/x"), "app@tcp(db:3306)/x",
    ),
    Rule(
        "bare-userinfo", "connection strings without their scheme", (b"@",), bare, ("dial app:x7", Made(14), "@db:5432 failed"),
        "repo:tag@sha256:10 a:b@c",
    ),
    Rule(
        "oracle-dsn", "Oracle easy connect", (b"jdbc:oracle", b"sqlplus ", b"rman target"), oracle,
        ("jdbc:oracle:thin:app/", Made(16), "@db:1521/x"), "jdbc:oracle:thin:@db:1521/x",
    ),
    Rule(
        "url-query", "SAS, AWS SigV4 and GCS V4 query authentication, RFC 6750 section 2.3", (b"=", b"%3D"), query,
        ("https://x.blob.core.windows.net/c?sv=2024&sig=", Made(40), "&se=2026"), "https://x/?page=2&sort=name",
    ),
)  # fmt: skip
