"""Credentials on command lines and in the files that clients read: flags, netrc, .pgpass, redis ACL."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.core.redaction import guards
from interlock.core.redaction.engine import compiled
from interlock.core.redaction.judging import hides
from interlock.core.redaction.model import CONTEXT, Finding
from interlock.core.redaction.names import STEMS, kind_of
from interlock.core.redaction.rule import Made, Rule
from interlock.core.redaction.values import extended, text, value_at

_FLAG = (
    rf"(?:^|[\s\"'\[,(=`])--?((?i:[\w-]*(?:{STEMS})[\w-]*))(?:\\*[\"'])?(?:,?\s{{0,40}}(?:- )?)(?:\\*[\"'])?"
)
_FLAG_NAME = rb"[^-]?--?([\w-]+)"
_SHORT = (
    r"\b(?:mysql|mysqldump|mysqladmin|mariadb|mongo|mongosh|mongodump|sshpass|redis-cli|sqlcmd|docker login|podman login"
    r"|helm registry login|az login|ldapsearch|ldapmodify|bind|smbclient|rabbitmqadmin|cqlsh|kinit|bcp|crane auth login)\b"
    r"([^\n|;\x00]*)"
)
_SHORT_FLAG = rb"(?:^|\s)(?:-p ?|-P ?|-a |-w |-U \S+%)([^\s\"'-][^\s\"']{2,}|\"[^\"\n]{3,}\"|'[^'\n]{3,}')"
_CURL = rb"\b(?:curl|wget|http|https|ab|hey)\b[^\n\x00]*?\s(?:-u ?|--user[= ]|-a |--proxy-user[= ])[\"']?[^\s:\"']+:([^\s\"']{3,})"
_NETRC = rb"\b(?:login|machine|account)\s+\S+\s+(?:account\s+\S+\s+)?password\s+([^\s\"'\x00]{3,})"
_PGPASS = rb"(?m)^(?:[\w.-]*[A-Za-z][\w.-]*|\*|\d+\.\d+\.\d+\.\d+):(?:\d{2,5}|\*):[\w.*-]{1,64}:[\w.*@-]{1,64}:([^\s:]{3,})\r?$"
_REDIS = rb"(?:\b(?:AUTH|requirepass|masterauth)[\"']? +[\"']?(?:default )?|\buser \S+ on >)([^\s\"']{6,})"
_CREATE = rb"create secret ([^\n\x00]*)"
_LITERAL = rb"--from-literal[= ][\"']?[\w./-]+=[\"']?([^\s\"']{3,})"
_SQL = (
    rb"(?i)\b(?:IDENTIFIED (?:WITH \S+ )?BY|(?:WITH |ENCRYPTED |LOGIN )PASSWORD|PASSWORD\()\s*'([^'\n]{2,})'"
)


def flags(raw: bytes) -> Iterator[Finding]:
    """`--password x`, `["--token", "x"]`, `- --client-secret` with the value on the next list line."""
    for match in compiled(_FLAG).finditer(raw):
        named = compiled(_FLAG_NAME).match(raw, match.start(), match.end())
        value = value_at(raw, match.end())
        if named is None or value is None or raw[match.end() - 1 : match.end()].isalnum():
            continue
        name, content = text(raw, *named.span(1)), text(raw, value.start, value.end)
        if not content.startswith("-") and hides(name, content) and not guards.is_word(content):
            value = extended(raw, value)
            yield Finding(value.start, value.end, kind_of(name), CONTEXT)


def short_flags(raw: bytes) -> Iterator[Finding]:
    """`mysql -pX`, `sshpass -p X`, `docker login -p X`, `redis-cli -a X`."""
    for command in compiled(_SHORT).finditer(raw):
        for flag in compiled(_SHORT_FLAG).finditer(command.group(1)):
            value = text(command.group(1), *flag.span(1)).strip("\"'")
            if not guards.is_placeholder(value) and not guards.is_number(value) and not guards.is_path(value):
                yield Finding(
                    command.start(1) + flag.start(1), command.start(1) + flag.end(1), "password", CONTEXT
                )


def _first_group(pattern: bytes, raw: bytes, kind: str) -> Iterator[Finding]:
    for match in compiled(pattern).finditer(raw):
        value = text(raw, *match.span(1))
        if not guards.is_placeholder(value) and not guards.is_word(value):
            yield Finding(*match.span(1), kind, CONTEXT)


def literals(raw: bytes) -> Iterator[Finding]:
    """`kubectl create secret ... --from-literal=anything=x`: all of them, whatever their name."""
    for command in compiled(_CREATE).finditer(raw):
        for pair in compiled(_LITERAL).finditer(command.group(1)):
            yield Finding(
                command.start(1) + pair.start(1), command.start(1) + pair.end(1), "secret-data", CONTEXT
            )


def curl(raw: bytes) -> Iterator[Finding]:
    """`curl -u user:password`."""
    return _first_group(_CURL, raw, "password")


def netrc(raw: bytes) -> Iterator[Finding]:
    """`machine h login u password p`, on one line or several."""
    return _first_group(_NETRC, raw, "password")


def pgpass(raw: bytes) -> Iterator[Finding]:
    """`host:port:database:user:password` lines."""
    return _first_group(_PGPASS, raw, "password")


def redis(raw: bytes) -> Iterator[Finding]:
    """`AUTH x`, `requirepass x` of Redis."""
    for found in _first_group(_REDIS, raw, "password"):
        if guards.looks_secret(text(raw, found.start, found.end)):
            yield found


def sql(raw: bytes) -> Iterator[Finding]:
    """`CREATE USER ... IDENTIFIED BY 'x'`, `ALTER ROLE ... PASSWORD 'x'`."""
    return _first_group(_SQL, raw, "password")


RULES: tuple[Rule, ...] = (
    Rule(
        "flag", "command lines and container args", (b"-",), flags, ("run --db-pass", "word ", Made(12), " --verbose"),
        "run --password-file /etc/x --max-tokens 400 --token-ttl 30m",
    ),
    Rule(
        "short-flag", "manuals of the clients named", (b" -p", b" -P", b" -a", b" -w", b"%"), short_flags,
        ("mysql -u root -p", Made(12), " ledger"), "docker run -p 8080:80 nginx; mysql -h db -u root",
    ),
    Rule("secret-literal", "kubectl create secret", (b"--from-literal",), literals,
         ("kubectl create secret generic x --from-literal=k=", Made(12)), "kubectl create configmap x --from-literal=k=v12345678"),
    Rule("curl-user", "curl(1) --user", (b"curl", b"wget", b"http", b"hey"), curl, ("curl -u svc:", Made(12), " https://x/"),
         "curl -u svc https://x/"),
    Rule("netrc", "netrc(5)", (b"password",), netrc, ("machine x login svc password ", Made(12)), "login failed password expired"),
    Rule("pgpass", "PostgreSQL: the password file", (b":",), pgpass, ("db.internal:5432:ledger:app:", Made(12)),
         "10:11:12:app:ready"),
    Rule("redis-auth", "Redis: AUTH, requirepass", (b"AUTH", b"requirepass", b"masterauth", b" on >"), redis,
         ("requirepass ", Made(16)), "AUTH failed for client"),
    Rule("sql-password", "CREATE USER and ALTER ROLE of the SQL databases", (b"BY", b"by", b"ASSWORD", b"assword"), sql,
         ("CREATE USER app IDENTIFIED BY '", Made(12), "'"), "grouped by 'name', order by 'x'"),
)  # fmt: skip
