"""Whatever stands in a page that was not made as markup is text, and the text is what was said."""

from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.core.unseen import visible
from interlock.surfaces.http.pages.html import Html, el

TEXTS = st.text(st.one_of(st.characters(), st.sampled_from("<>&\"'/=-! scriptonerror\u202e\x00")))


class Read(HTMLParser):
    """What a browser would make of it."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_text_stays_text_in_content_and_in_attributes(content: str, attribute: str) -> None:
    read = Read(el("p", content, title=attribute).markup)
    assert read.tags == [("p", {"title": visible(attribute, lines=False)})]
    assert read.text == visible(content)


def test_only_what_was_made_as_an_element_is_one() -> None:
    made = el(
        "p", el("b", "bold"), " & ", None, "<i>not</i>", hidden=False, required=True, for_="x", aria_label="a"
    )
    assert made == Html('<p required for="x" aria-label="a"><b>bold</b> &amp; &lt;i&gt;not&lt;/i&gt;</p>')
    assert el("input", name='a"b').markup == '<input name="a&quot;b">'
