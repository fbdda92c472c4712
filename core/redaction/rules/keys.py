"""Cryptographic keys, signed tokens and password hashes."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.core.redaction.engine import compiled
from interlock.core.redaction.model import FORMAT, Finding
from interlock.core.redaction.rule import Made, Rule, form

_BEGIN = rb"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-\d: |Private-Lines: \d+"
_HEADER = rb"\s*(?:(?:Proc-Type|DEK-Info|Comment|Version|Charset): [^\n\\]*(?:\n|\\n)\s*)*"


def private_keys(raw: bytes) -> Iterator[Finding]:
    """The body between BEGIN and END; of a key cut short, whatever base64 follows."""
    begins = [m.span() for m in compiled(_BEGIN).finditer(raw)]
    limits = [begin for begin, _ in begins[1:]] + [len(raw)]
    for (_, start), limit in zip(begins, limits, strict=False):
        end = raw.find(b"-----END", start, min(limit, start + 65_536))
        boundary = raw.find(b"\x00", start, end if end >= 0 else limit)
        if end < 0 or boundary >= 0:
            end = _cut_short(raw, start, boundary if boundary >= 0 else limit)
        body = raw[start:end]
        begin = start + len(body) - len(body.lstrip(b" \t\r\n"))
        if len(body.strip()) >= 8:
            yield Finding(begin, start + len(body.rstrip(b" \t\r\n\\")), "private-key", FORMAT)


def _cut_short(raw: bytes, start: int, limit: int) -> int:
    header = compiled(_HEADER).match(raw, start, min(limit, start + 2_048))
    at = header.end() if header else start
    end, wrapped = at, False
    for line in raw[at : min(limit, at + 16_384)].splitlines(keepends=True):
        bare = line.strip(b" \t\r\n\"',|>\\")
        shortest = 1 if wrapped else 16
        if bare and (len(bare) < shortest or compiled(rb"[A-Za-z0-9+/=\\]+").fullmatch(bare) is None):
            return end
        wrapped = len(bare) >= 40
        end += len(line)
    return end


RULES: tuple[Rule, ...] = (
    Rule(
        "private-key", "RFC 7468 and RFC 4716: PEM and SSH private keys; PuTTY; PGP blocks",
        (b"PRIVATE KEY", b"PuTTY-User-Key-File", b"Private-Lines"), private_keys,
        ("-----BEGIN ", "RSA PRIVATE KEY-----\n", Made(64), "\n", Made(64), "\n-----END ", "RSA PRIVATE KEY-----"),
        "-----BEGIN CERTIFICATE-----\nTUlJQg==\n-----END CERTIFICATE-----",
    ),
    form(
        "jwt", "eyJ", r"eyJ[\w-]{8,}={0,2}\.[\w-]{8,}={0,2}(?:\.[\w-]*={0,2}){0,3}", "ey", "J", Made(40), ".ey", "J",
        Made(60), ".", Made(86), counter="eyJ.version.json", source="RFC 7519",
    ),
    form(
        "age-key", "AGE-SECRET-KEY- AGE-PLUGIN-", r"AGE-(?:SECRET-KEY|PLUGIN-[A-Z0-9]+)-1[A-Z0-9]{40,}", "AGE-SECRET-", "KEY-1",
        Made(58, "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"), counter="AGE-SECRET-KEY-", source="age v1",
    ),
    form(
        "password-hash", "$2 $6$ $5$ $1$ $y$ $apr1$ $argon2 $pbkdf2 $scrypt $7$",
        r"\$(?:2[abxy]?\$\d\d\$[./A-Za-z0-9]{53}|(?:1|5|6|y|7|apr1|gy|scrypt)\$[^\s:\"'$]*\$[^\s:\"',]{20,}"
        r"|(?:argon2\w*|pbkdf2[\w-]*)\$[^\s:\"']{30,})",
        "svc:", "$2", "y$05$", Made(53), counter="$2 per unit", source="crypt(5) hash formats, htpasswd",
    ),
    form(
        "password-hash", "{SHA} {SSHA} {SSHA256} {SSHA512} SCRAM-SHA-256$ {PBKDF2", r"(?:\{S?SHA\d*\}|SCRAM-SHA-256\$)[\w+/=:$]{24,}",
        "svc:{SH", "A}", Made(27), "=", counter="{SHA}", source="RFC 2307 userPassword; PostgreSQL SCRAM verifiers",
    ),
)  # fmt: skip
