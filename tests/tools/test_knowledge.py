"""Runbooks and code, cited to the line."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest
from fakes.replays import MakeCalls

from interlock.core.errors import BadInput, NotFound, NotServed
from interlock.core.evidence import Evidence, FileLocator
from interlock.core.redaction import Redactor
from interlock.tools.knowledge.library import Folder, Library

LIMPET = """---
title: Limpet queue stalls
alerts: [LimpetQueueStalled]
---
# Limpet queue stalls

## Meaning
The limpet consumer stopped taking messages.

## Fix
Restart the limpet consumer. Its password=hunter-two-22 is in the vault.
"""
TERRAFORM = """resource "aws_db_instance" "limpet" {
  allocated_storage = 20
  instance_class    = "db.t3.micro"
}
"""
MakeLibrary = Callable[..., Library]


@pytest.fixture
def library(tmp_path: Path) -> MakeLibrary:
    """A library over one folder that holds a runbook and some code."""
    folder = tmp_path / "team"
    (folder / "infra").mkdir(parents=True)
    (folder / "limpet.md").write_text(LIMPET)
    (folder / "infra" / "db.tf").write_text(TERRAFORM)

    def make(*, shipped: bool = False, cache: bool = False) -> Library:
        return Library(
            [Folder(folder)],
            clean=Redactor().clean_text,
            rules="test",
            use_shipped_runbooks=shipped,
            cache_dir=tmp_path / "cache" if cache else None,
        )

    return make


def opened(evidence: Evidence, folder: Path) -> list[str]:
    """The lines that the locators lead to, as the evidence should show them."""
    lines: list[str] = []
    for place in evidence.locators:
        assert isinstance(place, FileLocator)
        assert place.root == str(folder)
        held = (folder / place.path).read_text().split("\n")
        lines += [
            f"{place.path}:{n} {held[n - 1]}".rstrip() for n in range(place.start_line, place.end_line + 1)
        ]
    return lines


def test_a_hit_shows_the_lines_it_names(library: MakeLibrary, calls: MakeCalls, tmp_path: Path) -> None:
    evidence = calls(library()).call("runbook_search", {"query": "LimpetQueueStalled consumer stopped"})
    assert evidence.kind == "document"
    assert evidence.text.split("\n") == opened(evidence, tmp_path / "team")
    assert "limpet.md:8 The limpet consumer stopped taking messages." in evidence.text


def test_code_is_searched_apart_from_runbooks(library: MakeLibrary, calls: MakeCalls, tmp_path: Path) -> None:
    door = calls(library())
    code = door.call("iac_search", {"query": "limpet allocated_storage"})
    assert code.text.split("\n") == opened(code, tmp_path / "team")
    assert code.text.startswith('infra/db.tf:1 resource "aws_db_instance" "limpet" {')
    assert "db.tf" not in door.call("runbook_search", {"query": "limpet allocated_storage"}).text


def test_a_page_is_read_by_lines(library: MakeLibrary, calls: MakeCalls) -> None:
    evidence = calls(library()).call("runbook_read", {"path": "limpet.md", "start_line": 7, "end_line": 8})
    assert evidence.text.split("\n") == [
        "limpet.md:7 ## Meaning",
        "limpet.md:8 The limpet consumer stopped taking messages.",
    ]
    assert evidence.limits == ("3 more lines follow",)
    assert [str(place) for place in evidence.locators] == ["limpet.md:7-8"]


def test_a_secret_on_a_page_is_shown_nowhere(library: MakeLibrary, calls: MakeCalls, tmp_path: Path) -> None:
    door = calls(library(cache=True))
    found = door.call("runbook_search", {"query": "limpet consumer fix password"})
    read = door.call("runbook_read", {"path": "limpet.md"})
    assert "hunter-two-22" not in repr((found, read))
    cached = b"".join(file.read_bytes() for file in (tmp_path / "cache").rglob("*") if file.is_file())
    assert b"limpet" in cached
    assert b"hunter-two-22" not in cached


def test_a_key_on_a_page_stays_hidden_when_only_its_middle_is_read(
    library: MakeLibrary, calls: MakeCalls, tmp_path: Path
) -> None:
    body = [base64.b64encode(bytes(range(n, n + 48))).decode() for n in range(20)]
    key = ["-----BEGIN RSA " + "PRIVATE KEY-----", *body, "-----END RSA " + "PRIVATE KEY-----"]
    (tmp_path / "team" / "key.md").write_text("\n".join(["# Limpet key", *key, "after"]))
    evidence = calls(library()).call("runbook_read", {"path": "key.md", "start_line": 5, "end_line": 9})
    assert not any(line in evidence.text for line in body)
    assert [line.split()[0] for line in evidence.text.split("\n")] == [f"key.md:{n}" for n in range(5, 10)]


@pytest.mark.parametrize(
    "path", ["../secret.md", "/etc/passwd", "infra/../../secret.md", "limpet", "link.md"]
)
def test_only_pages_of_the_folders_are_read(
    library: MakeLibrary, calls: MakeCalls, tmp_path: Path, path: str
) -> None:
    (tmp_path / "secret.md").write_text("# Not yours")
    (tmp_path / "team" / "link.md").symlink_to(tmp_path / "secret.md")
    with pytest.raises(NotFound):
        calls(library()).call("runbook_read", {"path": path})


def test_a_wrong_path_is_answered_with_the_nearest(library: MakeLibrary, calls: MakeCalls) -> None:
    with pytest.raises(NotFound) as caught:
        calls(library()).call("runbook_read", {"path": "limpets.md"})
    assert caught.value.hint == "did you mean 'limpet.md'?"


def test_lines_behind_the_end_and_turned_round_are_refused(library: MakeLibrary, calls: MakeCalls) -> None:
    door = calls(library())
    with pytest.raises(BadInput, match="has 11 lines"):
        door.call("runbook_read", {"path": "limpet.md", "start_line": 100})
    with pytest.raises(BadInput, match="line 2 comes before line 5"):
        door.call("runbook_read", {"path": "limpet.md", "start_line": 5, "end_line": 2})


def test_state_files_and_keys_are_never_read(library: MakeLibrary, calls: MakeCalls, tmp_path: Path) -> None:
    (tmp_path / "team" / "prod.tfstate").write_text('{"resources": []}')
    with pytest.raises(NotFound, match="state holds secrets"):
        calls(library()).call("runbook_read", {"path": "prod.tfstate"})


def test_pages_of_ones_own_come_before_shipped_ones(library: MakeLibrary, tmp_path: Path) -> None:
    own = "---\ntitle: Pod crash looping\nalerts: [KubePodCrashLooping]\n---\n# Pod crash looping\nCall Ana first.\n"
    (tmp_path / "team" / "ours.md").write_text(own)
    with_shipped = library(shipped=True).search("KubePodCrashLooping", 5, "runbook")
    assert [with_shipped[0].path, with_shipped[0].weak] == ["ours.md", False]
    assert "pod-crash-looping.md" in [hit.path for hit in with_shipped]
    without = library().search("KubePodCrashLooping", 5, "runbook")
    assert all(hit.meta.folder == str(tmp_path / "team") for hit in without)


def test_weak_pages_are_flagged(library: MakeLibrary, calls: MakeCalls) -> None:
    query = "consumer of certificates for satellite telescopes with frozen mirrors"
    evidence = calls(library()).call("runbook_search", {"query": query})
    assert evidence.limits == ("no good page: all 1 runbook pages match weakly",)
    assert evidence.data["pieces"][0]["weak"] is True


def test_files_that_were_not_read_are_said(library: MakeLibrary, calls: MakeCalls, tmp_path: Path) -> None:
    (tmp_path / "team" / "latin.md").write_bytes(b"# Caf\xe9 limpet queue\n")
    evidence = calls(library()).call("runbook_search", {"query": "limpet"})
    assert any(limit.startswith("latin.md: not UTF-8") for limit in evidence.limits)


def test_a_folder_that_is_gone_costs_itself_and_is_said(tmp_path: Path, calls: MakeCalls) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "a.md").write_text("# Limpet\nrestart it\n")
    folders = [Folder(tmp_path / "gone"), Folder(tmp_path / "here")]
    made = calls(Library(folders, clean=Redactor().clean_text, rules="test", use_shipped_runbooks=False))
    for tool, args in (("runbook_search", {"query": "limpet"}), ("iac_owner", {"kind": "x", "name": "y"})):
        said = made.call(tool, args).limits
        assert any(limit.startswith("a source was not searched: knowledge folder") for limit in said), tool
    assert made.call("runbook_read", {"path": "a.md"}).text.startswith("a.md:1 # Limpet")


def test_an_empty_question_and_no_knowledge_are_errors(library: MakeLibrary, calls: MakeCalls) -> None:
    with pytest.raises(BadInput, match="the search query is empty"):
        calls(library()).call("runbook_search", {"query": "  "})
    with pytest.raises(NotServed, match="no knowledge is configured"):
        calls().call("iac_search", {"query": "limpet"})
