"""Clean a parsed document: shapes and names of keys by path, every string and key as text in one go.

Strings are joined and read together, because a call per string would cost more than the reading.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping

from interlock.core.redaction.control import visible
from interlock.core.redaction.judging import hides
from interlock.core.redaction.model import Finding, JsonValue
from interlock.core.redaction.names import Says, kind_of, says
from interlock.core.redaction.structure import Path, in_value, worth_copying

Marked = Callable[[str, str], str]
Redact = Callable[[str, Collection[str]], tuple[str, list[Finding]]]
_SEPARATOR = "\n\x00\n"
_LONG_NUMBER = 10**11


def cleaned_value(value: JsonValue, marked: Marked, redact: Redact) -> tuple[JsonValue, Mapping[str, int]]:
    """The document with markers in, and how often each kind was hidden."""
    counts: Counter[str] = Counter()
    paths, copies = in_value(value)
    _by_name(value, paths, copies)
    texts = _texts(value, paths, counts)
    clean = _cleaned(texts, copies, redact, counts)
    result = _rebuilt(value, (), paths, clean, marked, counts)
    return result, {kind: n for kind, n in sorted(counts.items()) if n}


def _by_name(value: JsonValue, paths: dict[Path, str], copies: set[str]) -> None:
    """Scalars, alone or in a list, under a key that announces a secret."""
    pending: list[tuple[Path, str, JsonValue]] = [((), "", value)]
    while pending:
        path, name, item = pending.pop()
        if isinstance(item, dict):
            # A key that was hidden itself is no name any more, or cleaning twice would find what once did not.
            pending.extend(
                ((*path, k), "" if "<" in k and "#" in k else k, below) for k, below in item.items()
            )
        elif isinstance(item, list):
            pending.extend(((*path, index), name, below) for index, below in enumerate(item))
        elif isinstance(item, (str, int)) and not isinstance(item, bool) and says(name) is not Says.NO:
            text = visible(str(item)).text.removeprefix("Bearer ").removeprefix("Basic ")
            if path not in paths and "\n" not in text.strip() and hides(name, text) and not _marker(text):
                paths[path] = kind_of(name)
                if worth_copying(text, strict=True):
                    copies.add(text)


def _marker(text: str) -> bool:
    return text.startswith("<") and text.rstrip().endswith(">")


def _texts(value: JsonValue, paths: dict[Path, str], counts: Counter[str]) -> dict[str, str]:
    """Every string, key and long number once, with what hides in it dropped."""
    texts: dict[str, str] = {}
    pending: list[tuple[Path, JsonValue]] = [((), value)]
    while pending:
        path, item = pending.pop()
        if isinstance(item, dict):
            for key, below in item.items():
                _add(texts, key, counts)
                pending.append(((*path, key), below))
        elif isinstance(item, list):
            pending.extend(((*path, index), below) for index, below in enumerate(item))
        elif path not in paths and (isinstance(item, str) or _long(item)):
            _add(texts, str(item), counts)
    return texts


def _long(item: JsonValue) -> bool:
    return isinstance(item, int) and abs(item) >= _LONG_NUMBER


def _add(texts: dict[str, str], text: str, counts: Counter[str]) -> None:
    if text not in texts:
        seen = visible(text)
        texts[text] = seen.text
        counts["control"] += seen.count


def _cleaned(texts: dict[str, str], copies: set[str], redact: Redact, counts: Counter[str]) -> dict[str, str]:
    if not texts:
        return {}
    joined, found = redact(_SEPARATOR.join(texts.values()), copies)
    counts.update("card" if f.kind.startswith("card-") else f.kind for f in found)
    return dict(zip(texts, joined.split(_SEPARATOR), strict=True))


def _rebuilt(
    item: JsonValue,
    path: Path,
    paths: dict[Path, str],
    clean: dict[str, str],
    marked: Marked,
    counts: Counter[str],
) -> JsonValue:
    if isinstance(item, dict):
        return {clean[k]: _rebuilt(v, (*path, k), paths, clean, marked, counts) for k, v in item.items()}
    if isinstance(item, list):
        return [_rebuilt(v, (*path, i), paths, clean, marked, counts) for i, v in enumerate(item)]
    if path in paths and item is not None and not isinstance(item, bool) and not _empty(item):
        counts[paths[path]] += 1
        return marked(paths[path], str(item))
    text = clean.get(str(item)) if isinstance(item, str) or _long(item) else None
    return item if text is None or text == str(item) else text


def _empty(item: JsonValue) -> bool:
    return isinstance(item, str) and (not item.strip() or _marker(item))
