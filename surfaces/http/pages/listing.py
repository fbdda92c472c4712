"""The page of all changes, and the page that says why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from interlock.approvals.changes import Change
from interlock.surfaces.http.pages.change import STATES, shown_time
from interlock.surfaces.http.pages.html import Child, Html, el
from interlock.surfaces.http.pages.layout import alert, page, section

NONE_OPEN = "No change waits for a decision."
NONE_YET = "Nothing was changed yet."


def listing_page(changes: Sequence[Change], *, who: str, halted: str | None) -> str:
    """Those that wait first, then what became of the others."""
    waiting = [each for each in changes if each.open or each.state in ("CLAIMED", "OUTCOME_UNKNOWN")]
    ended = [each for each in changes if each not in waiting]
    return page(
        "Changes",
        alert(f"Changes are halted: {halted}", "`interlock resume` lets them go on") if halted else None,
        section("Open", _table("Open changes", waiting) if waiting else el("p", NONE_OPEN)),
        section("Ended", _table("Ended changes", ended) if ended else el("p", NONE_YET)),
        who=who,
    )


def problem_page(message: str, hint: str | None, *more: Child, who: str | None = None) -> str:
    """What went wrong, instead of a page."""
    return page("This did not work", alert(message, hint), *more, who=who)


def _table(caption: str, changes: Sequence[Change]) -> Html:
    heads = ("Change", "State", "Asked by", "Requested")
    head = el("thead", el("tr", *(el("th", each, scope="col") for each in heads)))
    return el("table", el("caption", caption, class_="skip"), head, el("tbody", *map(_row, changes)))


def _row(change: Change) -> Html:
    name = f"{change.card.title if change.card else change.action}: {change.target}"
    return el(
        "tr",
        el("td", el("a", name, href=f"/changes/{quote(change.id)}")),
        el("td", STATES[change.state]),
        el("td", ", ".join(change.requesters)),
        el("td", shown_time(change.requested_at)),
    )
