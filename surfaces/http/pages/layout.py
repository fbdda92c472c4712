"""The frame of every page: language, title, a way past the header, who is signed in."""

from __future__ import annotations

from interlock.surfaces.http.pages.html import NOTHING, Child, Html, el, together
from interlock.surfaces.http.pages.style import STYLE


def page(title: str, *body: Child, who: str | None = "", refresh: int = 0) -> str:
    """A whole page; it says who is signed in, unless `who` is None: nobody looked. With `refresh` the browser loads it again after so many seconds; never one with a form in it."""
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", http_equiv="refresh", content=str(refresh)) if refresh else None,
        el("title", f"{title} - Interlock"),
        Html(f"<style>{STYLE}</style>"),
    )
    top = el(
        "header",
        el("a", "Skip to the change", href="#main", class_="skip"),
        el("p", el("a", "Changes", href="/changes"), _signed_in(who)),
    )
    shown = el("body", top, el("main", el("h1", title), *body, id="main"))
    return "<!doctype html>\n" + (el("html", head, shown, lang="en")).markup + "\n"


def _signed_in(who: str | None) -> str:
    if who is None:
        return ""
    return f" - signed in as {who}" if who else " - not signed in"


def facts(*pairs: tuple[str, Child]) -> Html:
    """Names and values; a pair without a value is left out."""
    return el("dl", *(el("dt", name) + el("dd", value) for name, value in pairs if together([value]).markup))


def bullets(items: tuple[str, ...] | list[str]) -> Html:
    """A list; nothing for none."""
    return el("ul", *(el("li", each) for each in items)) if items else NOTHING


def section(title: str, *children: Child) -> Html:
    """A part under a heading; nothing without content."""
    inside = together(children)
    return el("h2", title) + inside if inside.markup else NOTHING


def alert(text: str, hint: str | None = None, *more: Child) -> Html:
    """Something that went wrong, said at once to who cannot see it."""
    return el("div", el("p", text), el("p", hint) if hint else None, *more, class_="alert", role="alert")
