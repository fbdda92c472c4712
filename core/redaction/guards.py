"""Is this value a secret, or a placeholder, a reference, a size, a path, a word? Plain functions on short text."""

from __future__ import annotations

import re

_EMPTY = re.compile(
    r"(?:null|none|nil|undefined|true|false|yes|no|on|off|n/?a|tbd|unset|empty|redacted|masked|hidden|omitted"
    r"|\W*redacted\W*|\W*masked\W*|\W*sensitive(?: value)?\W*|\(known after apply\)|todo|x{3,}|\*+|\.{3,}|-+|_+"
    r"|your[-_ ].*|my[-_ ](?:secret|token|password|api[-_ ]?key)|placeholder|example|dummy)",
    re.IGNORECASE,
)
_WORDS = frozenset(
    [
        "enabled",
        "disabled",
        "required",
        "optional",
        "invalid",
        "expired",
        "missing",
        "unauthorized",
        "forbidden",
        "valid",
        "ok",
        "failed",
        "failure",
        "error",
        "string",
        "str",
        "int",
        "integer",
        "bool",
        "boolean",
        "bytes",
        "byte",
        "object",
        "number",
        "array",
        "list",
        "dict",
        "any",
        "text",
        "char",
        "varchar",
        "uuid",
        "opaque",
        "basic",
        "bearer",
        "digest",
        "negotiate",
        "ntlm",
        "oauth",
        "oauth2",
        "oidc",
        "ldap",
        "saml",
        "jwt",
        "token",
        "password",
        "secret",
        "auto",
        "default",
        "unknown",
        "authentication",
        "authorization",
        "verification",
        "mismatch",
        "incorrect",
        "wrong",
        "changed",
        "reset",
        "rotated",
        "set",
        "unset",
        "not",
        "found",
        "created",
        "deleted",
        "updated",
        "configured",
        "unchanged",
        "present",
        "absent",
        "denied",
        "accepted",
        "rejected",
        "revoked",
        "anonymous",
        "kubernetes",
        "the",
        "a",
        "an",
        "is",
        "was",
        "for",
        "from",
        "has",
        "must",
        "should",
        "cannot",
        "could",
        "will",
        "may",
        "and",
        "or",
        "of",
        "to",
        "in",
        "on",
        "with",
        "without",
        "by",
        "at",
        "it",
        "pending",
        "active",
        "inactive",
        "never",
        "always",
        "allow",
        "deny",
        "permit",
        "prompt",
        "trust",
        "scram-sha-256",
        "md5",
        "peer",
        "ident",
        "reject",
    ]
)
_PROSE = frozenset(
    [
        "the",
        "a",
        "an",
        "is",
        "was",
        "are",
        "for",
        "from",
        "has",
        "have",
        "must",
        "should",
        "cannot",
        "can",
        "could",
        "will",
        "may",
        "and",
        "or",
        "of",
        "to",
        "in",
        "on",
        "with",
        "without",
        "by",
        "not",
        "no",
        "it",
        "this",
        "that",
        "be",
        "been",
        "failed",
        "when",
        "if",
        "your",
    ]
)
_NUMBER = re.compile(r"[-+]?[\d,_]+(?:\.\d+)?|0x[0-9a-fA-F]{1,16}(?:,.*)?")
_SIZE = re.compile(
    r"[-+]?\d+(?:\.\d+)?\s*(?:ns|us|µs|ms|s|sec|secs|seconds|m|min|mins|minutes|h|hours?|d|days?|[KMGTP]i?B?|B|bytes|%|x)",
    re.IGNORECASE,
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d[\d:.]*(?:Z|[+-]\d\d:?\d\d)?)?")
_REFERENCE = re.compile(
    r"(?:\$\{.*|\$\(.*|\$[A-Za-z_]\w*|\{\{.*|%\{.*|%[A-Za-z_]\w*%|<.*|\(.*|@\w+@|!(?:Ref|Sub|GetAtt|vault|env)\b.*"
    r"|(?:vault|ssm|secretsmanager|env|file|op|ref|sops|arn|projects?|keyring|urn):.*"
    r"|projects/[\w-]+/secrets/.*|arn:aws[\w-]*:.*|sha(?:1|256|384|512):[0-9a-fA-F]+|[{\[]\s*)",
    re.IGNORECASE | re.DOTALL,
)
_CODE = re.compile(
    r"(?:var|local|data|module|each|self|path|terraform|process|os|env|config|cfg|conf|settings|secrets?|vault|ssm|this"
    r"|args|opts|options|params|ctx|context|request|req|response|resp|spec|values|\.values|aws|google|azurerm|random"
    r"|\w*random_(?:password|string|id)|\w+_\w+\.\w+)\.[A-Za-z_][\w.\[\]\"'*-]*|[A-Za-z_][\w.]*\([^\n]*"
    r"|[A-Z][A-Za-z]+\{[0-9a-f]{4,16}\b.*|[A-Za-z_][\w.]*\[[\"'\w.*-]+\]?.*",
    re.IGNORECASE,
)
_PATH = re.compile(r"(?:~|\.{1,2})?/[\w.@%+-]+(?:/[\w.@%+-]*)*|[A-Za-z]:\\[\w.\\ -]+")
_LABEL = re.compile(r"[a-z][a-z0-9]*(?:[-.][a-z0-9]+)*")
_RUN = re.compile(r"[A-Za-z0-9]+")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_TURN = re.compile(r"(?<=[a-z])[A-Z0-9]|(?<=[A-Z])[0-9]|(?<=[0-9])[A-Za-z]|(?<=[A-Z][A-Z])[a-z]")


def is_placeholder(value: str) -> bool:
    """Nothing, a mask, a template or a pointer to where the secret is kept."""
    short = value[:200].strip()
    return not short or bool(_EMPTY.fullmatch(short) or _REFERENCE.fullmatch(short)) or len(set(short)) == 1


def is_code(value: str) -> bool:
    """An expression that yields the secret elsewhere: `var.db_password`, `os.environ["X"]`, `getenv("X")`."""
    return len(value) < 200 and _CODE.fullmatch(value) is not None and not looks_random(value)


def is_measure(value: str) -> bool:
    """A size, duration, date or share."""
    return bool(_SIZE.fullmatch(value[:60]) or _DATE.fullmatch(value[:40])) and len(value) <= 40


_DSN = re.compile(
    r"(?i)@(?:tcp|udp|unix)\(|(?:password|pwd|accountkey|sharedaccesskey|sharedaccesssignature)\s?="
)


def holds_credentials(value: str) -> bool:
    """A connection string that names its password, which other rules find inside it."""
    return "://" in value[:60] or _DSN.search(value[:2_000]) is not None


def is_number(value: str) -> bool:
    """Digits only."""
    return len(value) < 40 and _NUMBER.fullmatch(value) is not None


def is_path(value: str) -> bool:
    """A file path, as long as no part of it looks random: base64 may start with a slash too."""
    if len(value) > 250 or _PATH.fullmatch(value) is None:
        return False
    return "+" not in value and not any(looks_random(part) for part in re.split(r"[/\\]", value))


def is_word(value: str) -> bool:
    """A status, type or filler word."""
    return len(value) < 40 and value.lower().strip(".,;:!?()[]") in _WORDS


def is_label(value: str) -> bool:
    """An object's name, as Kubernetes would allow it, with nothing random about it."""
    return len(value) < 64 and _LABEL.fullmatch(value) is not None and not looks_random(value)


def is_prose(rest: str) -> bool:
    """Words of a sentence rather than a passphrase."""
    return any(word in _PROSE for word in rest.lower().split()[:8])


def is_uuid(value: str) -> bool:
    """A UUID: an identity far more often than a secret."""
    return _UUID.fullmatch(value) is not None


def looks_random(value: str) -> bool:
    """Would nobody write this as a word, a name or a path? Long runs that keep changing character class."""
    run = max(_RUN.findall(value[:400]), key=len, default="")
    if len(run) < 12:
        return False
    digits, uppers = sum(c.isdigit() for c in run), sum(c.isupper() for c in run)
    if digits == len(run) or not digits:
        return False
    if digits + sum(c in "abcdef" for c in run.lower() if c.isalpha()) == len(run):
        return len(run) >= 32
    mixed = 0 < uppers < len(run) - digits
    return _turns(run) * (5 if mixed else 4) >= len(run) and (mixed or len(run) >= 20)


def looks_secret(value: str) -> bool:
    """In running text: random, or a word that mixes letters with digits or symbols as passwords do."""
    value = value[:400]
    if looks_random(value):
        return True
    kinds = sum(part.search(value) is not None for part in _PARTS)
    return len(value) >= 6 and kinds >= 2 and not _PATH.fullmatch(value) and not is_uuid(value)


_PARTS = tuple(re.compile(part) for part in (r"[^\W\d_]", r"\d", r"[!#$%^&*?+=~@]"))


def _turns(run: str) -> int:
    return len(_TURN.findall(run))
