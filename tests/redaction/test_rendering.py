"""What is rendered in a chat or on a page links to allowed hosts only, loads nothing and calls nobody."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.core.redaction.rendering import safe_markdown

HOSTS = ("wiki.corp.example", "grafana.example")
SCRAPS = [
    "[a](", "![i](", ")", "https://", "http://", "//", "evil.example", "wiki.corp.example", "@", "@here", "<@U1>", "<!channel>", "<", ">", "|",
    "<img src=", "javascript:alert(1)", "[r]: ", "[r]", "\n", " ", "www.", "&#104;ttps://evil.example", "\\", "?q=1", "<secret:key#1>", "data:x", "](",
]  # fmt: skip
texts = st.lists(st.one_of(st.sampled_from(SCRAPS), st.text(max_size=4)), max_size=12).map("".join)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see [the page](https://wiki.corp.example/a?b=1)", "see [the page](https://wiki.corp.example/a?b=1)"),
        ("![x](https://d.grafana.example/p.png)", "![x](https://d.grafana.example/p.png)"),
        ("[step 2](runbooks/db.md#two)", "[step 2](runbooks/db.md#two)"),
        ("![x](https://evil.example/?d=1)", "![x] (https[:]//evil.example/?d=1)"),
        ("[x](javascript:alert(1))", "[x] (javascript:alert(1))"),
        ("[x](//evil.example)", "[x] (//evil.example)"),
        ("[x](&#104;ttps://evil.example)", "[x] (&#104;ttps[:]//evil.example)"),
        ("[x](https://wiki.corp.example@evil.example/)", "[x] (https[:]//wiki.corp.example@evil.example/)"),
        ("[x](https://wiki.corp.example.evil.example/)", "[x] (https[:]//wiki.corp.example.evil.example/)"),
        ("[x][r]\n\n[r]: https://evil.example", "[x][r]\n\n[r] : https[:]//evil.example"),
        ("<https://evil.example|sign in>", "<https[:]//evil.example|sign in>"),
        ("at https://evil.example now", "at https[:]//evil.example now"),
        ("www.evil.example", "www[.]evil.example"),
        ("<img src=x onerror=y> <!-- x", "&lt;img src=x onerror=y> &lt;!-- x"),
        ("<!channel> <@U02> <#C9|ops> @here @everyone", "&lt;(at)channel> &lt;(at)U02> &lt;(channel)C9|ops> (at)here (at)everyone"),
        ("<secret:key#1> <email#1> a@b r/x@sha256:1 @timestamp a < b", "<secret:key#1> <email#1> a@b r/x@sha256:1 @timestamp a < b"),
    ],
)  # fmt: skip
def test_only_what_leads_to_allowed_hosts_keeps_its_form(text: str, shown: str) -> None:
    assert safe_markdown(text, HOSTS) == shown


@settings(deadline=None, max_examples=400)
@given(texts)
def test_nothing_leads_elsewhere_and_doing_it_twice_changes_nothing(text: str) -> None:
    shown = safe_markdown(text, HOSTS)
    assert safe_markdown(shown, HOSTS) == shown
    assert shown.count("\n") == text.count("\n")
    for url in re.findall(r"[A-Za-z][\w+.-]*://([^\s/?#)>|\]]*)", shown):
        assert url.rpartition(":")[0] in HOSTS or url in HOSTS or url.endswith(tuple("." + h for h in HOSTS))
    assert not re.search(r"<[@!#]\w|(?<![\w@])@(?:here|channel|everyone)\b|<(?:img|script|a)[\s>]", shown)


@settings(deadline=None, max_examples=200)
@given(texts)
def test_without_allowed_hosts_no_url_is_left(text: str) -> None:
    assert not re.search(r"[A-Za-z]://", safe_markdown(text))
