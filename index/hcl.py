"""Terraform, Terragrunt and other HCL files by top-level block, read with tree-sitter.

A file whose grammar is broken is split by brace depth instead (`code.braces`), so a forgotten brace costs one
block and not the file. The parser is loaded when the first file is read.

Threat: text made to keep the parser busy (a run of line separators costs it the square of its length).
Mechanism: such characters are blanks to it, and a large file is parsed only up to a size and with braces that
pair. Guarantee: a file costs no more than a few seconds; what is not parsed is split by brace depth.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

from interlock.index.chunks import Block, Outline
from interlock.index.code import braces
from interlock.index.spans import tidy

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

MOST, SMALL = 256 * 1024, 32 * 1024
_ODD_BLANK = re.compile(r"[^\S\x00-\x7f]")
_TITLED = frozenset({"inputs", "locals"})


def split(lines: Sequence[str]) -> Outline:
    """Top-level blocks, each with the comment lines right above it; what lies between them in pieces."""
    root = parse("\n".join(lines))
    found = braces.blocks(lines) if root is None else _blocks(lines, root)
    return Outline(tidy(lines, list(found)))


def parse(text: str) -> Node | None:
    """The root of a file's tree; None when its grammar could not be followed to the end, or it is too large."""
    if len(text) > MOST or (len(text) > SMALL and text.count("{") != text.count("}")):
        return None
    root = _parser().parse(_ODD_BLANK.sub(" ", text).encode("utf-8", "replace")).root_node
    return None if root.has_error else root


def body_of(node: Node) -> Node | None:
    """The body of a file or a block; None when it is empty."""
    return next((child for child in node.named_children if child.type == "body"), None)


def header_of(block: Node) -> tuple[str, list[str]]:
    """A block's word and its labels."""
    held = block.named_children
    labels = [text_of(child).strip('"') for child in held[1:] if child.type in ("string_lit", "identifier")]
    return text_of(held[0]), labels


def text_of(node: Node) -> str:
    """The source of a node."""
    return (node.text or b"").decode("utf-8", "replace")


@cache
def _parser() -> Parser:
    import tree_sitter
    import tree_sitter_hcl

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_hcl.language()))


def _blocks(lines: Sequence[str], root: Node) -> Iterator[Block]:
    body = body_of(root)
    loose = 1  # the first line not yet given to a block
    for node in body.named_children if body is not None else ():
        title = _title(node)
        first, end = node.start_point[0] + 1, _last(node)
        if not title or first < loose:
            continue
        start = braces.with_comments(lines, loose, first)
        if loose < start:
            yield Block(loose, start - 1)
        yield Block(start, end, title, (title,))
        loose = end + 1
    yield Block(loose, len(lines))


def _title(node: Node) -> str:
    if node.type == "block":
        kind, labels = header_of(node)
        return " ".join([kind, ".".join(labels)]).strip()
    name = text_of(node.named_children[0]) if node.type == "attribute" else ""
    return name if name in _TITLED else ""


def _last(node: Node) -> int:
    row, column = node.end_point
    return row + 1 if column or row == node.start_point[0] else row
