"""HTML that is made of elements, never of text: whatever is not an element is escaped, and shown as it is.

Threat: words of a requester, a cluster or a model become markup, or hide what they say. Mechanism: `Html` is a type of its
own that only this module makes; every `str` among children and attribute values passes `visible` and `escape`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from interlock.core.unseen import visible

_VOID = frozenset({"input", "link", "meta", "br", "hr"})


@dataclass(frozen=True)
class Html:
    """Markup that was made here."""

    markup: str

    def __add__(self, other: Html) -> Html:
        return Html(self.markup + other.markup)


Child = Html | str | None
Attribute = str | bool | None
NOTHING = Html("")


def el(name: str, /, *children: Child, **attributes: Attribute) -> Html:
    """An element. `class_` and `for_` lose their underscore, other underscores become dashes; False and None vanish."""
    opened = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _VOID:
        return Html(f"<{name}{opened}>")
    return Html(f"<{name}{opened}>{together(children).markup}</{name}>")


def together(children: Iterable[Child]) -> Html:
    """Children in a row."""
    return Html("".join(_child(each) for each in children))


def _child(child: Child) -> str:
    if child is None:
        return ""
    return child.markup if isinstance(child, Html) else escape(visible(child), quote=True)


def _attribute(key: str, value: Attribute) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(visible(value, lines=False), quote=True)}"'
