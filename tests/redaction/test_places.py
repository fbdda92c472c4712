"""Every place where tools print a secret: one line each, with a password, a hex key and an AWS-like key in it."""

from __future__ import annotations

import random
import string

import pytest

from interlock.core.redaction import Redactor

ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"


def values(place: str) -> list[str]:
    """Canaries for one place, the same each time, none of them a vendor's format."""
    source = random.Random(place)

    def made(alphabet: str, size: int) -> str:
        return "".join(source.choice(alphabet) for _ in range(size))

    return [
        f"{made(ALNUM, 3)}7{made(ALNUM + '!#*', 13)}x",
        f"{made(HEX, 31)}f",
        made(ALNUM + "+/", 38) + "7a",
    ]


PLACES = [
    "  DB_PASSWORD:  {s}",
    "      DB_PASSWORD:             {s}\n      OTHER: x",
    '{{"attributes": {{"db_password": "{s}", "id": "x"}}}}',
    'Traceback (most recent call last):\n  File "x.py", line 3\npsycopg2.OperationalError: connection failed: host=db user=app password={s} dbname=x',
    "Error: invalid password {s} for user app",
    "jdbc:postgresql://db:5432/x?user=app&password={s}",
    "Server=db;Database=x;User Id=app;Password={s};Encrypt=true",
    "host=db user=app password='{s}' sslmode=require",
    'password: "{s}"',
    "'password': '{s}'",
    '{{\\"password\\":\\"{s}\\"}}',
    '"config": "db:\\n  password: {s}\\n  host: x\\n"',
    "--from-literal=password={s}",
    "--password {s}",
    '["--db-password", "{s}"]',
    "- --api-token\n    - {s}",
    "mysql -h db -u root -p{s} ledger",
    "sshpass -p '{s}' ssh x",
    "curl -u svc:{s} https://x",
    "machine github.com login bot password {s}",
    "<password>{s}</password>",
    '<add key="ApiPassword" value="{s}"/>',
    "spring.datasource.password={s}",
    "SPRING_DATASOURCE_PASSWORD={s}",
    "dbPassword: {s}",
    'set_sensitive {{ name = "db.password" value = "{s}" }}',
    '    value = "{s}"\n    name  = "db.password"',
    '+ db_password = "{s}"',
    '-/+ secret = "old{s}" -> "{s}"',
    "X-Vault-Token: {s}",
    "x-api-key: {s}",
    '"X-Api-Key": ["{s}"]',
    "{{'X-Api-Key': '{s}'}}",
    "Authorization: Bearer {s}",
    "authorization=[Bearer {s}]",
    '"authorization":"Bearer {s}"',
    "Cookie: sid={s}; theme=dark",
    "https://x/cb?access_token={s}&x=1",
    "GET /x?api_key={s} HTTP/1.1",
    "redis-cli -h r -a {s} ping",
    "docker login -u x -p {s} r.io",
    "amqp://app:{s}@mq:5672/",
    "mongodb+srv://app:{s}@c0.mongodb.net/x?w=majority",
    "https://oauth2:{s}@gitlab.com/a/b.git",
    "smtp://user%40x:{s}@smtp:587",
    'time="x" level=error msg="login failed" password={s} user=app',
    'level=error password="{s}"',
    "PGPASSWORD={s} psql -h db",
    'env: [{{name: API_SECRET, value: "{s}"}}]',
    "ENV API_TOKEN {s}",
    "ARG NPM_TOKEN={s}",
    "set API_TOKEN={s}",
    '$env:API_TOKEN = "{s}"',
    "define('DB_PASSWORD', '{s}');",
    'os.environ["API_TOKEN"] = "{s}"',
    'config.set("api.secret", "{s}")',
    "password => '{s}',",
    ':password => "{s}"',
    'password := "{s}"',
    "token={s},user=x",
    "(token={s})",
    "map[password:{s} user:x]",
    "&{{Username:app Password:{s} Host:db}}",
    "DbConfig(user='app', password='{s}')",
    "DbConfig(user=app, password={s}, host=db)",
    "| DB_PASSWORD | {s} |",
    "secret_key_base: {s}",
    '   client_secret   =   "{s}"',
    "apikey: {s} # rotate",
    "password: |\n  {s}\nnext: x",
    "password: >-\n    {s}",
    "CREATE USER app WITH PASSWORD '{s}';",
    "ALTER USER app IDENTIFIED BY '{s}';",
    "requirepass {s}",
    "MYSQL_ROOT_PASSWORD:\t{s}",
    "The password is {s} now",
    "using api key {s} failed",
    'token "{s}" is invalid',
    "invalid token: {s}",
    "kubectl create secret generic x --from-literal=key={s}",
    '"SecretString": "{{\\"password\\":\\"{s}\\"}}"',
    "password:{s}",
    "user:app password:{s}",
    "AWS_SECRET_ACCESS_KEY: {s}",
    "aws_secret_access_key = {s}",
    "pw={s}",
    'passphrase="{s}"',
    '"pass":"{s}"',
    '"private_key_id": "{s}"',
    "DD_APP_KEY={s}",
    "SENTRY_AUTH_TOKEN={s}",
    "encryption_key={s}",
    '"signingKey":"{s}"',
    "ACCOUNT_KEY={s}",
    "AccountKey={s}",
    "PAYMENTS_HMAC={s}",
    "smtp_pass={s}",
    "KEYSTORE_PASS={s}",
    "javax.net.ssl.keyStorePassword={s}",
    "-Djavax.net.ssl.keyStorePassword={s} -Dx=y",
    "tls.key: {s}",
    "rediss://default:{s}@r:6380",
    "clickhouse://x:{s}@h1:9000,h2:9000/db",
    "sqlserver://sa:{s}@db:1433?database=x",
    "app:{s}@tcp(db:3306)/x",
    "app:{s}@db.internal:5432",
]


@pytest.mark.parametrize("place", PLACES)
def test_a_secret_is_hidden_in_every_place_that_prints_one(place: str) -> None:
    for value in values(place):
        text = place.format(s=value)
        cleaned = Redactor().clean_text(text)
        assert value not in cleaned
        assert value[:10] not in cleaned
        assert value[-8:] not in cleaned
        assert cleaned.count("\n") == text.count("\n")
        assert Redactor().clean_text(cleaned) == cleaned


KEPT = [
    ("psql postgres://app:{s}@db.internal:5432/ledger -c x", " -c x"),
    ("origin https://bot:{s}@github.com/a/b (fetch)", "@github.com/a/b (fetch)"),
    ("java -Ddb.password={s} -jar app.jar", " -jar app.jar"),
    ("dial app:{s}@tcp(db:3306)/ledger: refused", ": refused"),
    ("password={s} retries=3", " retries=3"),
    ("Set-Cookie: session={s}; Path=/; HttpOnly", "; Path=/; HttpOnly"),
    ("GET /cb?token={s}&page=2 HTTP/1.1", "&page=2 HTTP/1.1"),
]


@pytest.mark.parametrize(("place", "kept"), KEPT)
def test_what_stands_after_the_secret_stays_readable(place: str, kept: str) -> None:
    for value in values(place)[:2]:
        cleaned = Redactor().clean_text(place.format(s=value.replace("#", "x")))
        assert cleaned.endswith(f">{kept}")
