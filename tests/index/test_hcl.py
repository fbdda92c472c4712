"""Terraform by block."""

from __future__ import annotations

import time

from interlock.index import hcl

TERRAFORM = """\
# The web servers.
resource "aws_instance" "web" {
  user_data = <<-EOF
    echo "}" {
    }}
  EOF
  tags = { name = "a}${var.x["}"]}b" } # }
  /* } */
}

variable "size" {
  default = "small" // }
}
locals { a = 1 }
terraform {
  backend "s3" {}
}
"""


def blocks(text: str) -> list[tuple[int, int, str]]:
    return [(b.start, b.end, b.title) for b in hcl.split(text.split("\n")).blocks]


def test_each_block_has_its_comment_its_lines_and_its_address() -> None:
    assert blocks(TERRAFORM) == [
        (1, 9, "resource aws_instance.web"),
        (11, 13, "variable size"),
        (14, 14, "locals"),
        (15, 17, "terraform"),
    ]


def test_a_block_that_never_closes_ends_where_the_next_begins() -> None:
    text = 'resource "a" "b" {\n  x = {\n}\n\nresource "c" "d" {\n}\n'
    assert blocks(text) == [(1, 3, "resource a.b"), (5, 6, "resource c.d")]


def test_a_block_word_inside_a_heredoc_starts_nothing() -> None:
    text = 'resource "a" "b" {\n  x = <<EOT\nresource "c" "d" {\nEOT\n}\n'
    assert blocks(text) == [(1, 5, "resource a.b")]


def test_variables_files_are_kept_whole() -> None:
    assert blocks('region = "eu"\nsizes = {\n  a = 1\n}\n') == [(1, 4, "")]


def test_a_comment_apart_from_the_block_is_a_piece_of_its_own() -> None:
    assert blocks('# licence\n\n# web\ndata "a" "b" {\n}') == [(1, 1, ""), (3, 5, "data a.b")]


def test_more_closing_than_opening_braces_do_no_harm() -> None:
    assert blocks('}}}\nvariable "a" {}\n') == [(1, 1, ""), (2, 2, "variable a")]


def test_an_escaped_quote_and_an_escaped_template_do_not_end_or_open_anything() -> None:
    assert blocks('locals {\n  a = "\\"{ $${ %%{"\n}\nvariable "b" {}') == [
        (1, 3, "locals"),
        (4, 4, "variable b"),
    ]


def test_what_would_keep_the_parser_busy_is_split_by_its_braces_instead() -> None:
    for text in ("a = <<A\n${\n" * 40_000, "\u2028" * 90_000, "x" * 300_000):
        began = time.process_time()
        hcl.split(text.split("\n"))
        assert time.process_time() - began < 5


def test_a_line_separator_inside_a_string_changes_no_line() -> None:
    assert blocks('variable "a" {\n  default = "x\u2028y"\n}\nvariable "b" {}') == [
        (1, 3, "variable a"),
        (4, 4, "variable b"),
    ]


def test_inputs_of_terragrunt_are_a_piece_of_their_own() -> None:
    assert blocks("# settings\ninputs = {\n  a = 1\n}\n\nterraform {}\n") == [
        (1, 4, "inputs"),
        (6, 6, "terraform"),
    ]
