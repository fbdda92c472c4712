"""Does a key, variable or header name announce a secret? Decided by its words, not by a list of names.

`db_password`, `dbPassword`, `DB-PASSWORD_2` and `spring.datasource.password` are one question; `max_tokens`,
`secretName`, `token_url` and `partition_key` are not secrets. `MAYBE` wants a value that looks random.
"""

from __future__ import annotations

import re
from enum import IntEnum
from functools import lru_cache


class Says(IntEnum):
    """How strongly a name announces a secret."""

    NO = 0
    MAYBE = 1
    SURE = 2


# A name holding none of these can be skipped unread. Used by the patterns that look for names.
STEMS = (
    "pass|pwd|phrase|secret|token|key|auth|cred|cookie|dsn|jwt|bearer|cvv|cvc|csc|otp|pin|pat|sas|signature"
    "|hmac|security|session|sess|mnemonic|connection|conn|webhook|pw|salt|sid|license|licence|private"
)

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_PASSWORD = {"password", "passwd", "pwd", "passphrase", "passcode", "passwort", "pass", "pw", "phrase", "psk"}
_ALONE = {
    *_PASSWORD, "secret", "token", "apikey", "credential", "credentials", "creds", "cred", "authorization",
    "pat", "jwt", "bearer", "cookie", "cvv", "cvc", "cvv2", "cvc2", "csc", "otp", "totp", "mnemonic", "sas",
    "accesskey", "secretkey", "privatekey", "signingkey", "accountkey", "authkey", "authtoken", "connectionstring",
    "sessionid", "jsessionid", "phpsessid", "dsn", "hmac", "keytab", "pgpass", "passwords", "pin",
}  # fmt: skip
_ENDINGS = (
    "storepass",
    "keypass",
    "userpass",
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "secretkey",
    "accesskey",
    "privatekey",
)
# `<this> key` is a credential.
_KEYS = {
    "access", "account", "admin", "aes", "api", "app", "application", "auth", "client", "crypto", "decryption",
    "deploy", "ecdsa", "ed25519", "encryption", "gpg", "hmac", "host", "integration", "jwk", "jwt", "licence",
    "license", "master", "openai", "pgp", "private", "priv", "root", "routing", "rsa", "sas", "secret",
    "security", "sendgrid", "server", "service", "session", "shared", "signing", "signature", "ssh", "ssl",
    "storage", "stripe", "subscription", "tls", "token", "unseal", "vault", "webhook", "write", "ingest",
    "ingestion", "insert", "mailgun", "twilio", "datadog", "dd", "anthropic", "live", "x",
}  # fmt: skip
_PLAIN_KEYS = {
    "public", "partition", "sort", "primary", "foreign", "cache", "hash", "row", "object", "map", "label",
    "config", "range", "composite", "topology", "group", "index", "event", "message", "sharding", "shard",
    "lock", "metric", "tag", "annotation", "field", "column", "join", "idempotency", "dedup", "dictionary",
    "json", "yaml", "name", "i18n", "translation", "registry", "hot", "kms", "cmk", "bucket", "s3", "file",
    "match", "selector", "query", "unique", "alias", "log", "resource", "item", "property", "env", "pub",
}  # fmt: skip
# What may follow the deciding word and leave it a secret: `password_new`, `client-key-data`, `SecretString`.
_SUFFIXES = {
    "value", "old", "new", "current", "previous", "next", "prod", "production", "dev", "staging", "stage", "test",
    "live", "b64", "base64", "plain", "plaintext", "text", "data", "string", "str", "hash", "hashed", "confirm",
    "confirmation", "again", "encoded", "raw", "content", "contents", "pem", "backup", "default", "primary",
    "secondary", "main", "env", "base", "rw", "ro", "readonly", "v",
}  # fmt: skip
_PREFIX_NO = {"existing", "pull", "image", "max", "min", "num", "number", "total", "count", "no", "has", "is",
              "use", "enable", "require", "requires", "allow", "disable", "missing", "invalid"}  # fmt: skip


def words(name: str) -> list[str]:
    """The words of a name, lower case: `dbPassword-2` -> db, password, 2."""
    return [w.lower() for w in _WORD.findall(name[-120:])]


@lru_cache(maxsize=8192)
def says(name: str) -> Says:
    """How strongly this name announces a secret."""
    parts = words(name)
    if tuple(parts[-2:]) in _PAIRS:
        return Says.SURE
    while len(parts) > 1 and (parts[-1] in _SUFFIXES or parts[-1].isdigit()):
        parts.pop()
    if not parts:
        return Says.NO
    last, before = parts[-1], parts[-2] if len(parts) > 1 else ""
    if last in ("key", "keys"):
        return _key(before)
    if (before, last) in _PAIRS:
        return Says.SURE
    if (before, last) == ("key", "id"):
        return _key(parts[-3] if len(parts) > 2 else "")
    if before in _PREFIX_NO or (parts[0] in _PREFIX_NO and last not in _PASSWORD):
        return Says.NO
    if last in _ALONE or last.endswith(_ENDINGS):
        return Says.SURE
    return Says.MAYBE if last in _HINTS or _glued(last) else Says.NO


_PAIRS = {
    ("session", "id"), ("connection", "string"), ("connection", "str"), ("conn", "str"),
    ("webhook", "url"), ("security", "code"), ("card", "code"), ("account", "key"), ("verification", "code"),
    ("api", "secret"), ("connect", "sid"), ("pass", "word"), ("pass", "phrase"), ("access", "code"),
}  # fmt: skip
_HINTS = {
    "auth",
    "session",
    "salt",
    "webhook",
    "signature",
    "sig",
    "secrets",
    "tokens",
    "license",
    "licence",
    "sid",
    "hmac",
}


def _key(before: str) -> Says:
    if not before or before in _PLAIN_KEYS or before in _PREFIX_NO:
        return Says.NO
    return Says.SURE if before in _KEYS else Says.MAYBE


def _glued(word: str) -> bool:
    """`apikey` and `dbpass`, but not `monkey` and `compass`."""
    return word.endswith("pwd") or any(
        word.endswith(end) and word.removesuffix(end) in {*_KEYS, *_OWNERS} for end in ("key", "keys", "pass")
    )


_OWNERS = {
    "db",
    "my",
    "user",
    "root",
    "smtp",
    "mail",
    "redis",
    "sql",
    "mysql",
    "pg",
    "postgres",
    "mongo",
    "login",
    "ftp",
}


@lru_cache(maxsize=8192)
def is_password(name: str) -> bool:
    """Is it the name of something people type, so that even a plain word or a number may be the value?"""
    return any(w in _PASSWORD or w.endswith(("password", "passwd")) for w in words(name)) or bool(
        {"cvv", "cvc", "csc", "pin", "otp", "code"} & set(words(name))
    )


@lru_cache(maxsize=8192)
def kind_of(name: str) -> str:
    """The marker kind for a value under this name."""
    held = set(words(name))
    for kind, hints in _KINDS:
        if held & hints:
            return kind
    return "password" if is_password(name) else "key"


_KINDS: tuple[tuple[str, set[str]], ...] = (
    ("cvv", {"cvv", "cvc", "csc", "cvv2", "cvc2"}),
    ("password", _PASSWORD),
    ("private-key", {"private", "pem", "privatekey"}),
    ("token", {"token", "jwt", "bearer", "pat", "authtoken", "auth", "authorization"}),
    ("secret", {"secret"}),
    ("cookie", {"cookie", "session", "jsessionid"}),
    ("credential", {"credential", "credentials", "creds", "dsn", "connection"}),
)
