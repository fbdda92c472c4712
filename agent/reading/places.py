"""The first pass over a question: names, namespaces, nodes, labels, images and times, by the words they stand beside."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from interlock.agent.reading import lexicon as words

_TOKEN = re.compile(r"[a-z0-9](?:[\w./:=-]*[a-z0-9_])?")
_VERSION = re.compile(r"v?\d+(?:\.\d+)+\S*")
_NAME_LIKE = re.compile(r"(?=.*[a-z])[a-z0-9.]+(?:-[a-z0-9.]+)+|[a-z]+\d+")
_ARTICLES = ("the", "a", "an", "my", "our", "this", "that")


@dataclass
class Reading:
    """The words of a question, and what has been read of them so far. `weak`: the name looks like any word."""

    tokens: list[str]
    taken: set[int] = field(default_factory=set)
    namespace: str = ""
    node: str = ""
    labels: list[str] = field(default_factory=list)
    minutes: int | None = None
    older: bool = False
    named_kind: str = ""
    name: str = ""
    weak: bool = False
    image: str = ""
    version: str = ""

    def has(self, among: frozenset[str] | set[str]) -> bool:
        """Whether one of these words stands in the question."""
        return any(token in among for token in self.tokens)

    def take(self, *places: int) -> None:
        """These are accounted for."""
        self.taken.update(places)

    def word(self, place: int) -> str:
        """The word there, '' beyond the ends."""
        return self.tokens[place] if 0 <= place < len(self.tokens) else ""

    def before(self, place: int) -> str:
        """The word before, articles apart."""
        place -= 1
        while self.word(place) in _ARTICLES:
            place -= 1
        return self.word(place)

    def open(self) -> list[tuple[int, str]]:
        """The words not yet accounted for, with their places."""
        return [(n, token) for n, token in enumerate(self.tokens) if n not in self.taken]

    def kinds(self) -> list[str]:
        """The kinds asked for: neither beside a name nor what is grouped by."""
        places = [n for n, token in self.open() if token in words.KINDS and not self._of_all(n)]
        counted = [n for n in places if self.before(n) not in words.GROUPED]
        return list(dict.fromkeys(words.KINDS[self.tokens[n]] for n in counted or places))

    def _of_all(self, place: int) -> bool:
        """`across all namespaces` names no kind."""
        wide = ("all", "any", "every")
        return words.KINDS[self.tokens[place]] == "namespaces" and self.word(place - 1) in wide and place > 2


def read(text: str) -> Reading | None:
    """The places and names in a question; None when it is no question, or a word is left that could be anything."""
    found = Reading(_TOKEN.findall(words.joined(text)))
    if not _asks(found) or _speaks_of_earlier(found):
        return None
    for step in (_labels, _window, _namespace, _named, _images, _node):
        step(found)
    return found if _candidate(found) else None


def speaks_of_change(text: str) -> bool:
    """Whether any word of a text is about changes; that it names a time is not enough."""
    return not words.ABOUT_CHANGES.isdisjoint(_TOKEN.findall(words.joined(text)))


def known(word: str) -> bool:
    """Whether a word has a meaning of its own, so that it is a name only where a name must stand."""
    return word in words.KNOWN or word.isdigit()


def _asks(found: Reading) -> bool:
    """A question, not a wish: by its first word, and without `can`, `should` or `will` further on."""
    rest = list(found.tokens)
    while rest and rest[0] in words.POLITE:
        rest.pop(0)
    first = rest[0] if rest else ""
    return (first in words.ASKING or first in words.KINDS) and not set(rest) & words.MODAL


def _speaks_of_earlier(found: Reading) -> bool:
    """`it` before anything that it could stand for."""
    first = next((n for n, token in enumerate(found.tokens) if token in words.PRONOUNS), None)
    return first is not None and all(known(t) and t not in words.KINDS for t in found.tokens[:first])


def _labels(found: Reading) -> None:
    for n, token in enumerate(found.tokens):
        if "=" in token:
            found.labels.append(token)
            found.take(n)


def _window(found: Reading) -> None:
    """`the last 30 minutes`, `2h ago`, `older than 3 days`."""
    for n, token in enumerate(found.tokens):
        glued = re.fullmatch(r"(\d+)([a-z]+)", token)
        size = words.UNITS.get(glued[2] if glued else token)
        if size is None:
            continue
        before = found.word(n - 1)
        counted = before.isdigit() and not glued
        start = n - 1 - counted
        marks = {found.word(start), found.word(n + 1)} & words.WINDOW
        if marks:
            found.minutes = (int(glued[1]) if glued else int(before) if counted else 1) * size
            found.older = found.word(start - 1) in ("older", "more", "over") if "than" in marks else False
            found.take(
                n, *([n - 1] if counted else []), *(k for k in (start, n + 1) if found.word(k) in marks)
            )


def _namespace(found: Reading) -> None:
    for n, token in found.open():
        if token.count("/") == 1 and not _is_image(token):
            found.namespace, found.name = token.split("/")
            found.take(n)
        elif token in ("namespace", "ns"):
            grouped = found.before(n) in words.GROUPED
            place = next((k for k in (n + 1, n - 1) if not grouped and _could_be(found, k)), None)
            if place is not None:
                found.namespace = found.word(place)
                found.take(n, place)
        elif token in ("in", "from", "inside", "within") and not found.namespace:
            place = n + 2 if found.word(n + 1) in _ARTICLES else n + 1
            if _could_be(found, place) and found.word(place + 1) not in words.KINDS:
                found.namespace = found.word(place)
                found.take(place)


def _could_be(found: Reading, place: int) -> bool:
    word = found.word(place)
    return bool(word) and place not in found.taken and (not known(word) or word == "default")


def _named(found: Reading) -> None:
    """`deployment X`, `X cronjob`: a name beside the word of its kind."""
    for n, token in found.open():
        if words.KINDS.get(token, "namespaces") == "namespaces" or found.name:
            continue
        after = n + 2 if found.word(n + 1) in ("named", "called") else n + 1
        for place in (after, *([n - 1] if token in words.SINGULAR else [])):
            word = found.word(place)
            free = place >= 0 and word and place not in found.taken and not known(word)
            if free and not _is_image(word) and not _VERSION.fullmatch(word):
                found.name, found.named_kind = word, words.KINDS[token]
                found.take(n, place)
                break


def _images(found: Reading) -> None:
    for n, token in found.open():
        if _VERSION.fullmatch(token):
            found.version = token
            found.take(n)
        elif _is_image(token) or _beside_image(found, n, token):
            found.image = token
            found.take(n)


def _beside_image(found: Reading, n: int, token: str) -> bool:
    """`use the redis image`, `use image redis`, `deployments run nginx`."""
    if known(token) or not found.has(words.USE | words.RUN):
        return False
    asked = found.before(n - 1) in ("what", "which")
    if "image" in (found.word(n + 1), found.word(n - 1)) and not (found.word(n - 1) == "image" and asked):
        return True
    runs = found.before(n) in words.USE | words.RUN and not _NAME_LIKE.fullmatch(token)
    return runs and bool(set(found.kinds()) & words.ROLLED_OUT) and not found.named_kind


def _is_image(token: str) -> bool:
    return bool(re.fullmatch(r"[\w.-]+(?:/[\w.-]+)*:[\w.-]+", token)) or token.count("/") > 1


def _node(found: Reading) -> None:
    """`on worker-3`, and a named node where something else is asked for."""
    if found.named_kind == "nodes" and (
        found.kinds() or ("on" in found.tokens and found.has(words.RUN | words.WHERE))
    ):
        found.node, found.name, found.named_kind = found.name, "", ""
    for n, token in enumerate(found.tokens):
        place = n + 2 if found.word(n + 1) in (*_ARTICLES, "node") else n + 1
        if token == "on" and _could_be(found, place):  # noqa: S105 - a word, no password
            found.node = found.word(place)
            found.take(place)


def _candidate(found: Reading) -> bool:
    """The one word left that can be a name; False when more are left, or one that stands where no name stands."""
    left = [n for n, token in found.open() if not known(token)]
    if not left:
        return True
    if len(left) > 1 or found.name:
        return False
    place = left[0]
    found.weak = not _NAME_LIKE.fullmatch(found.tokens[place])
    before = found.before(place)
    opens = before in ("is", "was", "has") and found.tokens[0] == before
    if found.weak and before not in words.BEFORE_A_NAME and not opens:
        return False
    found.name = found.tokens[place]
    found.take(place)
    return True
