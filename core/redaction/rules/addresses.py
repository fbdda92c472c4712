"""Credentials in addresses: URL userinfo, connection strings, signed query strings.

Of a connection string nothing stays; its marker names the address. Of other URLs scheme, user and host stay.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from interlock.core.redaction import connections, guards
from interlock.core.redaction.engine import Match, compiled
from interlock.core.redaction.model import CONTEXT, FORMAT, LOOK, Finding
from interlock.core.redaction.rule import Made, Rule
from interlock.core.redaction.values import text

_STOP = r"\s\"'`<>\x00"
_USERINFO = (
    rf"[A-Za-z][A-Za-z0-9+.-]{{1,40}}:(?:\\?/){{2}}[^{_STOP}/]*@[\w.\[%{{$-]"
    rf"|[A-Za-z][A-Za-z0-9+.-]{{1,40}}://[^{_STOP}@/:]*:[^{_STOP}]+@[\w.\[-]"
)
_ENCODED = r"(?i)[a-z][a-z0-9+.%-]{1,40}%3A%2F%2F[\w.~%+!*-]*%40[\w.~%+!*-]+"
_BARE = rf"(?:^|[\s\"'=,(])[\w.-]+:([^{_STOP}:@/]{{6,}})@[A-Za-z0-9][\w.-]*:\d{{2,5}}\b"
CONNECTION = "connection-string"


def address_of(value: str) -> str:
    """The address that the first connection string in `value` leads to; '' when it has none to show."""
    raw = value.encode()
    raw = unquote_to_bytes(raw) if b"://" not in raw and b"%2f%2f" in raw.lower() else raw
    strings = (
        one for find in (_wholes, connections.go_dsn, connections.oracle, connections.with_parameter, connections.key_list, connections.libpq)
        for one in find(raw)
    )  # fmt: skip
    return next((one.address for one in strings), "")


def _wholes(raw: bytes) -> Iterator[connections.Connection]:
    """Connection strings spelled as URLs with a password before their host."""
    for match, found in _in_urls(raw):
        one = connections.whole(raw, match.start(), match.end() - 1, (found.start, found.end))
        if one is not None:
            yield one


def userinfo(raw: bytes) -> Iterator[Finding]:
    """The password of `scheme://user:password@host`; of `scheme://token@host` the token."""
    for match, found in _in_urls(raw):
        yield found
        host = match.end() - 1
        yield from _both(connections.whole(raw, match.start(), host, (found.start, found.end)))


def _in_urls(raw: bytes) -> Iterator[tuple[Match, Finding]]:
    for match in compiled(_USERINFO).finditer(raw):
        content = match.group()
        head = content.index(b":") + 1
        head += len(content[head:]) - len(content[head:].lstrip(b"/\\"))
        tail = content.rindex(b"@")
        found = _credential(match.start() + head, content[head:tail].decode("utf-8", "replace"))
        if found:
            yield match, found


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


def encoded(raw: bytes) -> Iterator[Finding]:
    """A URL with credentials, itself percent-encoded: a parameter of another URL, a form field."""
    for match in compiled(_ENCODED).finditer(raw):
        inner = unquote_to_bytes(match.group())
        found = next(userinfo(inner), None)
        if found and any(one.kind == CONNECTION for one in userinfo(inner)):
            yield Finding(*match.span(), CONNECTION, FORMAT)
        elif found:
            yield Finding(*match.span(), "url-password", FORMAT)


def _both(*strings: connections.Connection | None) -> Iterator[Finding]:
    """The whole, and the password by itself, because copies of it are looked for."""
    for one in strings:
        if one is not None:
            yield Finding(one.start, one.end, CONNECTION, FORMAT)
            yield Finding(*one.password, "url-password", FORMAT)


def mysql(raw: bytes) -> Iterator[Finding]:
    """`user:password@tcp(host:3306)/db` of the Go driver."""
    return _both(*connections.go_dsn(raw))


def bare(raw: bytes) -> Iterator[Finding]:
    """`user:password@host:port` with the scheme left out."""
    for match in compiled(_BARE).finditer(raw):
        value = text(raw, *match.span(1))
        if guards.looks_secret(value) and not guards.is_placeholder(value):
            yield Finding(*match.span(1), "url-password", CONTEXT)


def oracle(raw: bytes) -> Iterator[Finding]:
    """`jdbc:oracle:thin:user/password@host`."""
    return _both(*connections.oracle(raw))


def parameters(raw: bytes) -> Iterator[Finding]:
    """`jdbc:postgresql://h/db?user=u&password=p`, `jdbc:sqlserver://h;user=u;password=p`."""
    return _both(*connections.with_parameter(raw))


def key_lists(raw: bytes) -> Iterator[Finding]:
    """ADO, ODBC, Azure and libpq lists of `key=value` that name a server and its password."""
    return _both(*connections.key_list(raw), *connections.libpq(raw))


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
        "encoded-url", "RFC 3986 section 2.1", (b"%3A%2F%2F", b"%3a%2f%2f"), encoded,
        ("GET /x?url=redis%3A%2F%2F%3A", Made(20), "%40cache%3A6379%2F0"), "GET /x?url=redis%3A%2F%2Fcache%3A6379%2F0",
    ),
    Rule(
        "connection-parameter", "JDBC and R2DBC URLs", (b"assword=", b"ASSWORD=", b"asswd=", b"wd=", b"WD=", b"WD%3D", b"wd%3D"),
        parameters, ("jdbc:postgresql://db.internal:5432/ledger?user=app&pass", "word=", Made(16), "&ssl=true"),
        "jdbc:postgresql://db.internal:5432/ledger?user=app&ssl=true",
    ),
    Rule(
        "connection-list", "ADO.NET, ODBC, Azure and libpq connection strings",
        (b"assword", b"ASSWORD", b"wd=", b"WD=", b"ccountKey=", b"ccessKey="), key_lists,
        ("Server=tcp:db.internal,1433;Initial Catalog=ledger;User ID=app;Pass", "word=", Made(16), ";Encrypt=True"),
        "Server=tcp:db.internal,1433;Initial Catalog=ledger;Integrated Security=true",
    ),
    Rule(
        "url-query", "SAS, AWS SigV4 and GCS V4 query authentication, RFC 6750 section 2.3", (b"=", b"%3D"), query,
        ("https://x.blob.core.windows.net/c?sv=2024&sig=", Made(40), "&se=2026"), "https://x/?page=2&sort=name",
    ),
)  # fmt: skip
