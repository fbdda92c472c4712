"""A hosted embedding model gets the pages and the questions that the policy lets it see; words alone find the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes.embedding_server import KEY, FakeEmbeddings, serving_embeddings
from fakes.openai_server import Reply, ToolCall
from fakes.openai_server import serving as model_serving

from interlock.agent.question import Question
from interlock.agent.runtime import Runtime
from interlock.core.identity import Principal

Open = Callable[..., Runtime]
ANA = Principal("oidc:ana")
POLICIES = """
@id("read") permit(principal is Interlock::Person, action == Interlock::Action::"read", resource);
@id("models") permit(principal, action == Interlock::Action::"send", resource) when {{ context.purpose == "model" }};
@id("open-pages") permit(principal, action == Interlock::Action::"send", resource == Interlock::Provider::"openai")
when {{ context.purpose == "embedding" && (context.source == "{folder}" || context.cluster == "dev") }};
"""


@pytest.fixture
def embeddings() -> Iterator[FakeEmbeddings]:
    with serving_embeddings() as fake:
        yield fake


@pytest.fixture
def knowing(opened: Open, embeddings: FakeEmbeddings, tmp_path: Path) -> Callable[..., Runtime]:
    """Opens a runtime over two folders, `open` and `vault`, of which the embedder may have the first."""
    for name in ("open", "vault"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.md").write_text(f"# Payment{name}\n\nRestart the {name}daemon first.\n")
    embedder = {
        "provider": "openai",
        "model": "m1",
        "url": f"{embeddings.url}/v1",
        "key_variable": "EMBED_KEY",
    }
    folders = [str(tmp_path / name) for name in ("open", "vault")]
    knowledge = {"folders": folders, "embedder": embedder, "use_shipped_runbooks": False}
    assert KEY == "key-of-the-test"
    return lambda **more: opened(POLICIES.format(folder=folders[0]), knowledge=knowledge, **more)


def test_only_pages_of_permitted_sources_are_sent_and_the_others_are_still_found(
    knowing: Callable[..., Runtime], embeddings: FakeEmbeddings, tmp_path: Path
) -> None:
    runtime = knowing()
    hits = runtime.search("vaultdaemon")
    assert [hit.path for hit in hits if not hit.weak][:1] == ["vault.md"]
    said = "\n".join(embeddings.texts)
    assert "opendaemon first" in said
    assert "vaultdaemon" not in said
    _, limits = runtime.parts.knowledge.find("opendaemon")
    assert f"searched by words alone: the policy keeps {tmp_path / 'vault'} from openai" in limits


def test_building_the_index_sends_no_more(
    knowing: Callable[..., Runtime], embeddings: FakeEmbeddings
) -> None:
    from interlock.index.building import build

    library = knowing().parts.knowledge
    ways, _ = library.ways()
    done = [build(source, ways) for source in library.sources()]
    assert [one.embedded > 0 for one in done if one] == [True, False]
    assert "vaultdaemon" not in "\n".join(embeddings.texts)


@pytest.mark.parametrize(("cluster", "leaves"), [("dev", True), ("prod", False)])
def test_a_question_is_embedded_by_the_cluster_that_it_is_about(
    knowing: Callable[..., Runtime], embeddings: FakeEmbeddings, cluster: str, leaves: bool
) -> None:
    def script(request: dict[str, Any]) -> Reply:
        read = any(message["role"] == "tool" for message in request["messages"])
        search = ToolCall.of("runbook_search", query="opendaemon stuck at line 4711")
        return Reply("Done.") if read else Reply(calls=(search,))

    with model_serving(script) as fake:
        runtime = knowing(agent={"model": "openai:test", "base_url": fake.url})
        events = list(runtime.ask(Question("what about payments in shop?", ANA, cluster=cluster)))
    assert ("opendaemon stuck at line 4711" in "\n".join(embeddings.texts)) == leaves
    limits = str(events[-1])
    assert ("the policy keeps this question from openai" in limits) != leaves
