"""Other text, and Dockerfiles."""

from __future__ import annotations

from interlock.index import formats, plain


def test_text_is_cut_at_blank_lines_near_the_limit() -> None:
    lines = ["a"] * 30 + [""] + ["b"] * 30
    assert [(b.start, b.end) for b in plain.split(lines).blocks] == [(1, 30), (32, 61)]


def test_text_without_blank_lines_is_cut_at_the_limit_with_no_overlap() -> None:
    assert [(b.start, b.end) for b in plain.split(["a"] * 100).blocks] == [(1, 40), (41, 80), (81, 100)]


def test_a_dockerfile_is_cut_by_stage_and_keeps_what_is_above_the_first() -> None:
    lines = ["ARG V=1", "FROM --platform=linux/amd64 go:1 AS build", "RUN make", "from scratch", "COPY a b"]
    blocks = plain.split_dockerfile(lines).blocks
    assert [(b.start, b.end, b.trail) for b in blocks] == [
        (1, 3, ("FROM go:1 AS build",)),
        (4, 5, ("FROM scratch",)),
    ]


def test_a_dockerfile_without_a_stage_is_plain_text() -> None:
    assert len(plain.split_dockerfile(["RUN x"]).blocks) == 1


def test_the_name_tells_kind_and_splitter() -> None:
    assert formats.for_name("a/Dockerfile.prod")[1] is plain.split_dockerfile
    assert formats.for_name("README.MD")[0] == "runbook"
    assert formats.for_name("x/main.tf")[0] == "iac"
    assert formats.for_name("deploy.sh") == ("iac", plain.split)
