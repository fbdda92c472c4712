"""Sections by heading."""

from __future__ import annotations

from interlock.index import markdown

PAGE = """\
---
title: Pods restart
alerts: [PodRestarts]
last_reviewed: 2026-11-02
---
# Pods restart

Words above all sections.

## Look
```sh
# not a heading
kubectl get pods
```
### Deeper ###
text
Underlined
----------
more
"""


def outline(text: str) -> list[tuple[int, int, tuple[str, ...]]]:
    return [(b.start, b.end, b.trail) for b in markdown.split(text.split("\n")).blocks]


def test_each_section_has_its_lines_and_the_headings_above_it() -> None:
    assert outline(PAGE) == [
        (1, 5, ()),
        (6, 8, ("Pods restart",)),
        (10, 14, ("Pods restart", "Look")),
        (15, 16, ("Pods restart", "Look", "Deeper")),
        (17, 19, ("Pods restart", "Underlined")),
    ]


def test_front_matter_gives_title_alerts_and_review_date() -> None:
    read = markdown.split(PAGE.split("\n"))
    assert read.title == "Pods restart"
    assert read.meta.alerts == ("PodRestarts",)
    assert read.meta.last_reviewed == "2026-11-02"
    assert read.blocks[0].role == "front"


def test_the_first_top_heading_is_the_title_when_front_matter_names_none() -> None:
    assert markdown.split(["## a", "# The [page](http://x/y)", "text"]).title == "The page"


def test_text_above_the_first_heading_is_kept() -> None:
    assert outline("loose\n# Head\nbody") == [(1, 1, ()), (2, 3, ("Head",))]


def test_a_longer_fence_is_not_closed_by_a_shorter_one() -> None:
    text = "# A\n````\n```\n# no\n````\n# B"
    assert outline(text) == [(1, 5, ("A",)), (6, 6, ("B",))]


def test_backticks_in_a_sentence_open_no_fence() -> None:
    assert outline("```x``` is code\n# A") == [(1, 1, ()), (2, 2, ("A",))]


def test_a_rule_below_a_blank_line_or_a_list_is_no_heading() -> None:
    assert outline("# A\n\n---\n- item\n---\n| t |\n---") == [(1, 7, ("A",))]


def test_a_long_section_is_cut_into_citable_pieces_with_the_same_trail() -> None:
    blocks = outline("# A\n" + "line\n" * 300)
    assert [trail for _, _, trail in blocks] == [("A",)] * 4
    assert max(end - start for start, end, _ in blocks) < 80


def test_a_heading_without_words_stays_out_of_the_trail() -> None:
    assert outline("#\n## B\nx") == [(1, 1, ()), (2, 3, ("B",))]
