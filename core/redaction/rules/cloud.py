"""Keys of clouds, hosters and infrastructure control planes."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.core.redaction import guards
from interlock.core.redaction.engine import compiled
from interlock.core.redaction.model import CONTEXT, Finding
from interlock.core.redaction.rule import BASE32, HEX, Made, Rule, form


def bare_aws_secret(raw: bytes) -> Iterator[Finding]:
    """Exactly forty base64 characters that stand free and look random: an AWS secret key in a stack trace."""
    for match in compiled(rb"[A-Za-z0-9/+_=-]{40,}").finditer(raw):
        value = match.group()
        if len(value) != 40 or not value.replace(b"/", b"").replace(b"+", b"").isalnum():
            continue
        text = value.decode()
        if any(c.islower() for c in text) and any(c.isupper() for c in text) and guards.looks_random(text):
            yield Finding(*match.span(), "aws-secret", CONTEXT)


RULES: tuple[Rule, ...] = (
    Rule(
        "aws-secret", "IAM: secret access keys", (), bare_aws_secret, ("SignatureDoesNotMatch for ", "q7Zk29Xw", Made(24), "Lm48Tr01"),
        "da39a3ee5e6b4b0d3255bfef95601890afd80709 src/main/java/com/acme/payments/Api1.java",
    ),
    form(
        "aws-key", "AKIA ASIA ABIA ACCA", r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}", "AKI", "A", Made(16, BASE32),
        counter="AROAEXAMPLEROLEIDX12", source="IAM: unique identifiers, access key prefixes",
    ),
    form(
        "aws-session-token", "IQoJb3JpZ2lu FwoGZXIvYXdz FQoGZXIvYXdz", r"(?:IQoJb3JpZ2lu|F[wQ]oGZXIvYXdz)[\w/+=-]{80,}",
        "IQoJb3JpZ2lu", "X2Vj", Made(200), counter="IQoJb3JpZ2lu", source="STS session tokens: base64 of 'origin'",
    ),
    form(
        "aws-bedrock-key", "ABSK bedrock-api-key-", r"(?:ABSK[\w/+=-]{80,}|bedrock-api-key-[\w/+=-]{40,})",
        "ABS", "K", Made(120), counter="ABSK", source="Amazon Bedrock API keys",
    ),
    form(
        "aws-mws-key", "amzn.mws.", r"amzn\.mws\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        "amzn.", "mws.", Made(8, HEX), "-aaaa-bbbb-cccc-", Made(12, HEX), counter="amzn.mws.endpoint",
        source="Amazon MWS auth token",
    ),
    form(
        "gcp-api-key", "AIza", r"AIza[\w-]{35,}", "AI", "za", Made(35), counter="AIza-short",
        source="Google Cloud: API keys overview",
    ),
    form(
        "gcp-oauth-token", "ya29.", r"ya29\.[\w-]{30,}", "ya2", "9.", Made(60), counter="ya29.x",
        source="Google OAuth 2.0 access tokens",
    ),
    form(
        "gcp-client-secret", "GOCSPX-", r"GOCSPX-[\w-]{24,}", "GOC", "SPX-", Made(28), counter="GOCSPX-",
        source="Google OAuth client secrets",
    ),
    form(
        "gcp-refresh-token", "1//0", r"1//0[\w-]{30,}", "1/", "/0", Made(60), counter="1//0 errors",
        source="Google OAuth refresh tokens",
    ),
    form(
        "azure-client-secret", "Q~", r"[\w.~-]{3}\dQ~[\w.~-]{31,40}", "abc8", "Q~", Made(34),
        counter="8Q~short", source="Entra ID application secrets",
    ),
    form(
        "azure-storage-key", "AccountKey= AccountKey\" accountKey SharedAccessKey=",
        r"(?:[Aa]ccountKey|SharedAccessKey)\\?[\"']?\s?[:=]\s?\\?[\"']?([A-Za-z0-9+/]{42,86}={1,2})",
        "DefaultEndpointsProtocol=https;AccountName=x;Account", "Key=", Made(86), "==;EndpointSuffix=core.windows.net",
        counter="AccountKey=${KEY}", source="Azure Storage connection strings",
    ),
    form(
        "azure-key", "AzSe AzCa +ASt +AMC APIM ACDb AIoT AzFu",
        r"[A-Za-z0-9+/]{32,80}(?:APIM|ACDb|AIoT|AzFu|AzSe|\+ASt|\+AMC|\+ABa)[A-Za-z0-9+/]{4,12}={0,2}",
        Made(44), "AC", "Db", Made(6), counter="APIM gateway", source="Azure identifiable keys (CASK signatures)",
    ),
    form(
        "azure-devops-token", "AZDO", r"[A-Za-z0-9]{52,80}AZDO[A-Za-z0-9]{4}", Made(76), "AZ", "DO", Made(4),
        counter="AZDO pipeline", source="Azure DevOps personal access tokens",
    ),
    form(
        "alibaba-key", "LTAI", r"LTAI[A-Za-z0-9]{12,26}", "LT", "AI", Made(20), counter="LTAI", source="Alibaba RAM",
    ),
    form(
        "tencent-key", "AKID", r"AKID[A-Za-z0-9]{32}", "AK", "ID", Made(32), counter="AKID", source="Tencent CAM",
    ),
    form(
        "digitalocean-token", "dop_v1_ doo_v1_ dor_v1_", r"do[opr]_v1_[0-9a-f]{64}", "dop_", "v1_", Made(64, HEX),
        counter="dop_v1_notatoken", source="DigitalOcean personal access tokens",
    ),
    form(
        "cloudflare-ca-key", "v1.0-", r"v1\.0-[0-9a-f]{20,30}-[0-9a-f]{140,160}", "v1.", "0-", Made(24, HEX), "-",
        Made(146, HEX), counter="v1.0-rc1-20260101", source="Cloudflare origin CA keys",
    ),
    form(
        "cloudflare-token", "cfut_ cfat_ cfk_", r"cf(?:ut|at|k)_[A-Za-z0-9_-]{36,}", "cfut", "_", Made(44),
        counter="cfut_x", source="Cloudflare API tokens",
    ),
    form(
        "heroku-key", "HRKU-", r"HRKU-[\w-]{36,}", "HRK", "U-", Made(58), counter="HRKU-x", source="Heroku API keys",
    ),
    form(
        "flyio-token", "FlyV1 fm1r_ fm2_ fo1_", r"(?:FlyV1 )?f(?:m1[ar]|m2|o1)_[\w/+=,-]{40,}", "fm2", "_", Made(80),
        counter="fm2_x", source="Fly.io access tokens",
    ),
    form(
        "terraform-token", ".atlasv1.", r"[A-Za-z0-9]{10,20}\.atlasv1\.[\w=-]{40,}", Made(14), ".atlas", "v1.", Made(67),
        counter="x.atlasv1.y", source="HCP Terraform API tokens",
    ),
    form(
        "vault-token", "hvs. hvb. hvr.", r"hv[sbr]\.[\w-]{20,}", "hv", "s.", Made(90), counter="hvs.short",
        source="Vault 1.10: token prefixes",
    ),
    form(
        "vault-legacy-token", "vault Vault VAULT", r"(?:\b|_)[sbr]\.[A-Za-z0-9]{24}\b", "VAULT x s", ".", Made(24),
        counter="vault s.example", source="Vault before 1.10",
    ),
    form(
        "databricks-token", "dapi dose dkea", r"(?:dapi|dose|dkea)[0-9a-f]{32}(?:-\d)?", "da", "pi", Made(32, HEX),
        counter="dapiversion", source="Databricks personal access tokens",
    ),
    form(
        "planetscale-token", "pscale_", r"pscale_(?:tkn|pw|oauth)_[\w.=-]{30,}", "pscale_", "tkn_", Made(43),
        counter="pscale_tkn_x", source="PlanetScale service tokens",
    ),
    form(
        "supabase-key", "sbp_ sb_secret_", r"(?:sbp_[0-9a-f]{40}|sb_secret_[\w-]{20,})", "sb", "p_", Made(40, HEX),
        counter="sbp_x", source="Supabase access tokens",
    ),
    form(
        "pulumi-token", "pul-", r"pul-[0-9a-f]{40}", "pu", "l-", Made(40, HEX), counter="pul-x", source="Pulumi Cloud",
    ),
    form(
        "doppler-token", "dp.", r"dp\.(?:pt|st|ct|sa|scim|audit)\.[\w.-]{40,}", "dp.", "pt.", Made(43), counter="dp.pt.x",
        source="Doppler token formats",
    ),
    form(
        "onepassword-token", "ops_eyJ", r"ops_eyJ[\w=+/-]{100,}", "ops_", "eyJ", Made(250), counter="ops_eyJx",
        source="1Password service accounts",
    ),
    form(
        "tailscale-key", "tskey-", r"tskey-[a-z]+-[\w-]{16,}", "tskey", "-auth-", Made(30), counter="tskey-auth-x",
        source="Tailscale key prefixes",
    ),
    form(
        "kubeadm-token", "kubeadm bootstrap token", r"\b[a-z0-9]{6}\.[a-z0-9]{16}\b", "kubeadm join --token ", "a1b2c3.",
        Made(16, HEX), counter="worker.statefulsettoken", source="Kubernetes: bootstrap tokens",
        accept=lambda v: all(any(chr(c).isdigit() for c in part) for part in v.split(b".")),
    ),
    form(
        "scaleway-key", "SCW", r"SCW[A-Z0-9]{17}", "SC", "W", Made(17, BASE32), counter="SCWX", source="Scaleway IAM",
    ),
    form(
        "yandex-key", "AQVN t1.", r"(?:AQVN[\w-]{35,}|t1\.[A-Z0-9][\w-]+={0,2}\.[\w-]{60,}={0,2})", "AQ", "VN", Made(36),
        counter="AQVNx", source="Yandex Cloud credentials",
    ),
)  # fmt: skip
