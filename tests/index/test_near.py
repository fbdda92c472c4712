"""The same page in two places is one hit; pages that only look alike stay two."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from interlock.index.chunks import Corpus
from interlock.index.search import Hit, Index

Load = Callable[[dict[str, str | bytes]], Corpus]

RUNBOOK = (
    "# {name}\n\n## Meaning\n\nThe component {name} has been down for ten minutes and its alerts are not evaluated.\n"
    "\n## Diagnosis\n\nRead the events of its pods, then the logs of the previous container, then the node.\n"
    "\n## Mitigation\n\nRoll back the last release, or restart the workload when the node was drained.\n"
)


def places(hit: Hit) -> set[str]:
    return {hit.path, *(copy.path for copy in hit.copies)}


def test_a_copy_that_was_edited_a_little_is_one_hit_with_the_original(load: Load) -> None:
    page = RUNBOOK.format(name="RulerDown")
    edited = page.replace("ten minutes", "fifteen minutes") + "\nAsk the platform team.\n"
    index = Index.build([load({"a/RulerDown.md": page, "b/RulerDown.md": edited, "c.md": "# Other\nlogs\n"})])
    first, *others = index.search("RulerDown")
    assert places(first) == {"a/RulerDown.md", "b/RulerDown.md"}
    assert all("RulerDown" not in path for hit in others for path in places(hit))


def test_two_pages_of_one_template_are_two_hits(load: Load) -> None:
    names = ("RulerDown", "QuerierDown")
    index = Index.build([load({f"{name}.md": RUNBOOK.format(name=name) for name in names})])
    assert [len(hit.copies) for hit in index.search("component down alerts not evaluated")] == [0, 0]


def test_two_pages_of_one_name_that_say_different_things_are_two_hits(load: Load) -> None:
    files: dict[str, str | bytes] = {
        "a/RulerDown.md": RUNBOOK.format(name="RulerDown"),
        "b/RulerDown.md": "# RulerDown\n\nCall the vendor with the contract number of the blue folder.\n",
    }
    assert len(Index.build([load(files)]).search("RulerDown")) == 2


def test_a_verbatim_copy_under_another_name_is_one_hit(load: Load) -> None:
    page = "# Disk\n" + " ".join(f"word{n}" for n in range(200)) + "\n"
    index = Index.build([load({"disk.md": page, "old/storage.md": page})])
    (hit,) = index.search("word7 word8")
    assert places(hit) == {"disk.md", "old/storage.md"}


def test_the_same_block_of_code_in_two_environments_is_two_hits(load: Load) -> None:
    block = 'resource "aws_instance" "web" {\n  size = "big"\n}\n'
    assert len(Index.build([load({"prod/a.tf": block, "test/a.tf": block})]).search("web instance")) == 2


def test_copies_do_not_take_the_places_of_other_pages(load: Load) -> None:
    page = RUNBOOK.format(name="RulerDown")
    files: dict[str, str | bytes] = {f"{n}/RulerDown.md": page for n in range(5)}
    index = Index.build([load(files | {"other.md": "# Other\nlogs of the previous container\n"})])
    hits = index.search("logs of the previous container", k=2)
    assert {len(places(hit)) for hit in hits} == {1, 5}


def test_a_copy_in_a_folder_that_is_not_shown_is_not_named(load: Load) -> None:
    corpus = load({"a.md": RUNBOOK.format(name="RulerDown")})
    hidden = [replace(chunk, meta=replace(chunk.meta, folder="hidden")) for chunk in corpus.chunks]
    index = Index.build([corpus, Corpus("hidden", tuple(hidden))])
    (both,) = index.find("RulerDown").hits
    assert len(both.copies) == 1
    (hit,) = index.find("RulerDown", folders={corpus.folder}).hits
    assert (hit.meta.folder, hit.copies) == (corpus.folder, ())
    assert index.find("RulerDown", folders=()).hits == ()
