"""HTML, AsciiDoc and PDF as pages: headings are headings, lines can be cited, and what is broken is a note."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.index.chunks import Corpus
from interlock.index.readers import asciidoc, html, pdf

Load = Callable[[dict[str, str | bytes]], Corpus]
HTML = """<html><head><title>T</title>
<script>var a = "<h1>no</h1>";</script>
<style>p { color: red }</style></head>
<body>
<h1>Queue stalled</h1>
<p>The <b>limpet</b> consumer &lt;stopped&gt;.</p>
<!-- a comment
over two lines -->
<h2 id="fix">Fix</h2>
<pre>
# kubectl get pods
</pre>
</body></html>
"""


def trails(corpus: Corpus) -> list[tuple[tuple[str, ...], int, int]]:
    return [(chunk.trail, chunk.start_line, chunk.end_line) for chunk in corpus.chunks]


def test_html_is_cited_by_the_lines_of_its_file(load: Load) -> None:
    corpus = load({"a.html": HTML})
    assert trails(corpus) == [(("Queue stalled",), 5, 6), (("Queue stalled", "Fix"), 9, 11)]
    assert "The limpet consumer <stopped>." in corpus.chunks[0].text
    assert "    # kubectl get pods" in corpus.chunks[1].text
    text = "".join(chunk.text for chunk in corpus.chunks)
    assert not any(word in text for word in ("var a", "red", "comment", "<b>"))
    assert corpus.notes == ()


def test_html_on_one_line_gets_lines_of_its_own_and_a_note(load: Load) -> None:
    corpus = load({"a.html": HTML.replace("\n", " ") + " " * html.LONG_LINE})
    assert [trail for trail, _, _ in trails(corpus)] == [("Queue stalled",), ("Queue stalled", "Fix")]
    assert "lines are those of its text" in corpus.notes[0].message


@settings(deadline=None, max_examples=200)
@given(st.lists(st.sampled_from(["<", ">", "<p>", "</p>", "<!--", "-->", "<script>", "</script>", "h", "\n", "&lt;", "<h1>", "</h1>", "#", " "]), max_size=60))  # fmt: skip
def test_any_html_keeps_its_lines(pieces: list[str]) -> None:
    raw = "".join(pieces)
    read = html.read(raw.encode())
    assert read.text is not None
    if not read.note:
        assert read.text.count("\n") == raw.count("\n")


def test_asciidoc_is_cut_at_its_headings_and_not_in_listings(load: Load) -> None:
    page = "= Queue\n:owner: team-a\n:revdate: 2026-01-02\n\nIntro\n\n== Fix\n----\n== not a heading\n----\n\n=== Deeper\nx\n\n== Else\ny\n"
    corpus = load({"a.adoc": page})
    assert trails(corpus) == [
        (("Queue",), 1, 5),
        (("Queue", "Fix"), 7, 10),
        (("Queue", "Fix", "Deeper"), 12, 13),
        (("Queue", "Else"), 15, 16),
    ]
    assert {chunk.title for chunk in corpus.chunks} == {"Queue"}
    assert (corpus.chunks[0].meta.owner, corpus.chunks[0].meta.last_reviewed) == ("team-a", "2026-01-02")


@settings(deadline=None, max_examples=200)
@given(
    st.lists(
        st.sampled_from(["= A", "== B", "----", "....", "```", "text", "", "//// ", "======="]), max_size=30
    )
)
def test_any_asciidoc_is_covered_once(lines: list[str]) -> None:
    seen = [n for block in asciidoc.split(lines).blocks for n in range(block.start, block.end + 1)]
    assert len(seen) == len(set(seen))
    assert {n for n, line in enumerate(lines, start=1) if line.strip()} <= set(seen)


def a_pdf(pages: list[str], *, password: str = "") -> bytes:
    """A PDF of one line a page, written by hand."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", ""]
    kids = []
    for text in pages:
        stream = f"BT /F1 12 Tf 50 700 Td ({text}) Tj ET"
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
        font = "<< /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents {len(objects)} 0 R /Resources {font} >>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    start = len(out)
    out += f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n{table}trailer\n<< /Size {len(places) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    return _locked(out, password) if password else out


def _locked(raw: bytes, password: str) -> bytes:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(BytesIO(raw)))
    writer.encrypt(password, algorithm="RC4-128")
    held = BytesIO()
    writer.write(held)
    return held.getvalue()


def test_a_pdf_is_cited_by_page_and_line(load: Load) -> None:
    corpus = load({"a.pdf": a_pdf(["The limpet stopped", "", "Turn it off"])})
    assert [(chunk.trail, chunk.kind) for chunk in corpus.chunks] == [
        (("Page 1",), "runbook"),
        (("Page 3",), "runbook"),
    ]
    assert "Turn it off" in corpus.chunks[1].text
    assert corpus.notes == ()


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"plain text", "not a PDF"),
        (b"%PDF-1.4\n" + b"garbage " * 50, "a broken PDF"),
        (a_pdf([""]), "holds no text"),
        (a_pdf(["secret"], password="x"), "encrypted"),
    ],
    ids=["text", "broken", "empty", "encrypted"],
)
def test_a_pdf_that_cannot_be_read_is_a_note_and_stops_nothing(load: Load, raw: bytes, why: str) -> None:
    corpus = load({"a.pdf": raw, "b.md": "# B"})
    assert [chunk.path for chunk in corpus.chunks] == ["b.md"]
    assert why in corpus.notes[0].message


def test_a_huge_pdf_is_refused_unread(load: Load) -> None:
    corpus = load({"a.pdf": b"%PDF-" + b"x" * pdf.MAX_BYTES})
    assert corpus.notes[0].message == "not read: larger than 32 MB"


def test_a_secret_in_a_pdf_or_html_is_redacted_before_it_is_cut(load: Load) -> None:
    from interlock.core.redaction import Redactor
    from interlock.index import sources

    clean = Redactor().clean_text
    for name, raw in (
        ("a.pdf", a_pdf(["password=hunter-two-22 is it"])),
        ("a.html", b"<p>password=hunter-two-22</p>"),
    ):
        chunks, _ = sources.chunked(name, raw, None, clean)
        assert chunks
        assert "hunter-two-22" not in repr(chunks)
