"""Secrets and look-alikes in kinds and places that the redactor's own examples and the labelled corpus do not hold.

Seeded; every value is random. A row says what has to go and where it stands; a row without a secret has to stay.
"""

from __future__ import annotations

import base64
import json
import random
import string
from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import quote

ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"


class Row(NamedTuple):
    """A text, the stretch that has to go (empty for a look-alike), and what it is."""

    text: str
    secret: str
    kind: str
    place: str


class Maker:
    """Makes random values from one seed."""

    def __init__(self, seed: int) -> None:
        self._source = random.Random(seed)

    def some(self, alphabet: str, length: int) -> str:
        """So many characters of an alphabet."""
        return "".join(self._source.choices(alphabet, k=length))

    def number(self, low: int, high: int) -> int:
        """A whole number."""
        return self._source.randint(low, high)


Make = Callable[[Maker], str]
KINDS: tuple[tuple[str, str, Make], ...] = (
    ("azure-storage-key", "azure_storage_account_key", lambda m: m.some(ALNUM + "+/", 86) + "=="),
    ("entra-client-secret", "azure_client_secret", lambda m: m.some(ALNUM, 3) + "8Q~" + m.some(ALNUM + "_.-", 33) + "x"),
    ("twilio-auth-token", "twilio_auth_token", lambda m: m.some(HEX, 32)),
    ("twilio-api-key-secret", "twilio_api_secret", lambda m: m.some(ALNUM, 32)),
    ("npm-token", "npm_token", lambda m: "np" + "m_" + m.some(ALNUM, 36)),
    ("vault-token", "vault_token", lambda m: "hv" + "s." + m.some(ALNUM + "_-", 90) + "x"),
    ("gitlab-pat", "gitlab_token", lambda m: "gl" + "pat-" + m.some(ALNUM, 20)),
    ("huggingface-token", "hf_token", lambda m: "h" + "f_" + m.some(string.ascii_letters, 34)),
    ("anthropic-key", "anthropic_api_key", lambda m: "sk-" + "ant-api03-" + m.some(ALNUM + "_-", 93) + "AA"),
    ("databricks-pat", "databricks_token", lambda m: "da" + "pi" + m.some(HEX, 32)),
    ("digitalocean-pat", "do_token", lambda m: "dop" + "_v1_" + m.some(HEX, 64)),
    ("hex-api-key", "newrelic_license_key", lambda m: m.some(HEX, 40)),
    ("password-symbols", "smtp_password", lambda m: "A" + m.some(ALNUM + "!#%*+", 14) + "7z"),
    ("password-plain", "ldap_bind_password", lambda m: m.some(string.ascii_lowercase, 9) + str(m.number(10, 99))),
    ("hmac-base64", "webhook_signing_secret", lambda m: base64.b64encode(m.some(ALNUM, 32).encode()).decode()),
    ("mongodb-srv", "mongo_uri", lambda m: f"mongodb+srv://app:{m.some(ALNUM, 16)}@c0.ab1cd.mongodb.net/orders"),
    ("amqp-url", "broker_url", lambda m: f"amqps://svc:{m.some(ALNUM, 16)}@mq.internal:5671/payments"),
    ("sqlalchemy-url", "sqlalchemy_url", lambda m: f"postgresql+psycopg://app:{m.some(ALNUM, 16)}@db.internal:5432/ledger"),
)  # fmt: skip


def _json_in_json(name: str, value: str) -> str:
    inner = json.dumps({"spec": {name: value, "replicas": 3}})
    return json.dumps({"metadata": {"annotations": {"acme.io/config": inner}}, "kind": "Rollout"})


def _plan(name: str, value: str) -> str:
    change = {
        "actions": ["update"],
        "after": {"name": "payments", "value": value},
        "after_sensitive": {"value": True},
    }
    return json.dumps({"format_version": "1.2", "resource_changes": [{"address": f"vault_x.{name}", "change": change}],
                       "planned_values": {"outputs": {"copy": {"sensitive": True, "value": value}}}}, indent=1)  # fmt: skip


def _state(name: str, value: str) -> str:
    instance = {
        "attributes": {"id": "x-1", "result": value},
        "sensitive_attributes": [[{"type": "get_attr", "value": "result"}]],
    }
    return json.dumps(
        {"version": 4, "lineage": name, "resources": [{"type": "random_password", "instances": [instance]}]}
    )


PLACES: tuple[tuple[str, Callable[[str, str], str]], ...] = (
    ("terraform-plan-json", _plan),
    ("terraform-state-json", _state),
    ("json-in-json", _json_in_json),
    ("helm-values", lambda n, v: f"payments:\n  image:\n    tag: 1.4.2\n  config:\n    {_camel(n)}: {v}\n    replicas: 2\n"),
    ("yaml-block-scalar", lambda n, v: f"env:\n  {n}: |\n    {v}\nother: 1\n"),
    ("configmap-properties", lambda n, v: f"data:\n  app.properties: |\n    spring.{n.replace('_', '.')}={v}\n    server.port=8080\n"),
    ("describe-env", lambda n, v: f"    Environment:\n      LOG_LEVEL:   info\n      {n.upper()}:  {v}\n    Mounts:\n"),
    ("docker-inspect", lambda n, v: json.dumps({"Config": {"Env": ["PATH=/usr/bin", f"{n.upper()}={v}"]}})),
    ("java-stack-trace", lambda n, v: f"java.lang.IllegalStateException: cannot open pool [{_camel(n)}={v}, size=10]\n\tat com.acme.Pool.open(Pool.java:41)"),
    ("go-struct", lambda n, v: f"2026/11/22 10:11:12 config: {{Host:db Port:5432 {_camel(n, True)}:{v} Timeout:30s}}"),
    ("go-struct-quoted", lambda n, v: f'panic: bad config &main.Config{{Host:"db", {_camel(n, True)}:"{v}", Retries:3}}'),
    ("python-repr", lambda n, v: f"KeyError: 'x' in {{'host': 'db', '{n}': '{v}', 'port': 5432}}"),
    ("python-dataclass", lambda n, v: f"ValueError: invalid Settings(host='db', {n}='{v}', port=5432)"),
    ("http-header", lambda n, v: f"> POST /v1/messages HTTP/1.1\n> Host: api.internal\n> X-{n.replace('_', '-').title()}: {v}\n> Accept: */*\n"),
    ("http-form", lambda n, v: f"POST /oauth/token HTTP/1.1\nContent-Length: 90\n\ngrant_type=client_credentials&{n}={quote(v, safe='')}&scope=read"),
    ("env-file-base64", lambda n, v: "userData: " + base64.b64encode(f"LOG_LEVEL=info\n{n.upper()}={v}\nPORT=1\n".encode()).decode()),
    ("systemd-unit", lambda n, v: f'[Service]\nEnvironment="{n.upper()}={v}" "MODE=prod"\nExecStart=/usr/bin/app\n'),
    ("process-list", lambda n, v: f"root  4121  0.0  0.1 java -Xmx2g --{n.replace('_', '-')}={v} -jar app.jar"),
    ("logfmt", lambda n, v: f'level=debug msg="loaded settings" {n}="{v}" took=3ms'),
    ("hcl", lambda n, v: f'resource "x" "y" {{\n  name = "payments"\n  {n}  = "{v}"\n}}'),
    ("toml", lambda n, v: f'[auth]\n{n} = "{v}"\nretries = 3\n'),
    ("xml", lambda n, v: f'<add key="{_camel(n)}" value="{v}" />'),
    ("ruby-hash", lambda n, v: f'DEBUG -- : options {{:host=>"db", :{n}=>"{v}", :port=>1}}'),
    ("nested-escape", lambda n, v: json.dumps({"log": json.dumps({"msg": json.dumps({n: v})})})),
    ("github-actions", lambda n, v: f"2026-11-22T10:11:12.0Z env:\n2026-11-22T10:11:12.0Z   {n.upper()}: {v}\n"),
    ("psql-table", lambda n, v: f" name | value\n------+------\n {n} | {v}\n(1 row)"),
)  # fmt: skip


def _camel(name: str, upper: bool = False) -> str:
    first, *rest = name.split("_")
    return (first.title() if upper else first) + "".join(part.title() for part in rest)


def _shown(value: str, text: str) -> str:
    """The value as it is written in the text."""
    forms = (value, quote(value, safe=""), json.dumps(value)[1:-1])
    return next((form for form in forms if form in text), "")


def positives(seed: int) -> Iterator[Row]:
    """Every kind in every place, and documents that are secret by their own structure."""
    maker = Maker(seed)
    for kind, name, make in KINDS:
        for place, put in PLACES:
            value = make(maker)
            text = put(name, value)
            yield Row(
                text, _encoded(text) if place == "env-file-base64" else _shown(value, text), kind, place
            )
    yield from _documents(maker)


def _encoded(text: str) -> str:
    return text.partition(": ")[2]


def _documents(m: Maker) -> Iterator[Row]:
    for _ in range(4):
        token, auth = m.some(ALNUM, 24), base64.b64encode(f"robot:{m.some(ALNUM, 20)}".encode()).decode()
        key = m.some(ALNUM + "+/", 60)
        pem = (
            "-----BEGIN " + f"PRIVATE KEY-----\n{key}\n{m.some(ALNUM, 60)}\n-----END " + "PRIVATE KEY-----\n"
        )
        account = {
            "type": "service_account",
            "project_id": "pay",
            "private_key_id": m.some(HEX, 40),
            "private_key": pem,
        }
        yield Row(json.dumps(account), key, "gcp-service-account", "json")
        yield Row(
            json.dumps(account, indent=2), account["private_key_id"], "gcp-service-account", "json-indented"
        )
        yield Row(json.dumps({"auths": {"r.io": {"auth": auth}}}), auth, "docker-auth", "config.json")
        yield Row(f"auths:\n  r.io:\n    auth: {auth}\n", auth, "docker-auth", "yaml")
        inner = base64.b64encode(json.dumps({"auths": {"r.io": {"auth": auth}}}).encode()).decode()
        yield Row(
            f'{{"kind":"Secret","data":{{".dockerconfigjson":"{inner}"}}}}', inner, "docker-auth", "secret"
        )
        user = f"users:\n- name: admin\n  user:\n    token: {token}\n"
        yield Row(f"apiVersion: v1\nkind: Config\n{user}", token, "kubeconfig-token", "yaml")
        data = base64.b64encode(pem.encode()).decode()
        yield Row(
            f"users:\n- name: a\n  user:\n    client-key-data: {data}\n", data, "kubeconfig-key", "yaml"
        )
        word = m.some(string.ascii_lowercase, 11)
        yield Row(f"kind: Secret\nstringData:\n  anything: {word}\n", word, "secret-stringdata", "yaml")
        helm = json.dumps(
            {
                "kind": "List",
                "items": [{"kind": "Secret", "data": {"x": base64.b64encode(word.encode()).decode()}}],
            }
        )
        yield Row(helm, base64.b64encode(word.encode()).decode(), "secret-in-list", "json")
        applied = json.dumps({"kind": "Secret", "stringData": {"x": word}})
        yield Row(json.dumps({"metadata": {"annotations": {"kubectl.kubernetes.io/last-applied-configuration": applied}}}),
                  word, "last-applied", "json-in-json")  # fmt: skip
        yield Row(f"//registry.npmjs.org/:_authToken={token}\n", token, "npmrc", "ini")
        yield Row(f"Authorization: Bearer {token}", token, "bearer", "http")
        yield Row(f"curl -u deploy:{token} https://ci.internal/job", token, "basic", "shell")
        yield Row(
            f"app:{token}@tcp(db:3306)/ledger?parseTime=true",
            f"app:{token}@tcp(db:3306)/ledger",
            "go-dsn",
            "text",
        )
        jdbc = f"jdbc:postgresql://db:5432/ledger?user=app&password={token}"
        yield Row(f"HikariPool - jdbcUrl={jdbc}\n", jdbc, "jdbc-url", "log")
        encoded = quote(f"redis://:{token}@cache:6379/0", safe="")
        yield Row(
            f"GET /connect?url={encoded} HTTP/1.1", quote(token, safe=""), "redis-url-encoded", "access-log"
        )


NEGATIVES: tuple[tuple[str, Make], ...] = (
    ("existing-secret", lambda m: f"auth:\n  existingSecret: payments-db-{m.number(1, 9)}\n  secretKeys:\n    adminPasswordKey: postgres-password\n"),
    ("secret-ref", lambda m: f"envFrom:\n- secretRef:\n    name: payments-env-{m.number(1, 9)}\n"),
    ("token-projection", lambda m: f"serviceAccountToken:\n  expirationSeconds: {m.number(600, 9000)}\n  path: token\n"),
    ("request-id", lambda m: f"x-request-id: {_uuid(m)} took {m.number(1, 999)}ms"),
    ("etag", lambda m: f'etag: W/"{m.some(HEX, 32)}"'),
    ("traceparent", lambda m: f"traceparent: 00-{m.some(HEX, 32)}-{m.some(HEX, 16)}-01"),
    ("integrity", lambda m: f'"integrity": "sha512-{m.some(ALNUM + "+/", 86)}=="'),
    ("layers", lambda m: f"{m.some(HEX, 12)}: Pulling fs layer\nDigest: sha256:{m.some(HEX, 64)}"),
    ("certificate", lambda m: f"-----BEGIN CERTIFICATE-----\n{m.some(ALNUM + '+/', 64)}\n-----END CERTIFICATE-----"),
    ("public-key", lambda m: f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{m.some(ALNUM + '+/', 43)} ops@bastion.internal"),
    ("metrics", lambda m: f'http_requests_total{{code="500",pod="api-{m.some("bcdfghjk24567", 9)}-{m.some("bcdfghjk24567", 5)}"}} {m.number(1, 9999)}'),
    ("usage", lambda m: f'"usage":{{"prompt_tokens":{m.number(1, 9999)},"completion_tokens":{m.number(1, 999)},"total_tokens":{m.number(1, 99999)}}}'),
    ("terraform-id", lambda m: f"aws_secretsmanager_secret.db: Refreshing state... [id=vpc-{m.some(HEX, 17)}]"),
    ("reference", lambda m: f"password: vault:secret/data/payments#password-{m.number(1, 9)}"),
    ("template", lambda m: f'api_key = "${{var.api_key_{m.number(1, 9)}}}"'),
    ("auth-message", lambda m: f"FATAL: password authentication failed for user \"app{m.number(1, 9)}\" (SQLSTATE 28P01)"),
    ("node-info", lambda m: f"Machine ID: {m.some(HEX, 32)}\nSystem UUID: {_uuid(m)}\nBoot ID: {_uuid(m)}"),
    ("url", lambda m: f"postgres://db-{m.number(1, 9)}.internal:5432/ledger?sslmode=require"),
    ("event", lambda m: f"MountVolume.SetUp failed for volume \"creds\" : secret \"payments-{m.number(1, 99)}\" not found"),
    ("git", lambda m: f"index {m.some(HEX, 7)}..{m.some(HEX, 7)} 100644\ncommit {m.some(HEX, 40)}"),
)  # fmt: skip


def _uuid(m: Maker) -> str:
    return "-".join(m.some(HEX, n) for n in (8, 4, 4, 4, 12))


def negatives(seed: int) -> Iterator[Row]:
    """Look-alikes that have to stay readable."""
    maker = Maker(seed + 1)
    for kind, make in NEGATIVES:
        yield from (Row(make(maker), "", kind, "look-alike") for _ in range(5))
