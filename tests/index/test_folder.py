"""What is read of a folder, what is refused, and that nothing outside it is."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from interlock.core.errors import BadInput
from interlock.index import folder, formats
from interlock.index.chunks import Chunk, Corpus, Note
from interlock.index.sources import load_folder

Write = Callable[[dict[str, str | bytes]], Path]
Load = Callable[[dict[str, str | bytes]], Corpus]


def said(corpus: Corpus) -> dict[str, str]:
    return {note.path: note.message for note in corpus.notes}


def test_paths_are_relative_to_the_folder_and_text_is_the_cited_lines(
    write: Write, assert_cites: Callable[[Path, Chunk], None]
) -> None:
    root = write({"a/b.md": "# One\n\ntext\n\n## Two\nx\n", "main.tf": 'variable "a" {}\n'})
    corpus = load_folder(root, clean=str)
    assert [(c.path, c.start_line, c.end_line, c.kind) for c in corpus.chunks] == [
        ("main.tf", 1, 1, "iac"),
        ("a/b.md", 1, 3, "runbook"),
        ("a/b.md", 5, 6, "runbook"),
    ]
    for chunk in corpus.chunks:
        assert_cites(root, chunk)


def test_the_caller_may_say_what_all_files_are(write: Write) -> None:
    root = write({"a.md": "# A", "b.tf": "x = 1"})
    assert {c.kind for c in load_folder(root, "iac", clean=str).chunks} == {"iac"}


@pytest.mark.parametrize("name", ["missing", "file.md"])
def test_what_is_no_folder_is_refused_with_a_reason(write: Write, name: str) -> None:
    root = write({"file.md": "# x"})
    with pytest.raises(BadInput, match=r"knowledge folder .* (does not exist|is not a folder)"):
        load_folder(root / name, clean=str)


def test_a_file_that_is_not_utf8_is_read_with_a_note(load: Load) -> None:
    corpus = load({"latin.md": "# Stra\xdfe\nf\xfcr".encode("latin-1")})
    assert corpus.chunks[0].text == "# Stra\ufffde\nf\ufffdr"
    assert "not UTF-8 (byte 6)" in said(corpus)["latin.md"]


def test_windows_files_are_read_like_others(load: Load) -> None:
    corpus = load({"a.md": b"\xef\xbb\xbf# A\r\nx\r\n", "b.md": "# B\r\ny".encode("utf-16")})
    assert [c.text for c in corpus.chunks] == ["# A\nx", "# B\ny"]
    assert corpus.notes == ()


def test_binary_huge_and_secret_files_are_refused_by_name_of_the_reason(load: Load) -> None:
    corpus = load(
        {
            "core.md": b"\x7fELF\0\0",
            "big.md": "x\n" * (formats.MAX_FILE_BYTES // 2 + 1),
            "prod.tfstate": "{}",
            "tls.key": "x",
            "fine.md": "# Fine",
        }
    )
    assert [c.path for c in corpus.chunks] == ["fine.md"]
    assert said(corpus) == {
        "core.md": "not read: binary",
        "big.md": "not read: larger than 2 MB",
        "prod.tfstate": "not read: Terraform state holds secrets",
        "tls.key": "not read: key material by its name",
    }


def test_a_file_of_exactly_the_limit_is_read(load: Load) -> None:
    assert load({"a.txt": b"x" * formats.MAX_FILE_BYTES}).notes == ()


def test_folders_of_tools_are_skipped(load: Load) -> None:
    names = [".git/a.md", "x/node_modules/a.md", ".terraform/m/a.tf", ".github/workflows/ci.yml"]
    assert [c.path for c in load(dict.fromkeys(names, "a: 1")).chunks] == [names[-1]]


def test_symlinks_never_leave_the_folder(write: Write, tmp_path: Path) -> None:
    root = write({"in.md": "# In"})
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.md").write_text("# secret")
    (root / "file.md").symlink_to(outside / "secret.md")
    (root / "dir").symlink_to(outside)
    (root / "hop.md").symlink_to("file.md")
    (root / "gone.md").symlink_to("nowhere")
    (root / "loop.md").symlink_to("loop.md")
    corpus = load_folder(root, clean=str)
    assert [c.path for c in corpus.chunks] == ["in.md"]
    assert "leaves the folder" in said(corpus)["file.md"]
    assert "leaves the folder" in said(corpus)["hop.md"]
    assert "broken symlink" in said(corpus)["gone.md"]
    assert "loop.md" in said(corpus)


def test_a_file_swapped_for_a_symlink_after_it_was_found_is_not_followed(
    write: Write, tmp_path: Path
) -> None:
    root = write({"d/a.md": "# A"})
    (found,) = folder.walk(root, [])
    (tmp_path / "a.md").write_text("secret")
    (root / "d").rename(root / "old")
    (root / "d").symlink_to(tmp_path)
    assert isinstance(folder.read(root, found, 1000), Note)
    (root / "d").unlink()
    (root / "d").mkdir()
    (root / "d/a.md").symlink_to(tmp_path / "a.md")
    assert isinstance(folder.read(root, found, 1000), Note)
    (root / "d/a.md").unlink()
    os.mkfifo(root / "d/a.md")  # opening it would wait for a writer
    assert folder.read(root, found, 1000) == Note("d/a.md", "not read: not a regular file")


def test_a_mounted_config_map_is_read_once(write: Write) -> None:
    root = write({"..2026_11_23/page.md": "# Page"})
    (root / "..data").symlink_to("..2026_11_23")
    (root / "page.md").symlink_to("..data/page.md")
    corpus = load_folder(root, clean=str)
    assert [(c.path, c.text) for c in corpus.chunks] == [("page.md", "# Page")]
    assert corpus.notes == ()


def test_a_second_name_for_a_file_of_the_folder_is_no_second_page(write: Write) -> None:
    root = write({"a.md": "# A"})
    (root / "b.md").symlink_to("a.md")
    assert [c.path for c in load_folder(root, clean=str).chunks] == ["a.md"]


def test_a_fifo_neither_hangs_nor_stops_the_rest(write: Write) -> None:
    root = write({"z.md": "# Z"})
    os.mkfifo(root / "a.md")
    corpus = load_folder(root, clean=str)
    assert said(corpus) == {"a.md": "not read: not a regular file"}
    assert [c.path for c in corpus.chunks] == ["z.md"]


@pytest.mark.skipif(os.geteuid() == 0, reason="not run: root may read everything")
def test_an_unreadable_file_and_folder_are_notes(write: Write) -> None:
    root = write({"a.md": "# A", "d/b.md": "# B"})
    (root / "a.md").chmod(0)
    (root / "d").chmod(0)
    try:
        assert set(said(load_folder(root, clean=str))) == {"a.md", "d"}
    finally:
        (root / "d").chmod(0o700)


def test_a_name_that_is_not_utf8_can_be_shown(write: Write) -> None:
    root = write({})
    Path(os.fsdecode(os.fsencode(root) + b"/caf\xe9.md")).write_text("# C")
    (chunk,) = load_folder(root, clean=str).chunks
    assert chunk.path == "caf\ufffd.md"


def test_text_is_redacted_before_anything_is_made_of_it(write: Write) -> None:
    root = write({"a.md": "---\ntitle: hunter2\nalerts: [hunter2]\n---\n# hunter2\n## hunter2\nhunter2"})
    corpus = load_folder(root, clean=lambda text: text.replace("hunter2", "[gone]"))
    assert "hunter2" not in repr(corpus)
    assert "[gone]" in corpus.chunks[0].title


def test_a_file_whose_lines_the_redactor_did_not_keep_is_refused(write: Write) -> None:
    root = write({"a.md": "# A\nsecret\nx", "b.md": "# B"})
    corpus = load_folder(root, clean=lambda text: text.replace("secret\n", ""))
    assert [c.path for c in corpus.chunks] == ["b.md"]
    assert said(corpus) == {"a.md": "not read: redaction did not keep its lines"}


def test_a_page_with_broken_front_matter_is_still_there(load: Load) -> None:
    corpus = load({"a.md": "---\ntitle: [\n---\n# A\nwords"})
    assert "broken front matter" in said(corpus)["a.md"]
    assert [c.title for c in corpus.chunks] == ["A", "A"]
