"""Connection strings of databases, brokers and caches: where they stand, their password, and the address to show.

A connection string is one secret: copied whole it opens the door. It goes whole, and its marker says which door it
was: scheme, host, port and database, never user, password or parameters. Spelled as URLs (also JDBC, SQLAlchemy,
`+srv`), go-sql-driver and Oracle DSNs, ADO/ODBC/Azure key lists and libpq key lists.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from interlock.core.redaction import guards
from interlock.core.redaction.engine import Match, compiled
from interlock.core.redaction.values import text

_NAMES = (
    "postgres postgresql pgsql mysql mysqlx mariadb mssql sqlserver sql oracle db2 redis rediss valkey valkeys keydb mongodb"
    " mongo amqp amqps rabbitmq stomp mqtt mqtts nats kafka pulsar activemq cassandra scylla couchbase couchbases couchdb"
    " clickhouse clickhousedb cockroachdb cockroach crdb snowflake redshift trino presto hive impala teradata vertica"
    " neo4j bolt influxdb elasticsearch opensearch memcached memcache tidb hana hdb firebird sybase exasol druid"
    " arangodb rethinkdb aerospike databricks beanstalk servicebus azure"
)
SCHEMES = frozenset(_NAMES.split())
_STOP = r"\s\"'`<>\x00"
_TAIL = (
    rf"[^{_STOP}\\,;/?#|]*(?:,[\w.-]+:\d{{1,5}})*(?:\\?/[^{_STOP}\\,;?#|)\]}}]*)*"
    rf"(?:[?#](?:[^{_STOP}\\]|\\u0026)*)?"
)
_GO = rf"[\w.%-]{{1,64}}:([^{_STOP}]+)@(tcp|udp|unix)\(([^)\s\"']*)\)(?:/[^{_STOP}\\,;)]*)?"
_ORACLE = rf"(jdbc:oracle:\w+:|sqlplus |rman target )[\w$#.-]{{1,64}}/([^{_STOP}@]+)@([^{_STOP}\\,;]*)"
_PARAMETER = rf"(?i:password|pwd|passwd)(?:=|%3D)([^{_STOP}\\;&%]{{3,}})"
_QUERIED = (
    rf"(?:jdbc:|r2dbc:)?[A-Za-z][\w+.-]{{1,40}}:(?:[\w-]{{1,20}}:)?//[^{_STOP}\\]*(?:[?;&]|%3B|\\u0026){_PARAMETER}"
    rf"(?:[^{_STOP}\\]|\\u0026)*"
)
_WORD = r"[^;\n\"'`<>\x00]"
_ADO_KEY = (
    r"(?i:driver|provider|server|data source|host|hostname|addr|address|network address|database|initial catalog|uid|user id|user"
    r"|username|port|endpoint|defaultendpointsprotocol|accountname|sharedaccesskeyname|entitypath|endpointsuffix|dsn|encrypt"
    r"|integrated security|trusted_connection|persist security info|protocol|sslmode|ssl mode)"
)
_ADO = (
    rf"(?:{_ADO_KEY}\s?=\s?{_WORD}*;\s?)*"
    r"(?i:password|pwd|accountkey|sharedaccesskey)\s?=\s?([^;\s\"'`<>\x00]{3,})"
    rf"(?:;\s?[A-Za-z_][\w .-]{{1,40}}=[^;\n\"'`<>\x00\s,]*)*;?"
)
_PQ_KEY = r"(?:host|hostaddr|port|user|dbname|sslmode|sslrootcert|connect_timeout|application_name|target_session_attrs)"
_PQ = rf"(?:\b{_PQ_KEY}=[^\s\"'`<>\x00]+ )*\bpassword=([^\s\"'`<>\x00]{{3,}})(?: {_PQ_KEY}=[^\s\"'`<>\x00]+)*"


class Connection(NamedTuple):
    """A connection string, the stretch of its password, and the address that may be shown."""

    start: int
    end: int
    password: tuple[int, int]
    address: str


def kind_of_scheme(scheme: str) -> str:
    """`postgresql+psycopg` -> postgresql; '' for a scheme that is not of a database, broker or cache."""
    parts = re.findall(r"[a-z0-9]+", scheme.lower().split("+")[0])
    return next((part for part in reversed(parts) if part in SCHEMES), "")


def whole(raw: bytes, start: int, host: int, password: tuple[int, int]) -> Connection | None:
    """The connection string whose URL starts at `start` and whose host starts at `host`; None for other URLs."""
    scheme = kind_of_scheme(text(raw, start, raw.index(b":", start)))
    if not scheme:
        return None
    tail = compiled(_TAIL).match(raw, host)
    end = _trimmed(raw, host, tail.end() if tail else host)
    for prefix in (b"jdbc:", b"r2dbc:", b"r2dbc:pool:"):
        start -= len(prefix) if raw[max(0, start - len(prefix)) : start] == prefix else 0
    where = text(raw, host, end).replace("\\/", "/").partition("?")[0].partition("#")[0]
    return Connection(start, end, password, address(scheme, where))


def go_dsn(raw: bytes) -> Iterator[Connection]:
    """`user:password@tcp(host:3306)/db?parseTime=true` of the Go driver."""
    for match in compiled(_GO).finditer(raw):
        path = text(raw, match.end(3) + 1, match.end()).partition("?")[0]
        where = text(raw, *match.span(3)) + path if match.group(2) == b"tcp" else ""
        yield Connection(
            match.start(), _trimmed(raw, match.start(), match.end()), match.span(1), address("mysql", where)
        )


def oracle(raw: bytes) -> Iterator[Connection]:
    """`jdbc:oracle:thin:user/password@host:1521/service`, `sqlplus user/password@//host/service`."""
    for match in compiled(_ORACLE).finditer(raw):
        start = match.start() if match.group(1).startswith(b"jdbc") else match.end(1)
        where = text(raw, *match.span(3)).lstrip("/")
        yield Connection(start, match.end(), match.span(2), address("oracle", where))


def with_parameter(raw: bytes) -> Iterator[Connection]:
    """A URL that carries its password as a parameter: JDBC, R2DBC, `odbc_connect`."""
    for match in compiled(_QUERIED).finditer(raw):
        head, _, rest = text(raw, *match.span()).partition("//")
        scheme = kind_of_scheme(head.removeprefix("jdbc:").removeprefix("r2dbc:").partition(":")[0])
        if scheme and not guards.is_placeholder(text(raw, *match.span(1))):
            end = _trimmed(raw, match.end(1), match.end())
            yield Connection(match.start(), end, match.span(1), address(scheme, re.split(r"[?;]", rest)[0]))


def key_list(raw: bytes) -> Iterator[Connection]:
    """ADO, ODBC and Azure: `Server=tcp:h,1433;Initial Catalog=db;User ID=u;Password=p`."""
    for match in compiled(_ADO).finditer(raw):
        parts = _fields(text(raw, *match.span()), ";")
        host = _first(
            parts, "server", "data source", "host", "hostname", "address", "addr", "network address"
        )
        endpoint, account = parts.get("endpoint", ""), parts.get("accountname", "")
        if guards.is_placeholder(text(raw, *match.span(1))) or not (host or endpoint or account):
            continue
        yield Connection(match.start(), _trimmed(raw, match.end(1), match.end()), match.span(1),
                         _listed(parts, host, endpoint, account))  # fmt: skip


def libpq(raw: bytes) -> Iterator[Connection]:
    """`host=h port=5432 dbname=d user=u password=p`; without `dbname` or `sslmode` it is just a log line."""
    for match in compiled(_PQ).finditer(raw):
        parts = _fields(text(raw, *match.span()), " ")
        if "host" in parts and ("dbname" in parts or "sslmode" in parts) and _tells(raw, match):
            port = f":{parts['port']}" if "port" in parts else ""
            where = f"{parts['host']}{port}/{parts.get('dbname', '')}"
            yield Connection(*match.span(), match.span(1), address("postgres", where))


def _tells(raw: bytes, match: Match) -> bool:
    return not guards.is_placeholder(text(raw, *match.span(1)))


def _fields(words: str, separator: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in words.split(separator))
    return {key.strip().lower(): value.strip() for key, _, value in pairs}


def _first(parts: dict[str, str], *names: str) -> str:
    return next((parts[name] for name in names if parts.get(name)), "")


def _listed(parts: dict[str, str], host: str, endpoint: str, account: str) -> str:
    if not host:
        where = endpoint.partition("//")[2].rstrip("/") or account
        return address("servicebus" if endpoint else "azure", where)
    named = _first(parts, "driver", "provider").lower()
    scheme = next(
        (s for s in ("mysql", "mariadb", "postgres", "oracle", "db2") if s in named),
        "sqlserver" if not named or "sql" in named else "sql",
    )
    name, _, port = host.removeprefix("tcp:").partition(",")
    port = port or parts.get("port", "")
    return address(
        scheme,
        name + (f":{port.strip()}" if port else "") + f"/{_first(parts, 'database', 'initial catalog')}",
    )


def _trimmed(raw: bytes, least: int, end: int) -> int:
    while end > least and raw[end - 1 : end] in b".,;:)]}!|":
        end -= 1
    return end


_HOST = r"(?:[a-z0-9](?:[a-z0-9._-]{0,80}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?"
_ADDRESS = re.compile(rf"([a-z][a-z0-9]{{1,20}})(?: {_HOST}(?:,{_HOST}){{0,4}}(?:/[A-Za-z0-9_.-]{{1,60}})?)?")
_MIXED = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])")
LONGEST = 160


def address(scheme: str, where: str) -> str:
    """`postgres db.internal:5432/ledger`, as much of it as is plain; '' when not even the scheme is known."""
    host, slash, path = where.strip().rstrip("/").partition("/")
    for shown in (f"{scheme} {host.lower()}{slash}{path}", f"{scheme} {host.lower()}", scheme):
        if is_plain(shown):
            return shown
    return ""


def is_plain(shown: str) -> bool:
    """May this stand in a marker? A known scheme, host names, ports, one path; nothing that looks like a secret.

    What a rule would find in it, or a copy of a value that is known to be secret, the caller has to look for.
    """
    match = _ADDRESS.fullmatch(shown) if len(shown) <= LONGEST else None
    if match is None or match.group(1) not in SCHEMES:
        return False
    words = [word for word in re.split(r"[^A-Za-z0-9]+", shown) if word]
    return not any(guards.looks_random(word) or (len(word) > 7 and _MIXED.match(word)) for word in words)
