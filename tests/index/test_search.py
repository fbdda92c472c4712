"""Hits: pages, best first, at their best section."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from interlock.index.chunks import Chunk, Corpus
from interlock.index.search import Hit, Index

Load = Callable[[dict[str, str | bytes]], Corpus]

PAGES: dict[str, str | bytes] = {
    "KubePodCrashLooping.md": "# KubePodCrashLooping\n\nA container exits.\n\n## Fix\nread its logs\n",
    "disk.md": (
        "---\ntitle: Disk is filling\nalerts: [NodeDiskLow, Watchdog]\nservices: [billing-db]\nowner: infra\n"
        "---\n# Disk\n\n## Meaning\nThe volume has little space left.\n\n## Mitigation\nGrow the claim.\n"
    ),
    "notes.md": "# Notes\nKubePodCrashLooping KubePodCrashLooping crash crash loop loop pod\n",
    "main.tf": 'resource "aws_instance" "web" {\n  size = "big"\n}\n\nresource "aws_s3_bucket" "logs" {\n}\n',
}


@pytest.fixture
def index(load: Load) -> Index:
    return Index.build([load(PAGES)])


def found(hits: list[Hit]) -> list[tuple[str, int, int]]:
    return [(hit.path, hit.start_line, hit.end_line) for hit in hits]


def test_a_hit_points_at_the_best_section_of_its_page(index: Index) -> None:
    assert found(index.search("grow the claim", k=1)) == [("disk.md", 12, 13)]
    assert index.search("grow the claim", k=1)[0].trail == ("Disk", "Mitigation")


def test_a_page_is_one_hit_but_each_block_of_code_is_its_own(index: Index) -> None:
    assert len(index.search("disk volume space claim")) == 1
    assert [hit.title for hit in index.search("resource", kind="iac")] == [
        "resource aws_s3_bucket.logs",
        "resource aws_instance.web",
    ]


@pytest.mark.parametrize(
    "query",
    [
        "KubePodCrashLooping",
        "Kube Pod Crash Looping",
        "kube_pod_crash_looping",
        "what is KubePodCrashLooping",
    ],
)
def test_an_alert_finds_the_page_of_its_name_first(index: Index, query: str) -> None:
    hits = index.search(query)
    assert hits[0].path == "KubePodCrashLooping.md"
    assert hits[0].score > hits[1].score


def test_a_page_that_is_named_outright_beats_one_that_says_the_word_more_often(load: Load) -> None:
    index = Index.build([load({"quota.md": "# quota\nx", "z.md": "# quota quota of a\n" + "quota " * 50})])
    assert index.search("quotas")[0].path == "z.md"
    assert index.search("quota")[0].path == "quota.md"


@pytest.mark.parametrize("query", ["NodeDiskLow", "Watchdog", "watchdog"])
def test_an_alert_of_the_front_matter_finds_its_page(index: Index, query: str) -> None:
    (hit, *_) = index.search(query)
    assert hit.path == "disk.md"
    assert hit.trail == ("Disk",)  # not the front matter: a reader wants the page's own words
    assert hit.meta.alerts == ("NodeDiskLow", "Watchdog")
    assert (hit.meta.owner, hit.title) == ("infra", "Disk is filling")
    assert not hit.weak


def test_a_service_of_the_front_matter_finds_its_page(index: Index) -> None:
    assert index.search("billing-db")[0].path == "disk.md"


def test_kind_filters_and_k_limits(index: Index) -> None:
    assert {hit.kind for hit in index.search("web instance logs pod", kind="runbook")} == {"runbook"}
    assert len(index.search("pod disk web", k=2)) == 2
    assert index.search("pod", k=0) == []


@pytest.mark.parametrize("query", ["", "   ", "?!", "zzzz"])
def test_a_question_without_a_match_has_no_hits(index: Index, query: str) -> None:
    assert index.search(query) == []


def test_an_unrelated_question_has_only_weak_hits(index: Index) -> None:
    hits = index.search("which wine goes with a cheese that has little age")
    assert hits
    assert all(hit.weak for hit in hits)


def test_an_empty_index_answers(load: Load) -> None:
    assert Index.build([]).search("pod") == []
    assert Index.build([load({})]).search("pod") == []


def test_the_same_page_in_two_folders_is_one_hit_that_names_both(load: Load) -> None:
    corpus = load({"a.md": "# Alpha\nthe first letter"})
    other = Corpus("other", tuple(_moved(corpus)))
    (hit,) = Index.build([corpus, other]).search("alpha")
    assert {(hit.meta.folder, hit.path), *((c.folder, c.path) for c in hit.copies)} == {
        (corpus.folder, "a.md"),
        ("other", "a.md"),
    }


def _moved(corpus: Corpus) -> list[Chunk]:
    return [replace(chunk, meta=replace(chunk.meta, folder="other")) for chunk in corpus.chunks]


def test_a_pasted_log_is_cut_and_answered(index: Index) -> None:
    assert index.search("pod crash " * 200_000)[0].path in {"notes.md", "KubePodCrashLooping.md"}
