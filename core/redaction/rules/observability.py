"""Keys of monitoring, logging and on-call services. Hex keys without a prefix are told by the names of their keys."""

from __future__ import annotations

from interlock.core.redaction.rule import ALNUM, HEX, Made, Rule, form

RULES: tuple[Rule, ...] = (
    form(
        "datadog-key", "atadog DATADOG DD-A DD_A dd-a dd_a ddog",
        r"(?i)(?:datadog|dd[_-]?(?:api|app)|ddog)[\w .-]{0,20}[\"'=: ]{1,5}((?:[0-9a-f]{32}|[0-9a-f]{40}))",
        "datadog key ", Made(32, HEX), counter="datadog agent 7.50.0", source="Datadog API and application keys",
    ),
    form(
        "datadog-token", "ddapp_ ddpat_", r"dd(?:app|pat)_[A-Za-z0-9]{34,}", "dd", "app_", Made(34),
        counter="ddapp_x", source="Datadog key formats",
    ),
    form(
        "grafana-token", "glsa_ glc_", r"(?:glsa_[A-Za-z0-9]{32}_[0-9a-fA-F]{8}|glc_[A-Za-z0-9+/=]{32,})", "gl", "sa_",
        Made(32), "_", Made(8, HEX), counter="glsa_x", source="Grafana service account tokens",
    ),
    form(
        "grafana-key", "eyJrIjoi", r"eyJrIjoi[A-Za-z0-9+/]{60,}={0,2}", "eyJr", "Ijoi", Made(80), counter="eyJrIjoi",
        source="Grafana API keys (before 9.1)",
    ),
    form(
        "newrelic-key", "NRAK- NRJS- NRRA- NRIQ- NRII- NRBR- NRAA-", r"NR(?:AK|JS|RA|IQ|II|BR|AA)-[\w-]{19,}", "NR",
        "AK-", Made(27), counter="NRAK-x", source="New Relic API keys",
    ),
    form(
        "newrelic-license", "NRAL", r"[0-9a-f]{30,36}FFFFNRAL|[0-9a-f]{36}NRAL", Made(36, HEX), "NR", "AL",
        counter="NRAL", source="New Relic license keys",
    ),
    form(
        "dynatrace-token", "dt0", r"dt0[a-z]\d{2}\.[A-Z0-9]{24}\.[A-Z0-9]{64}", "dt0", "c01.",
        Made(24, "ABCDEFGH234567"), ".", Made(64, "ABCDEFGH234567"), counter="dt0c01.x",
        source="Dynatrace token format",
    ),
    form(
        "honeycomb-key", "hcaik_ hcaic_ hcalk_ hcbik_", r"hc[ab][il][kc]_[a-z0-9]{40,}", "hca", "ik_", Made(58, HEX),
        counter="hcaik_x", source="Honeycomb ingest keys",
    ),
    form(
        "sentry-token", "sntrys_ sntryu_ sntrya_", r"sntry[sua]_[\w+/=-]{40,}", "sntry", "u_", Made(64, HEX),
        counter="sntryu_x", source="Sentry auth tokens",
    ),
    form(
        "pagerduty-key", "agerduty agerDuty AGERDUTY pdus+ pdeu+",
        r"(?:pd(?:us|eu)\+_\w+_[\w+-]{20,}"
        r"|(?i:pagerduty[\w .-]{0,24}[\"'=: ]{1,5})(?:[a-z]\+|y_|u_)?[A-Za-z0-9_+-]{20,32})",
        "pagerduty key=", "u+", Made(18), counter="pagerduty-incident", source="PagerDuty REST and integration keys",
    ),
    form(
        "splunk-token", "plunk", r"(?i)splunk [\w-]*([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})",
        "Authorization: Splunk ", Made(8, HEX), "-1111-2222-3333-", Made(12, HEX), counter="splunk forwarder",
        source="Splunk HTTP event collector",
    ),
    form(
        "opsgenie-key", "GenieKey", r"GenieKey ([0-9a-f-]{36})", "Authorization: GenieKey ", Made(8, HEX),
        "-1111-2222-3333-", Made(12, HEX), counter="GenieKey", source="Opsgenie API",
    ),
    form(
        "langsmith-key", "lsv2_", r"lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}", "lsv2_", "pt_", Made(32, HEX), "_",
        Made(10, HEX), counter="lsv2_pt_x", source="LangSmith API keys",
    ),
    form(
        "elastic-key", "ApiKey", r"ApiKey ([A-Za-z0-9+/]{40,}={0,2})", "Authorization: ApiKey ", Made(60, ALNUM),
        counter="ApiKey invalid", source="Elasticsearch API keys",
    ),
    form(
        "cronitor-webhook", "hc-ping.com", r"hc-ping\.com/([0-9a-f-]{36})", "https://hc-ping.", "com/", Made(8, HEX),
        "-1111-2222-3333-", Made(12, HEX), counter="https://hc-ping.com/docs", source="Healthchecks.io ping URLs",
    ),
)  # fmt: skip
