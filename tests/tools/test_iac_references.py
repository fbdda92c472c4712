"""iac_references: each statement names file and lines, and what is not there is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.replays import MakeCalls

from interlock.core.errors import BadInput, NotServed
from interlock.core.redaction import Redactor
from interlock.tools.knowledge.library import Folder, Library

FILES = {
    "modules/queue/README.md": "# Queue\n\nMakes one message queue for a team.\n",
    "modules/queue/main.tf": 'variable "size" {\n  default = 3\n}\n\noutput "arn" {\n  value = "x"\n}\n',
    "live/main.tf": 'module "orders" {\n  source = "../modules/queue"\n  size   = 7\n}\n',
    "rules.yaml": "groups:\n- rules:\n  - alert: QueueStuck\n    annotations:\n      runbook_url: https://r.example.com/q\n",
    "queue-stuck.md": "# QueueStuck\n\nRestart the consumer of the queue.\n",
}


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """A module, its caller, an alert and its page."""
    for name, text in FILES.items():
        file = tmp_path / "code" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    folders = [Folder(tmp_path / "code")]
    return Library(folders, clean=Redactor().clean_text, rules="test", use_shipped_runbooks=False)


@pytest.mark.parametrize(
    ("args", "lines"),
    [
        (
            {"name": "queue", "kind": "module", "wanted": "used"},
            [
                "modules/queue is called by 1 block",
                "live/main.tf:1-4 module orders uses module modules/queue: source = ../modules/queue",
            ],
        ),
        (
            {"name": "queue", "wanted": "does"},
            [
                "modules/queue/README.md:3 says of modules/queue: Makes one message queue for a team.",
                "modules/queue takes size",
                "modules/queue puts out arn",
            ],
        ),
        (
            {"name": "size", "kind": "variable", "wanted": "set"},
            [
                "live/main.tf:3 module orders sets variable size of modules/queue to 7",
                "modules/queue/main.tf:1-3 sets the default of variable size = 3",
            ],
        ),
        (
            {"name": "QueueStuck", "kind": "alert"},
            [
                "rules.yaml:3-5 alert QueueStuck names the runbook https://r.example.com/q",
                "queue-stuck.md:1 is a page about QueueStuck",
            ],
        ),
        ({"name": "nothing_like_it", "wanted": "set"}, ["no code here answers: set nothing_like_it"]),
    ],
)
def test_what_is_asked_is_stated_with_its_lines(
    calls: MakeCalls, library: Library, args: dict[str, str], lines: list[str]
) -> None:
    assert calls(library).call("iac_references", args).text.splitlines()[: len(lines)] == lines


def test_each_statement_with_a_place_has_a_locator_under_its_folder(
    calls: MakeCalls, library: Library
) -> None:
    read = calls(library).call("iac_references", {"name": "queue", "wanted": "used"})
    assert [(str(spot), spot.root) for spot in read.locators] == [
        ("live/main.tf:1-4", str(library.folders[0].path))
    ]


def test_an_empty_name_is_refused_and_no_knowledge_is_said(calls: MakeCalls, library: Library) -> None:
    with pytest.raises(BadInput):
        calls(library).call("iac_references", {"name": " "})
    with pytest.raises(NotServed):
        calls().call("iac_references", {"name": "x"})


def test_a_search_for_an_exact_name_shows_its_block_first(calls: MakeCalls, tmp_path: Path) -> None:
    (tmp_path / "a.tf").write_text('resource "aws_s3_bucket" "logs" {\n  bucket = "x"\n}\n')
    ask = "audit object permission of aws_s3_bucket.logs"
    for n in range(3):
        block = (
            f'resource "aws_s3_bucket_object_permission" "logs_audit_{n}" {{\n  on = aws_s3_bucket.logs\n}}\n'
        )
        (tmp_path / f"audit_object_permission_{n}.tf").write_text(block)
    held = Library([Folder(tmp_path)], clean=Redactor().clean_text, rules="test", use_shipped_runbooks=False)
    read = calls(held).call("iac_search", {"query": ask, "limit": 1})
    assert read.text.splitlines()[0] == 'a.tf:1 resource "aws_s3_bucket" "logs" {'
