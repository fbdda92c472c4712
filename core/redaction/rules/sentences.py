"""Secrets in running text, markup and calls, where no `=` or `:` ties the value to its name."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.core.redaction import guards
from interlock.core.redaction.engine import compiled
from interlock.core.redaction.judging import hides
from interlock.core.redaction.model import CONTEXT, LOOK, Finding
from interlock.core.redaction.names import STEMS, kind_of
from interlock.core.redaction.rule import Made, Rule
from interlock.core.redaction.values import text

_WORD = r"(?:pass ?words?|passwd|passphrase|secrets?|tokens?|credentials?|(?:api|access|secret|private|signing|license)[ _-]?keys?)"
_SAID = (
    rf"(?i:\b{_WORD})\\*[\"']?(?: (?:is|was|are|of|for|with|value|used|the|set to|to|now|invalid|expired|[a-z]{{2,12}})){{0,3}}"
    r"(?: ?[:=]? |: ?|=)\\*[\"'`(<\[]?([^\s\"'`<>()\[\]\\]{8,})"
)
_ELEMENT = rf"<(?i:[\w:.-]*(?:{STEMS})[\w:.-]*)(?:\s[^<>\n]*)?>[^<\n]{{3,}}</"
_ELEMENT_PARTS = rb"<([\w:.-]+)[^>]*>([^<\n]+)</"
_CALL = rf"[\"'](?i:[\w./-]*(?:{STEMS})[\w.-]*)[\"']\s?,\s?[\"'][^\"'\n]{{6,}}[\"']"
_CALL_PARTS = rb"[\"']([\w./-]+)[\"']\s?,\s?[\"']([^\"'\n]+)[\"']"
_CELL = rf"(?i:[\w.-]*(?:{STEMS})[\w.-]*)`?[ \t]*[|│][ \t]*`?[^\s|`│]{{6,}}"
_CELL_PARTS = rb"([\w.-]+)`?[ \t]*(?:\||\xe2\x94\x82)[ \t]*`?([^\s|`]+)"
_DECLARED = (
    rf"\b(?:ENV|ARG|set|setx|setenv|export)[ \t]+(?i:[\w.-]*(?:{STEMS})[\w.-]*)[ \t]+[\"']?[^\s\"'=]{{3,}}"
)
_DECLARED_PARTS = rb"\w+[ \t]+([\w.-]+)[ \t]+[\"']?([^\s\"']+)"
_REVERSED = (
    rf"(?:value|Value)[\"']?\s{{0,4}}[:=]\s{{0,4}}[\"'][^\"'\n]{{3,}}[\"'],?\s{{0,80}}[\"']?(?:name|key|Name|Key)[\"']?\s{{0,4}}[:=]\s{{0,4}}[\"']?"
    rf"(?i:[\w./-]*(?:{STEMS})[\w.-]*)"
)
_REVERSED_PARTS = rb"\w+[\"']?\s*[:=]\s*[\"']([^\"'\n]+)[\"'],?\s*[\"']?\w+[\"']?\s*[:=]\s*[\"']?([\w./-]+)"
_DEFAULT = rf"variable[ \t]+\"(?i:[\w-]*(?:{STEMS})[\w-]*)\"[ \t]*\{{[^{{}}]{{0,600}}?\bdefault[ \t]*=[ \t]*\"[^\"\n]{{3,}}\""
_DEFAULT_PARTS = rb"(?s)variable\s+\"([\w-]+)\".*\bdefault\s*=\s*\"([^\"\n]+)\""


def sentences(raw: bytes) -> Iterator[Finding]:
    """`invalid password x9!...`, `using api key ... failed`, `token "..." is invalid`: only what looks random."""
    for match in compiled(_SAID).finditer(raw):
        start, end = match.span(1)
        value = text(raw, start, end)
        bare = value.rstrip(".,;:!?")
        symbols = sum(c in "!#$%^&*?+~" for c in bare)
        odd = symbols and any(c.isdigit() for c in bare) and "=" not in bare and "%" not in bare
        if (guards.looks_random(bare) or odd) and not _named(bare):
            yield Finding(start, start + len(bare.encode()), "key", LOOK)


def _named(value: str) -> bool:
    """A path, an identity, an address or an object's name."""
    return (
        guards.is_path(value) or guards.is_uuid(value) or "://" in value or guards.is_placeholder(value)
        or guards.is_code(value) or value.startswith(("sha256", "--"))
    )  # fmt: skip


def defaults(raw: bytes) -> Iterator[Finding]:
    """`default = "x"` in the block of a variable whose name announces a secret."""
    return _two(_DEFAULT, _DEFAULT_PARTS, raw, name=1, strict=False)


def _two(pattern: str, parts: bytes, raw: bytes, *, name: int, strict: bool) -> Iterator[Finding]:
    for match in compiled(pattern).finditer(raw):
        both = compiled(parts).match(match.group())
        if both is None:
            continue
        key = both.group(name).decode("utf-8", "replace")
        value = both.group(3 - name).decode("utf-8", "replace")
        if hides(key, value, quoted=not strict, prose=strict):
            start, end = both.span(3 - name)
            yield Finding(match.start() + start, match.start() + end, kind_of(key), CONTEXT)


def elements(raw: bytes) -> Iterator[Finding]:
    """`<password>x</password>` of Maven, Tomcat and .NET configuration."""
    return _two(_ELEMENT, _ELEMENT_PARTS, raw, name=1, strict=False)


def calls(raw: bytes) -> Iterator[Finding]:
    """`define('DB_PASSWORD', 'x')`, `set("api.secret", "x")`."""
    return _two(_CALL, _CALL_PARTS, raw, name=1, strict=True)


def cells(raw: bytes) -> Iterator[Finding]:
    """Two neighbouring cells of a table: psql, markdown, `kubectl` plugins."""
    return _two(_CELL, _CELL_PARTS, raw, name=1, strict=True)


def declared(raw: bytes) -> Iterator[Finding]:
    """`ENV API_TOKEN x` of a Dockerfile, `setx`, csh."""
    return _two(_DECLARED, _DECLARED_PARTS, raw, name=1, strict=True)


def reversed_pairs(raw: bytes) -> Iterator[Finding]:
    """`value = "x"` above `name = "db.password"`."""
    return _two(_REVERSED, _REVERSED_PARTS, raw, name=2, strict=False)


RULES: tuple[Rule, ...] = (
    Rule("sentence", "error texts of drivers and SDKs", (), sentences, ("Error: invalid API key ", Made(24), " supplied"),
         "invalid password for user payments; secret payments-tls-2026 not found; token file /var/run/secrets/x"),
    Rule("element", "XML configuration", (b"</",), elements, ("<db.pass", "word>", Made(12), "</db.password>"),
         "<tokenUrl>https://idp/t</tokenUrl><maxTokens>4096</maxTokens>"),
    Rule("argument", "calls that set a value by name", (b"'", b'"'), calls, ("define('API_", "TOKEN', '", Made(14), "');"),
         "columns: ['password', 'username']; get('token', 'default')"),
    Rule("cell", "psql and markdown tables", (b"|", b"\xe2\x94\x82"), cells, ("| db_pass", "word | ", Made(14), " |"),
         "| token | string | yes |"),
    Rule("declared", "Dockerfile ENV and ARG; setx; csh", (b"ENV", b"ARG", b"set", b"export"), declared,
         ("ENV API_", "TOKEN ", Made(14)), "ENV TOKEN_FILE /run/secrets/token"),
    Rule("variable-default", "Terraform variables", (b"variable",), defaults,
         ('variable "db_tok', 'en" {\n  type    = string\n  default = "', Made(14), '"\n}'),
         'variable "token_ttl" {\n  default = "30m"\n}\nvariable "secret_name" {\n  default = "payments-tls"\n}'),
    Rule("reversed-pair", "HCL and CloudFormation blocks", (b"alue",), reversed_pairs,
         ('value = "', Made(14), '"\n  name = "db.pass', 'word"'), 'value = "4096"\n  name = "max_tokens"'),
)  # fmt: skip
