"""Sources with readers: whoever is none finds, reads and hears nothing of their pages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from interlock.core.errors import BadInput, NotFound
from interlock.core.identity import Principal
from interlock.core.policy import Ask, LocalReadPolicy, Ruling
from interlock.core.redaction import Redactor
from interlock.index.git import Remote
from interlock.tools.knowledge.library import Folder, Library

ANA = Principal("local:ana", groups=("payments",))
BEN = Principal("local:ben")
POLICY = LocalReadPolicy()


@pytest.fixture
def library(tmp_path: Path) -> Library:
    for name in ("open", "closed"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.md").write_text(f"# The {name} limpet\nlimpet words of {name}\n")
    (tmp_path / "closed" / "latin.md").write_bytes(b"# Caf\xe9\n")
    folders = [Folder(tmp_path / "open"), Folder(tmp_path / "closed", readers=("payments",))]
    return Library(folders, clean=Redactor().clean_text, rules="t", use_shipped_runbooks=False)


def test_a_reader_finds_both(library: Library) -> None:
    hits, limits = library.seen_by(POLICY, ANA).find("limpet")
    assert {hit.path for hit in hits} == {"open.md", "closed.md"}
    assert limits == ()


def test_who_is_no_reader_neither_finds_nor_reads_nor_is_told_the_name(library: Library) -> None:
    seen = library.seen_by(POLICY, BEN)
    hits, limits = seen.find("limpet")
    assert [hit.path for hit in hits] == ["open.md"]
    assert limits == ("1 source was not searched: you may not read them all",)
    assert seen.notes == ()
    assert [folder.path.name for folder in seen.folders] == ["open"]
    with pytest.raises(NotFound) as caught:
        seen.page("closed.md")
    assert "closed.md'" not in (caught.value.hint or "")
    assert "closed" not in repr(seen.code.now().base.roots)


def test_a_view_does_not_leak_into_the_next_ones(library: Library) -> None:
    assert len(library.seen_by(POLICY, BEN).find("limpet")[0]) == 1
    assert len(library.seen_by(POLICY, ANA).find("limpet")[0]) == 2
    assert library.seen_by(POLICY, BEN) is library.seen_by(POLICY, BEN)


def test_the_policy_can_refuse_a_source_and_a_broken_policy_refuses_all(
    library: Library, tmp_path: Path
) -> None:
    class NotClosed:
        def rule(self, principal: Principal, ask: Ask) -> Ruling:
            assert (ask.kind, ask.act) == ("Source", "read")
            return Ruling(allowed=not ask.resource.endswith("closed"), rule="r")

    class Broken:
        def rule(self, principal: Principal, ask: Ask) -> Ruling:
            raise RuntimeError("no")

    assert len(library.seen_by(NotClosed(), ANA).find("limpet")[0]) == 1
    assert library.seen_by(Broken(), ANA).find("limpet")[0] == []


def test_sources_that_share_pages_and_differ_in_readers_are_refused(tmp_path: Path) -> None:
    outer, inner = Folder(tmp_path), Folder(tmp_path / "closed", readers=("payments",))
    with pytest.raises(BadInput, match="hold the same pages and have different readers"):
        Library([outer, inner], clean=str, rules="t")
    with pytest.raises(BadInput, match="different readers"):
        Library([outer, Folder(tmp_path, readers=("x",))], clean=str, rules="t")
    with pytest.raises(BadInput, match="different readers"):  # its code would still be read
        Library([Folder(tmp_path, exclude=("*.md", "closed", "closed/*.md")), inner], clean=str, rules="t")
    Library([Folder(tmp_path, exclude=("closed/",)), inner], clean=str, rules="t")


def test_neither_a_link_nor_a_second_clone_shows_the_pages_of_other_readers(tmp_path: Path) -> None:
    (tmp_path / "docs" / "closed").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "docs" / "closed")
    linked = Folder(tmp_path / "link", readers=("payments",))
    with pytest.raises(BadInput, match="different readers"):
        Library([Folder(tmp_path / "docs"), linked], clean=str, rules="t")
    whole = Folder(Path("x"), git=Remote("https://git.example.com/docs"))
    part = Folder(Path("x"), git=Remote("https://git.example.com/docs.git", "v1"), inside="closed")
    with pytest.raises(BadInput, match="different readers"):
        Library([whole, replace(part, readers=("payments",))], clean=str, rules="t")
    Library([whole, part], clean=str, rules="t")
