"""Reads any text, claim or evidence, into the same tokens: words, names, quantities, each with its sign."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from interlock.agent.citations import lexicon
from interlock.agent.citations.model import Token
from interlock.agent.citations.quantities import PATTERN, read_quantity

_PHRASES = tuple(
    (re.compile(pattern, re.IGNORECASE), instead)
    for pattern, instead in (
        (r"\bout[ -]of[ -]memory\b|\boom[- ]?kill(?:ed|s|ing)?\b|\boom\b", "OOMKilled"),
        (r"\bcrash[- ]?loop(?:ing|s|ed)?(?:[- ]?back-?off)?\b", "CrashLoopBackOff"),
        (r"\bback(?:ing|ed)?[- ]off\b", "BackOff"),
        (r"\b(?:does not|doesn't|do not|did not|not) exist\b|\bno such\b|\bnot found\b", "missing"),
        (r"\bscal(?:ed?|ing)[- ]up\b", "scaled scaleup"),
        (r"\bscal(?:ed?|ing)[- ]down\b", "scaled scaledown"),
        (r"\btim(?:ed|ing)?e?[ -]out\b|\bdeadline exceeded\b", "timeout"),
        (r"\bno longer\b|\brather than\b|\binstead of\b", "not"),
        (
            r"\bfail(?:ed|s|ing) to\b|\bunable to\b|\bcould(?: not|n't)\b|\bcan(?: not|not|'t)\b",
            "failed cannot",
        ),
        (r"\brul(?:ed|es|ing) out\b|\bexcluded\b", "ruledout"),
        (r"\bexit(?:ed with)?(?: status)?(?: code)\b|\bexit status\b|\bexitcode\b", "exit code"),
        (r"\brolled[ -]back\b|\broll[ -]back\b", "rollback"),
        (r"\b(\w+)n't\b", r"\1 not"),
        (r"(?<=\w)['’]s?\b", ""),
        (r"\bunder (?=(?:\w+[ -])?pressure)", ""),
        (r"\bfail(?:s|ed|ing)? scheduling\b|\bscheduling fail(?:s|ed|ures?)\b", "failed unschedulable"),
        (r"\bat least\b", "least"),
        (r"\bat most\b", "below"),
        (r"\bas well as\b|&", "and"),
    )
)
_ARROW = re.compile(r"\s*(?:->|=>|→|⇒)\s*")
_NAME = re.compile(r"[A-Za-z0-9_](?:[\w./:@\[\]#%*~-]*[\w\]])?")
_BREAK = re.compile(r"[,;:()|!?—–]|\.(?=\s|$)|\s-\s|\n")
_SKIP = re.compile(r"[\s`\"'“”‘’=\[\]{}<>.*_#^/-]|.", re.DOTALL)
_CAMEL = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_SCOPE = 5
# The key of a denial that denies no word the check could look up.
DANGLING = "\x00denial"


def normalise(text: str) -> str:
    """Spellings of one thing brought to one form, before anything is compared."""
    for pattern, instead in _PHRASES:
        text = pattern.sub(instead, text)
    return text


def split_words(name: str) -> list[str]:
    """The words inside a path or a camelCase name."""
    return _CAMEL.findall(name)


def is_name(text: str) -> bool:
    """Whether a word is written like an identifier rather than like prose."""
    inner = text.strip("_./:-")
    mixed = any(c.isdigit() for c in inner) and any(c.isalpha() for c in inner)
    camel = re.search(r"[a-z][A-Z]|[A-Z]{2}[a-z]", inner)
    return bool(
        mixed or camel or (inner.isupper() and len(inner) > 1) or re.search(r"[\w][-_./:@][\w]", inner)
    )


def name_key(text: str) -> str:
    """The form names are compared in: case never matters, everything else does."""
    return text.lower() if not text.isalpha() or is_name(text) else lexicon.concept(text)[0]


def _parts(text: str) -> tuple[tuple[str, int], ...]:
    out: list[tuple[str, int]] = []
    sign = 1
    words = [w for w in split_words(text) if not w.isdigit()]
    for word in words if len(words) > 1 else []:
        if word.lower() in ("not", "no"):
            sign = -1
            continue
        key, own, _ = lexicon.concept(word)
        out.append((key, own * sign))
        sign = -1 if key == "fail" else sign
    return tuple(out)


def _word(text: str) -> Token:
    if text.lower() in lexicon.PREDICATES or not is_name(text):
        key, sign, predicate = lexicon.concept(text)
        return Token("word", text, key, sign, predicate)
    low = text.lower()
    if text.isalpha() and lexicon.concept(low)[2]:
        key, sign, _ = lexicon.concept(low)
        return Token("word", text, key, sign, True)
    return Token("name", text, low, 1, text.isalpha(), None, _parts(text) if text.isalpha() else ())


def _scan(text: str) -> Iterator[Token]:
    at = 0
    while at < len(text):
        arrow = _ARROW.match(text, at)
        number = None if arrow else PATTERN.match(text, at)
        quantity = read_quantity(number) if number else None
        if arrow:
            yield Token("arrow", arrow.group(), "->")
            at = arrow.end()
        elif number and quantity:
            yield Token("quantity", quantity.text, quantity.text, quantity=quantity)
            at = number.end()
        elif stop := _BREAK.match(text, at):
            yield Token("break", stop.group(), stop.group())
            at = stop.end()
        elif name := _NAME.match(text, at):
            yield from _named(name.group())
            at = name.end()
        else:
            skip = _SKIP.match(text, at)
            at = skip.end() if skip else at + 1


def _named(text: str) -> Iterator[Token]:
    if text.isalpha() and text.lower() in lexicon.BREAKERS:
        yield Token("break", text, text.lower())
        return
    yield _word(text)


def _targets(token: Token, index: int) -> bool:
    return token.predicate or (index < 2 and token.kind == "word")


def _deny(tokens: list[Token]) -> list[Token]:
    out = list(tokens)
    for i, token in enumerate(tokens):
        if _denies(token):
            _deny_scope(out, tokens, i)
        elif token.kind == "word" and token.text.lower() == "false":
            _flip(out, _before(tokens, i)[:3])
    return out


def _denies(token: Token) -> bool:
    if token.quantity is not None:
        return token.quantity.number() == 0
    return token.kind == "word" and token.text.lower() in lexicon.NEGATORS


def _deny_scope(out: list[Token], tokens: list[Token], i: int) -> None:
    ahead = _ahead(tokens, i)
    backwards = tokens[i].text.lower() == "ruledout"
    if _flip(out, ahead, kinds=backwards):
        return
    behind = [j for j in _before(tokens, i) if tokens[j].predicate]
    if not _flip(out, _before(tokens, i) if backwards else behind[:1], kinds=backwards):
        out[i] = replace(tokens[i], key=DANGLING)


def _flip(out: list[Token], where: list[int], *, kinds: bool = False) -> bool:
    """Deny these tokens; whether any of them could be denied."""
    turned = False
    for n, j in enumerate(where):
        token = out[j]
        if token.kind in ("word", "name") and not lexicon.is_glue(token.text):
            hit = _targets(token, n) and (kinds or token.key not in lexicon.KINDS)
            out[j] = replace(token, sign=-token.sign if hit else 0)
            turned = turned or hit
    return turned


def _ahead(tokens: list[Token], i: int) -> list[int]:
    found: list[int] = []
    for j in range(i + 1, len(tokens)):
        if tokens[j].kind in ("break", "arrow") or len(found) == _SCOPE:
            break
        if not lexicon.is_glue(tokens[j].text):
            found.append(j)
    return found


def _before(tokens: list[Token], i: int) -> list[int]:
    found: list[int] = []
    for j in range(i - 1, -1, -1):
        if tokens[j].kind in ("break", "arrow") or len(found) == _SCOPE:
            break
        if not lexicon.is_glue(tokens[j].text):
            found.append(j)
    return found


def read(text: str) -> tuple[Token, ...]:
    """The tokens of a text, each with the sign the text gives it."""
    return tuple(_deny(list(_scan(normalise(text)))))
