"""A file whose very name holds a secret is not indexed, and the note on it does not repeat the name."""

from __future__ import annotations

from pathlib import Path

from interlock.core.redaction import Redactor
from interlock.index.library import Source, open_library

TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"


def test_its_name_is_nowhere_in_the_index_and_other_pages_are_found(tmp_path: Path) -> None:
    pages, cache = tmp_path / "pages", tmp_path / "cache"
    pages.mkdir()
    (pages / f"rotate-{TOKEN}.md").write_text("# Rotating the deploy token\n\nAsk the platform team.\n")
    (pages / "certificates.md").write_text("# Certificates\n\nRenew the certificate of the gateway.\n")
    clean = Redactor().clean_text
    library = open_library([Source(pages)], clean=clean, rules="r", cache_dir=cache)
    assert [hit.path for hit in library.index.search("renew the certificate")] == ["certificates.md"]
    assert not [hit for hit in library.index.search("rotating the deploy token") if not hit.weak]
    said = [note for note in library.notes if "its name holds" in note.message]
    assert len(said) == 1 and TOKEN not in said[0].path
    held = b"".join(file.read_bytes() for file in cache.rglob("*") if file.is_file())
    assert TOKEN.encode() not in held
