"""What is asked is recognised in words nobody wrote down, and what is not ours to answer is left alone."""

from __future__ import annotations

import pytest

from interlock.agent.intent import FLOOR, all_intents, possibly, recognise

# Written apart from the examples; none of them stands in an intent's file.
ASKED = {
    "cause": (
        "why does checkout-api keep restarting?",
        "what's wrong with the payments namespace?",
        "something is off with ledger-worker, can you find out why",
        "why are requests to api-gateway failing",
        "checkout-api is broken",
        "what is the reason for the crash of pod web-0",
        "is anything wrong in prod?",
        "is the cluster healthy?",
        "why did job nightly-export fail?",
        "what is going on in namespace search",
        "debug deployment web",
        "why is my pod stuck in pending",
    ),
    "list": (
        "list deployments in kube-system",
        "show me all the services",
        "which nodes are there?",
        "what statefulsets exist in db",
        "show pods in namespace web",
    ),
    "count": (
        "how many deployments are there?",
        "how many replicas does web have running",
        "number of nodes",
    ),
    "logs": (
        "show the logs of web-0",
        "what is in the log of checkout-api?",
        "any errors in the logs of web",
    ),
    "events": ("show me events of namespace web", "were there any warning events for web-0"),
    "changes": (
        "what has changed in checkout-api lately?",
        "when was the last rollout of web",
        "show rollout history for web",
        "which deploys happened recently",
    ),
    "runbook": (
        "is there a runbook about certificate expiry?",
        "what does the runbook for disk pressure say",
        "how do we handle an expired certificate",
    ),
    "code": (
        "where is the memory limit of web defined?",
        "which terraform file creates the bucket",
        "which code is behind deployment web",
    ),
    "detail": (
        "which image is deployment web running?",
        "what is the memory request of web",
        "describe pod web-0",
        "what are the labels of node node-1",
    ),
    "monitors": ("are any alerts firing?", "which monitors are in alert state"),
    "overview": ("summarise namespace web", "overview of the cluster please"),
    "help": ("what can you do?", "help"),
    "act": (
        "restart web",
        "scale deployment web to 5",
        "delete the pod web-0",
        "roll back checkout-api please",
    ),
}
NOT_OURS = (
    "what is the weather tomorrow?",
    "tell me a joke",
    "who is the president of france",
    "write a poem about trains",
    "translate hello into german",
    "what is 17 times 23",
    "book a table for two",
    "how do i bake bread",
    "give me a recipe for soup",
    "which team won the match yesterday",
    "lorem ipsum dolor sit amet",
    "asdf qwer zxcv",
    "what is love",
    "how old is the universe",
    "can you sing",
)
QUESTIONS = [(text, name) for name, texts in ASKED.items() for text in texts]


def test_most_questions_are_recognised_and_few_wrongly() -> None:
    guesses = [(text, name, recognise(text, ("web", "payments", "search"))) for text, name in QUESTIONS]
    right = [text for text, name, guess in guesses if guess.sure and guess.intent.name == name]
    wrong = [
        (text, guess.intent.name) for text, name, guess in guesses if guess.sure and guess.intent.name != name
    ]
    assert len(right) / len(QUESTIONS) >= 0.85, (len(right), wrong)
    assert len(wrong) / len(QUESTIONS) <= 0.08, wrong


@pytest.mark.parametrize("text", NOT_OURS)
def test_what_is_not_ours_is_left_alone(text: str) -> None:
    guess = recognise(text)
    # `help` says what can be asked, which is what abstaining says too.
    assert not guess.sure or guess.intent.name == "help", guess


def test_examples_are_their_own_intent_and_no_test_question_is_among_them() -> None:
    for intent in all_intents().values():
        for example in intent.examples:
            guess = recognise(example)
            assert guess.likeness > 0.99
            assert guess.intent.name == intent.name, example
    known = {example for intent in all_intents().values() for example in intent.examples}
    assert not known & {text.rstrip("?") for text, name in QUESTIONS if name != "help"}


def test_a_strange_word_may_be_a_name_until_names_are_known() -> None:
    assert possibly("why does zebra fail?").sure
    assert not recognise("why does zebra fail?").sure
    assert recognise("why does zebra fail?", ("zebra",)).sure
    assert not possibly("zebra giraffe lion").sure


def test_names_do_not_decide() -> None:
    names = ("alpha", "runbook-web", "logs-7")
    guesses = {recognise(f"why is {name} failing?", names).intent.name for name in names}
    assert guesses == {"cause"}


def test_nothing_asked_is_nothing_recognised() -> None:
    assert recognise("").likeness < FLOOR
    assert recognise("?!").likeness < FLOOR
