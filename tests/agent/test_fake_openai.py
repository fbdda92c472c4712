"""The fake is as strict as the API it stands for, and speaks its types: otherwise it would prove nothing about us."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fakes.openai_server import Reply, ToolCall, checked, chunks, completion, serving
from openai.types.chat import ChatCompletion, ChatCompletionChunk

Json = dict[str, Any]
CALL = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
TOOL = {"type": "function", "function": {"name": "look", "parameters": {"type": "object", "properties": {}}}}
USER = {"role": "user", "content": "hello"}
REQUEST: Json = {"model": "test", "messages": [USER]}


def problem(request: Json) -> str:
    return checked("/v1/chat/completions", "Bearer key", json.dumps(request).encode())[0]


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        ([{"role": "robot", "content": "x"}], "role"),
        ([USER, {"role": "tool", "tool_call_id": "c1", "content": "x"}], "must be a response"),
        ([USER, {"role": "assistant", "content": None, "tool_calls": [CALL]}], "without tool messages"),
        ([USER, {"role": "assistant", "content": None, "tool_calls": [CALL]}, USER], "must be followed"),
        ([{"role": "user"}], "content"),
        ([USER, {"role": "assistant", "content": None}], "content"),
        ([USER, {"role": "assistant", "content": "x", "tool_calls": []}], "non-empty"),
        ([], "at least one"),
    ],
)
def test_a_malformed_history_is_refused(messages: list[Json], said: str) -> None:
    assert said in problem({**REQUEST, "messages": messages})


@pytest.mark.parametrize(
    ("tools", "said"),
    [
        ([TOOL, TOOL], "twice"),
        ([{"type": "function", "function": {"name": "has blank"}}], "name"),
        ([{"type": "function", "function": {"name": "x", "parameters": {"type": "nothing"}}}], "parameters"),
        ([{"type": "function", "function": {"name": "x", "parameters": {"type": "string"}}}], "object"),
        ([], "between 1"),
    ],
)
def test_malformed_tools_are_refused(tools: list[Json], said: str) -> None:
    assert said in problem({**REQUEST, "tools": tools})


def test_a_request_without_a_model_or_a_key_is_refused() -> None:
    assert "model" in problem({"messages": [USER]})
    assert "key" in checked("/v1/chat/completions", "", json.dumps(REQUEST).encode())[0]


def test_a_whole_history_with_tools_is_accepted() -> None:
    history = [USER, {"role": "assistant", "content": None, "tool_calls": [CALL]}]
    history.append({"role": "tool", "tool_call_id": "c1", "content": "seen"})
    assert problem({**REQUEST, "messages": history, "tools": [TOOL]}) == ""


@pytest.mark.parametrize("reply", [Reply("two words"), Reply(calls=(ToolCall.of("look", at="it"),))])
def test_answers_are_what_the_openai_package_expects(reply: Reply) -> None:
    whole = ChatCompletion.model_validate(completion(REQUEST, reply, 1), strict=True)
    assert whole.usage is not None
    pieces = [
        ChatCompletionChunk.model_validate(chunk, strict=True)
        for chunk in chunks({**REQUEST, "stream_options": {"include_usage": True}}, reply, 1)
    ]
    assert pieces[-1].usage == whole.usage
    assert "".join(c.delta.content or "" for p in pieces for c in p.choices) == reply.text


def test_the_openai_client_reads_a_stream_from_it() -> None:
    from openai import OpenAI

    with serving(lambda _: Reply("as it comes")) as fake, OpenAI(api_key="k", base_url=fake.url) as client:
        stream = client.chat.completions.create(
            model="test", messages=[{"role": "user", "content": "x"}], stream=True
        )
        text = "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)
    assert text == "as it comes"
    assert fake.refused == []
