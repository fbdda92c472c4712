"""Which reader, splitter and kind a file name stands for. A new format is one line here and one splitter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import PurePosixPath

from interlock.index import hcl, markdown, plain, yamldocs
from interlock.index.chunks import Kind, Outline
from interlock.index.readers import Extracted, asciidoc, html, pdf, plain_text

Splitter = Callable[[Sequence[str]], Outline]
Reader = Callable[[bytes], Extracted]

MAX_FILE_BYTES = 2 * 1024 * 1024

_BY_SUFFIX: dict[str, tuple[Kind, Splitter]] = {
    ".md": ("runbook", markdown.split),
    ".markdown": ("runbook", markdown.split),
    ".mdx": ("runbook", markdown.split),
    ".adoc": ("runbook", asciidoc.split),
    ".asciidoc": ("runbook", asciidoc.split),
    ".html": ("runbook", markdown.split),
    ".htm": ("runbook", markdown.split),
    ".pdf": ("runbook", pdf.split),
    ".rst": ("runbook", plain.split),
    ".txt": ("runbook", plain.split),
    ".tf": ("iac", hcl.split),
    ".tfvars": ("iac", hcl.split),
    ".hcl": ("iac", hcl.split),
    ".tofu": ("iac", hcl.split),
    ".yaml": ("iac", yamldocs.split),
    ".yml": ("iac", yamldocs.split),
}

# What is not text as it lies there.
_READERS: dict[str, tuple[Reader, int]] = {
    ".html": (html.read, MAX_FILE_BYTES),
    ".htm": (html.read, MAX_FILE_BYTES),
    ".pdf": (pdf.read, pdf.MAX_BYTES),
}

# State and key files hold secrets by purpose; no redactor should be the only thing between them and an index.
_REFUSED = frozenset({".pem", ".key", ".p12", ".pfx", ".jks", ".keystore", ".kubeconfig"})
_REFUSED_NAMES = (".tfstate", ".tfstate.backup")


def for_name(path: str) -> tuple[Kind, Splitter]:
    """Kind and splitter for a file."""
    name = PurePosixPath(path).name.lower()
    if name.startswith(("dockerfile", "containerfile")) or name.endswith(".dockerfile"):
        return "iac", plain.split_dockerfile
    return _BY_SUFFIX.get(PurePosixPath(name).suffix, ("iac", plain.split))


def reader(path: str) -> tuple[Reader, int]:
    """What makes text of a file, and how many bytes the file may have."""
    return _READERS.get(PurePosixPath(path).suffix.lower(), (plain_text, MAX_FILE_BYTES))


def refusal(path: str) -> str | None:
    """Why a file of this name is never read; None when it may be."""
    name = PurePosixPath(path).name.lower()
    if name.endswith(_REFUSED_NAMES):
        return "not read: Terraform state holds secrets"
    if PurePosixPath(name).suffix in _REFUSED:
        return "not read: key material by its name"
    return None
