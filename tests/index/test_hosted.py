"""Hosted embedding models over fakes that speak their wire formats. Signed Bedrock and google-auth: not run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.embedding_server import KEY, FakeEmbeddings, serving_embeddings

from interlock.core.errors import BadInput, Unreachable
from interlock.index import building
from interlock.index.embedding.hosted import HostedEmbedder, Service, open_hosted
from interlock.index.library import Source, Ways

WAITED: list[float] = []
PATHS = {"openai": "/v1", "azure": "", "ollama": "", "vertex": "", "bedrock": ""}


@pytest.fixture
def server() -> Iterator[FakeEmbeddings]:
    WAITED.clear()
    with serving_embeddings() as fake:
        yield fake


def hosted(
    server: FakeEmbeddings, provider: str, *, model: str = "m1", batch: int = 4, key: str = KEY
) -> HostedEmbedder:
    url = server.url + PATHS[provider]
    service = Service(provider, model, url, key, 0, "eu1", "p1", "", batch)
    return open_hosted(service, lambda text: text.replace("hunter2", "[gone]"), wait=WAITED.append)


@pytest.mark.parametrize("provider", PATHS)
def test_each_provider_gives_a_unit_vector_a_text_in_order(server: FakeEmbeddings, provider: str) -> None:
    embedder = hosted(server, provider)
    texts = [f"word{n} limpet" for n in range(9)]
    rows = embedder.embed(texts)
    assert rows.shape == (9, 8)
    assert all(abs(float((row**2).sum()) - 1) < 1e-5 for row in rows)
    assert [int((embedder.embed([text])[0] @ rows.T).argmax()) for text in texts[:3]] == [0, 1, 2]
    assert max(server.batches) == (1 if provider == "bedrock" else 4)


def test_cohere_on_bedrock_takes_a_batch(server: FakeEmbeddings) -> None:
    assert hosted(server, "bedrock", model="cohere.m1").embed(["a", "b"]).shape == (2, 8)
    assert server.batches == [2]


@pytest.mark.parametrize("provider", PATHS)
def test_a_secret_is_never_sent(server: FakeEmbeddings, provider: str) -> None:
    hosted(server, provider).embed(["my password is hunter2", ""])
    assert server.texts == ["my password is [gone]", "(empty)"]


def test_a_busy_provider_is_asked_again_when_it_says(server: FakeEmbeddings) -> None:
    server.refuse = [(429, {"Retry-After": "7"}), (503, {})]
    assert hosted(server, "openai").embed(["a"]).shape == (1, 8)
    assert WAITED[0] == 7.0
    assert len(WAITED) == 2


def test_a_wrong_key_is_not_tried_again_and_not_shown(server: FakeEmbeddings) -> None:
    with pytest.raises(Unreachable) as caught:
        hosted(server, "openai", key="wrong-key").embed(["a"])
    assert WAITED == []
    assert "wrong-key" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize(
    "answer",
    [{}, {"data": []}, {"data": [{"index": 0, "embedding": ["x"]}]}, {"data": [{"index": 0, "embedding": []}]},
     {"data": [{"index": 0, "embedding": [0.0, 0.0]}]}, {"data": [{"index": 0, "embedding": [1.0]}] * 2}],
)  # fmt: skip
def test_an_answer_that_is_no_vector_a_text_is_refused(
    server: FakeEmbeddings, answer: dict[str, object]
) -> None:
    server.answer = answer
    with pytest.raises(Unreachable):
        hosted(server, "openai").embed(["a"])


@pytest.mark.parametrize(
    "service",
    [
        Service("openai", ""),
        Service("azure", "m", key="k"),
        Service("azure", "m", url="https://x.example"),
        Service("vertex", "m", region="r"),
        Service("bedrock", "m", key="k"),
        Service("nowhere", "m"),
    ],
)
def test_what_is_missing_from_the_settings_is_said_before_anything_is_sent(service: Service) -> None:
    with pytest.raises(BadInput):
        open_hosted(service, str)


def test_plain_http_to_another_machine_is_refused() -> None:
    with pytest.raises(BadInput, match="is not https"):
        open_hosted(Service("ollama", "m", url="http://ollama.example:11434"), str).embed(["a"])


def test_a_key_does_not_show_in_a_repr() -> None:
    assert KEY not in repr(Service("openai", "m", key=KEY))


def test_a_provider_that_goes_away_midway_keeps_what_it_gave(server: FakeEmbeddings, tmp_path: Path) -> None:
    for n in range(100):
        (tmp_path / f"{n}.md").write_text(f"# p{n}\nword{n}\n")
    ways = Ways(str, "r", tmp_path / "cache", hosted(server, "openai", batch=64))
    source = Source(tmp_path, include=("*.md",))
    seen: list[int] = []

    def then_fail(stage: str, done: int, _total: int) -> None:
        if stage == "embedding" and not seen:
            seen.append(done)
            server.refuse = [(400, {})]

    with pytest.raises(Unreachable):
        building.build(source, ways, progress=then_fail)
    sent = len(server.texts)
    building.build(source, ways)
    state = building.state(source, ways)
    assert (state.chunks, state.vectors, state.problem) == (100, 100, "")
    assert len([text for text in server.texts[sent:] if text != "how long is a vector?"]) == 100 - seen[0]


def test_embedding_is_put_to_the_vote_before_anything_is_sent(server: FakeEmbeddings, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# A\n" + "word " * 400)
    ways = Ways(str, "r", tmp_path / "cache", hosted(server, "openai"))
    asked: list[tuple[int, int, float]] = []

    def no(_source: Source, estimate: building.vectors.Estimate) -> bool:
        asked.append((estimate.chunks, estimate.tokens, estimate.price(2.0)))
        return False

    assert building.build(Source(tmp_path, include=("*.md",)), ways, agree=no) is None
    ((chunks, tokens, price),) = asked
    assert chunks >= 1
    assert 450 < tokens < 600
    assert price == pytest.approx(tokens * 2e-6)
    assert server.texts == []
