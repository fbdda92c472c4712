"""The decision page in a real Chromium: signed in, read, decided by keyboard alone, its outcome seen."""

from __future__ import annotations

import time
from typing import Any

Person = Any


def approve(tab: Any, change: Any, reason: str = "I read the card") -> None:
    tab.tab_to("Your reason (goes on record)")
    tab.type(reason)
    tab.tab_to(f"Approve {change.digest[:12]}")
    tab.submit()


def until(tab: Any, url: str, words: str) -> str:
    end = time.monotonic() + 60
    while words not in tab.text():
        assert time.monotonic() < end, tab.text()
        tab.open(url)
    return str(tab.text())


def test_two_people_approve_by_keyboard_and_see_what_came_of_it(house: Any, person: Person) -> None:
    change = house.asked(annotations={"note": "two people"})
    page = f"{house.url}/changes/{change.id}"
    bo = person("bo")
    bo.open(page)
    said = bo.text()
    assert "signed in as person:bo" in said
    for words in ("Annotate an object", "deployments.apps shop/web in toy", '-> "two people"', change.digest[:12],
                  "2 people", "person:ana", "the page is wrong", "Nobody has decided yet."):  # fmt: skip
        assert words in said, words
    approve(bo, change)
    assert "1 of 2 approvals are there" in bo.text()
    assert house.kube.annotations("shop", "web")["note"] != "two people"

    cy = person("cy")
    cy.open(page)
    assert "I read the card" in cy.text()
    approve(cy, change)
    said = until(cy, page, "SUCCEEDED")
    assert "Verified" in said and "interlock request annotate" in said
    assert house.kube.annotations("shop", "web")["note"] == "two people"
    assert cy.script("document.forms.length") == 0


def test_one_deny_ends_it_by_keyboard(house: Any, person: Person) -> None:
    change = house.asked(annotations={"note": "denied"})
    bo = person("bo")
    bo.open(f"{house.url}/changes/{change.id}")
    bo.tab_to("Your reason (goes on record)")
    bo.type("not today")
    bo.tab_to(f"Deny {change.digest[:12]}")
    bo.submit()
    assert "DENIED" in bo.text() and "not today" in bo.text()


def test_who_asked_is_told_that_others_decide_and_may_take_it_back(house: Any, person: Person) -> None:
    change = house.asked(annotations={"note": "mine"})
    ana = person("ana")
    ana.open(f"{house.url}/changes/{change.id}")
    assert "others decide" in ana.text() and "Approve" not in ana.text()
    ana.tab_to("Why it is taken back (goes on record)")
    ana.type("it mended itself")
    ana.tab_to("Take the change back")
    ana.submit()
    assert "REVOKED" in ana.text() and "it mended itself" in ana.text()


def test_who_may_not_decide_is_told_the_rule_and_keeps_their_words(house: Any, person: Person) -> None:
    change = house.asked(annotations={"note": "not yours"})
    dee = person("dee")
    dee.open(f"{house.url}/changes/{change.id}")
    assert "Your approval would be refused now" in dee.text()
    approve(dee, change, "let me")
    dee.complaints.clear()  # Chromium notes every page that is not 2xx in its console
    assert "no-permit" in dee.text()
    assert dee.script("document.querySelector('[role=alert]').innerText.length > 0")
    assert dee.script("document.querySelector('textarea').value") == "let me"


def test_an_old_login_is_sent_to_sign_in_again_and_comes_back(house: Any, person: Person) -> None:
    change = house.asked(annotations={"note": "old login"})
    bo = person("bo", auth_time=int(time.time()) - 10 * 3600)
    bo.open(f"{house.url}/changes/{change.id}")
    assert "would be refused now: the login is not fresh enough" in bo.text()
    approve(bo, change)
    bo.complaints.clear()
    assert "not fresh enough" in bo.text()
    house.signs_in_as("bo")
    bo.tab_to("Sign in again")
    bo.submit()
    assert bo.script("location.pathname") == f"/changes/{change.id}"
    approve(bo, change)
    assert "1 of 2 approvals are there" in bo.text()


def test_a_form_without_a_reason_is_not_sent(house: Any, person: Person) -> None:
    change = house.asked(annotations={"note": "no reason"})
    bo = person("bo")
    bo.open(f"{house.url}/changes/{change.id}")
    loads = bo.loads
    bo.tab_to(f"Approve {change.digest[:12]}")
    bo.press("Enter")
    assert bo.focused() == "Your reason (goes on record)"
    assert bo.loads == loads


def test_the_list_leads_to_each_change(house: Any, person: Person) -> None:
    change = house.asked(annotations={"note": "listed"})
    bo = person("bo")
    bo.open(f"{house.url}/changes")
    assert "waits for a decision" in bo.text()
    bo.tab_to("Annotate an object: deployments.apps shop/web in toy")
    bo.submit()
    assert change.digest[:12] in bo.text()


READS = """(() => {
  const lum = c => { const [r, g, b] = c.map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b };
  const rgb = s => s.match(/[\\d.]+/g).map(Number);
  const ground = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor);
    if (c.length < 4 || c[3] > 0) return c.slice(0, 3) } return [255, 255, 255] };
  const seen = [...document.querySelectorAll('body *')].filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()));
  const low = seen.filter(e => { const a = lum(rgb(getComputedStyle(e).color).slice(0, 3)), b = lum(ground(e));
    return (Math.max(a, b) + .05) / (Math.min(a, b) + .05) < 4.5 }).map(e => e.tagName + ' ' + e.innerText);
  const levels = [...document.querySelectorAll('h1, h2, h3')].map(e => +e.tagName[1]);
  const fields = [...document.querySelectorAll('input:not([type=hidden]), textarea, select')];
  const buttons = [...document.querySelectorAll('button')];
  return { low, levels, lang: document.documentElement.lang, title: document.title, mains: document.querySelectorAll('main').length,
    unlabelled: fields.filter(e => !e.labels.length).length, bare: buttons.filter(e => !e.innerText.trim()).length,
    small: buttons.filter(e => e.getBoundingClientRect().height < 24).length, scripts: document.scripts.length,
    checked: seen.length, ids: [...document.querySelectorAll('[id]')].length - new Set([...document.querySelectorAll('[id]')].map(e => e.id)).size,
    heads: [...document.querySelectorAll('th')].filter(e => !e.scope).length,
    wide: document.documentElement.scrollWidth > innerWidth };
})()"""


def test_it_can_be_read_without_seeing_it_well(house: Any, person: Person) -> None:
    change = house.asked(annotations={"note": "x" * 300})
    bo = person("bo")
    for page in ("/changes", f"/changes/{change.id}"):
        bo.open(house.url + page)
        found = bo.script(READS)
        assert found["low"] == [] and found["checked"] > 5
        assert found["levels"][0] == 1 and found["levels"].count(1) == 1
        assert all(
            after - before <= 1 for before, after in zip(found["levels"], found["levels"][1:], strict=False)
        )
        assert found["lang"] == "en" and "Interlock" in found["title"] and found["mains"] == 1
        wrong = ("unlabelled", "bare", "small", "scripts", "ids", "heads", "wide")
        assert {name: found[name] for name in wrong} == {**dict.fromkeys(wrong, 0), "wide": False}
    bo.press("Tab")
    assert bo.script("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_words_of_others_are_shown_as_they_are(house: Any, person: Person) -> None:
    hostile = "<script>alert(1)</script> <img src=x onerror=alert(2)> \u202egnp.exe\u202c a\u200bb \x1b[31m [x](http://evil)"
    change = house.asked(
        reason=hostile, annotations={"note": '"><script>document.title="stolen"</script>\u2066'}
    )
    bo = person("bo")
    bo.open(f"{house.url}/changes/{change.id}")
    said = bo.text()
    assert "<script>alert(1)</script> <img src=x" in said and "[x](http://evil)" in said
    assert not {*"\u202e\u200b\x1b\u2066"} & {*said}
    assert "\\u2066" in said, "what would be written and cannot be seen is named"
    assert bo.script("document.scripts.length + document.images.length") == 0
    assert "stolen" not in bo.script("document.title")
    assert bo.script("document.querySelector('.card').innerText.includes('onerror')") is False
