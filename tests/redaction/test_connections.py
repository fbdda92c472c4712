"""A connection string goes whole; its marker says where it led, and carries nothing else."""

from __future__ import annotations

import base64
import random
import string

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interlock.core.redaction import Redactor
from interlock.core.redaction.connections import SCHEMES, address, is_plain
from interlock.core.redaction.markers import standing
from interlock.core.untrusted import Untrusted

relaxed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=200)


def made(seed: int = 1, size: int = 18) -> str:
    """A password, made at run time."""
    source = random.Random(seed)
    return "".join(source.choice(string.ascii_letters + string.digits) for _ in range(size))


PW = made()
STRINGS = [
    (f"postgres://payments:{PW}@db.internal:5432/ledger", "postgres db.internal:5432/ledger"),
    (f"postgres://payments:{PW}@db.internal:5432/ledger?sslmode=require", "postgres db.internal:5432/ledger"),
    (f"postgresql+psycopg://app:{PW}@db:5432/orders", "postgresql db:5432/orders"),
    (f"redis://:{PW}@redis.internal:6379/0", "redis redis.internal:6379/0"),
    (f"rediss://default:{PW}@cache.internal:6380", "rediss cache.internal:6380"),
    (f"amqps://svc:{PW}@mq-1.prod:5671/payments", "amqps mq-1.prod:5671/payments"),
    (f"mongodb+srv://app:{PW}@cluster0.ab1cd.mongodb.net/orders?w=majority", "mongodb cluster0.ab1cd.mongodb.net/orders"),
    (f"mongodb://app:{PW}@a:27017,b:27017,c:27017/orders?replicaSet=rs0", "mongodb a:27017,b:27017,c:27017/orders"),
    (f"mysql+aiomysql://app:{PW}@[fd00::1]:3306/ledger", "mysql [fd00::1]:3306/ledger"),
    (f"jdbc:postgresql://db.internal:5432/ledger?user=app&password={PW}&ssl=true", "postgresql db.internal:5432/ledger"),
    (f"jdbc:mysql://app:{PW}@db.internal:3306/ledger", "mysql db.internal:3306/ledger"),
    (f"jdbc:sqlserver://db.internal:1433;databaseName=ledger;user=sa;password={PW}", "sqlserver db.internal:1433"),
    (f"jdbc:oracle:thin:app/{PW}@db.internal:1521/orcl", "oracle db.internal:1521/orcl"),
    (f"app:{PW}@tcp(db.internal:3306)/ledger?parseTime=true", "mysql db.internal:3306/ledger"),
    (f"Server=tcp:db.internal,1433;Initial Catalog=ledger;User ID=sa;Password={PW};Encrypt=True", "sqlserver db.internal:1433/ledger"),
    (f"Driver={{PostgreSQL Unicode}};Server=db.internal;Port=5432;Database=ledger;Uid=app;Pwd={PW}", "postgres db.internal:5432/ledger"),
    (f"host=db.internal port=5432 dbname=ledger user=app password={PW} sslmode=require", "postgres db.internal:5432/ledger"),
    (f"DefaultEndpointsProtocol=https;AccountName=payments;AccountKey={made(2, 86)}==;EndpointSuffix=core.windows.net", "azure payments"),
    (f"Endpoint=sb://bus.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey={made(3, 43)}=", "servicebus bus.servicebus.windows.net"),
]  # fmt: skip
PLACES = [
    "{}",
    "DATABASE_URL={}",
    '{{"url":"{}"}}',
    "  url: '{}'",
    "ERROR dial {} failed",
    '  ~ url = "{}" -> (known after apply)',
]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("text", "shown"), STRINGS, ids=[shown for _, shown in STRINGS])
def test_a_connection_string_goes_whole_and_says_where_it_led(text: str, shown: str, place: str) -> None:
    redactor = Redactor()
    cleaned = redactor.clean(Untrusted(place.format(text)))
    marker = f"<secret:connection-string#1 {shown}>"
    assert cleaned.text == place.format(marker)
    at = place.format(text).index(text)
    assert [(s.start, s.end, s.kind) for s in cleaned.spans] == [(at, at + len(text), "connection-string")]
    assert redactor.clean_text(cleaned.text) == cleaned.text == Redactor().clean_text(cleaned.text)


def test_its_password_is_hidden_wherever_else_it_stands() -> None:
    once = base64.b64encode(PW.encode()).decode()
    text = f"url: postgres://app:{PW}@db:5432/x\nFATAL: {PW} rejected for app, again {once}"
    cleaned = Redactor().clean_text(text)
    assert PW not in cleaned
    assert once not in cleaned
    assert "postgres db:5432/x" in cleaned


@pytest.mark.parametrize(
    "text",
    [
        "postgres://app@db.internal:5432/ledger", "postgres://app:${DB_PASSWORD}@db/ledger", "redis://redis.internal:6379/0",
        "jdbc:postgresql://db:5432/ledger?user=app", "Server=tcp:db,1433;Initial Catalog=x;Integrated Security=true",
        "host=db port=5432 user=app state=active", "postgres://app:***@db/ledger", "amqp://mq.prod:5672/payments",
    ],
)  # fmt: skip
def test_an_address_without_a_password_stays_as_it_is(text: str) -> None:
    assert Redactor().clean_text(text) == text


def test_an_address_that_holds_a_secret_is_not_shown() -> None:
    key = "AKI" + "A" + "Q7ZK29XWLM48TR33"
    for text in (
        f"postgres://app:{PW}@{PW}/ledger", f"postgres://app:{PW}@db/{PW}", f"postgres://app:{PW}@db/{key}",
        f"postgres://app:{PW}@db/x\npostgres://app:other-{PW[:4]}-9@db/{PW}", f"postgres://app:{PW}@db/4111111111111111",
    ):  # fmt: skip
        cleaned = Redactor().clean_text(text)
        assert PW.lower() not in cleaned.lower()
        assert key not in cleaned
        assert "4111111111111111" not in cleaned
        assert Redactor().clean_text(cleaned) == cleaned
    own = Redactor(own_secrets=["ledger-of-ours"])
    assert own.clean_text(f"postgres://a:{PW}@db/ledger-of-ours") == "<secret:own#1>"


SMUGGLED = [
    "<secret:connection-string#1 postgres {}>", "<secret:connection-string#1 {}>", "<secret:connection-string#1 postgres db:5432/{}>",
    "<secret:connection-string#1 postgres db:{}/x>", "<secret:{}>", "<secret:password#1 {}>", "<card:{}>", "<secret:password {}#1>",
    "<secret:connection-string#1 postgres db:5432/x {}>", "<secret:connection-string {} db:5432/x>",
]  # fmt: skip


@pytest.mark.parametrize("form", SMUGGLED)
@pytest.mark.parametrize("name", ["", "password=", "token: "])
def test_text_that_imitates_a_marker_carries_no_secret_through(form: str, name: str) -> None:
    for value in (PW, "gh" + "p_" + made(4, 36), "AKI" + "A" + "Q7ZK29XWLM48TR33", "4111111111111111"):
        cleaned = Redactor().clean_text(name + form.format(value))
        assert value not in cleaned
        assert Redactor().clean_text(cleaned) == cleaned


def test_an_honest_marker_from_elsewhere_stays() -> None:
    for text in (
        "<secret:connection-string#7 redis cache:6379/0>",
        "<secret:aws-key#2>",
        "<secret:base64#1>",
        "<email#1>",
    ):
        assert Redactor().clean_text(f"password={text} ok") == f"password={text} ok"


@relaxed
@given(st.sampled_from(sorted(SCHEMES)), st.text("abzAZ09._-:,/[]<>#' \n", max_size=60))
def test_what_stands_in_a_marker_is_always_read_back_as_one(scheme: str, where: str) -> None:
    shown = address(scheme, where)
    assert is_plain(shown)
    marker = f"<secret:connection-string#1 {shown}>"
    spans, imitations = standing(marker.encode())
    assert (spans, imitations) == ([(0, len(marker))], [])


hosts = st.text("abcxyzABC019.-_", min_size=1, max_size=24)


@relaxed
@given(st.sampled_from(sorted(SCHEMES)), hosts, st.integers(1, 65535), hosts, st.integers(0, 10**6))
def test_no_connection_string_keeps_its_password_or_user(
    scheme: str, host: str, port: int, path: str, seed: int
) -> None:
    password, user = made(seed), "user-" + made(seed + 1, 6)
    text = f"{scheme}://{user}:{password}@{host}:{port}/{path}"
    redactor = Redactor()
    cleaned = redactor.clean_text(f"a {text} b")
    assert password not in cleaned
    assert user not in cleaned
    assert redactor.clean_text(cleaned) == cleaned
