"""A listed and accepted tool of another server is a tool like any other: typed, redacted, sized, on record."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from interlock.core.errors import BadInput, InterlockError, UnknownName
from interlock.core.evidence import QueryLocator

if TYPE_CHECKING:
    from .conftest import Desk, MakeDesk, Rack


def test_an_answer_is_evidence_with_its_place(accepted: Desk) -> None:
    found = accepted.call(host="a")
    assert found.tool == "mcp_rack_disk_usage"
    assert "used: 71%" in found.text or '"used"' in found.text
    assert found.locators == (QueryLocator(system="mcp:rack", query='disk_usage {"host": "a"}'),)
    kinds = [record.kind for record in accepted.log.tail()]
    assert kinds[-2:] == ["tool.intent", "tool.outcome"]


def test_a_server_that_is_a_program_is_asked_the_same_way(program: Callable[..., Desk]) -> None:
    stage = program("sdk", environment={"RACK_TOKEN": "rack-token-3f9c1d7a55"})
    stage.accept()
    found = stage.call(host="a")
    assert "used: 71%" in found.text
    assert "host: a" in found.text


def test_a_program_gets_no_variable_of_ours_but_its_own(
    program: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "of-somebody-else")
    monkeypatch.setenv("KUBECONFIG", "/home/ana/.kube/config")
    stage = program("sdk", environment={"RACK_TOKEN": "rack-token-3f9c1d7a55"})
    stage.accept()
    seen = stage.call(host="a").text
    assert "RACK_TOKEN" in seen
    assert "ANTHROPIC" not in seen
    assert "KUBECONFIG" not in seen


def test_a_credential_of_ours_that_a_server_prints_is_hidden(program: Callable[..., Desk]) -> None:
    stage = program("sdk", environment={"RACK_TOKEN": "rack-token-3f9c1d7a55"})
    stage.accept()
    found = stage.call(host="a")
    assert "3f9c1d7a55" not in found.text
    assert found.redactions


def test_only_the_operators_headers_reach_the_server(accepted: Desk, rack: Rack) -> None:
    accepted.call(host="a")
    assert {seen.get("authorization") for seen in rack.headers} == {"Bearer rack-token-3f9c1d7a55"}
    assert not any("ana" in value for seen in rack.headers for value in seen.values())


def test_an_argument_called_cluster_is_the_servers_own(accepted: Desk, rack: Rack) -> None:
    accepted.call(host="a", cluster="theirs")
    assert rack.calls[-1]["cluster"] == "theirs"


@pytest.mark.parametrize(
    ("args", "says"),
    [
        ({"hst": "a"}, "unknown argument"),
        ({"host": "a", "sudo": True}, "unknown argument"),
        ({}, "host is missing"),
        ({"host": 3}, "host must be of type string"),
        ({"host": "a", "limit": True}, "limit must be of type integer"),
    ],
)
def test_arguments_that_the_definition_does_not_allow_are_not_sent(
    accepted: Desk, rack: Rack, args: dict[str, object], says: str
) -> None:
    with pytest.raises(BadInput, match=says):
        accepted.calls().call("mcp_rack_disk_usage", args)  # type: ignore[arg-type]
    assert rack.calls == []


def test_a_misspelt_argument_is_answered_with_the_nearest(accepted: Desk) -> None:
    with pytest.raises(UnknownName) as raised:
        accepted.call(hosts="a")
    assert "'host'" in str(raised.value.hint)


def test_an_error_of_the_server_is_an_error_with_its_words_redacted(accepted: Desk, rack: Rack) -> None:
    from mcp.server.mcpserver.exceptions import ToolError

    rack.answer = ToolError("login failed: postgres://root:hunter2secret@db/x")
    with pytest.raises(InterlockError, match="could not do disk_usage") as raised:
        accepted.call(host="a")
    assert "hunter2secret" not in raised.value.message


def test_nothing_is_asked_where_nothing_is_configured(desk: MakeDesk, rack: Rack) -> None:
    stage = desk(url=rack.url)
    assert not stage.servers.pinned
    assert rack.headers == []
