"""Keys of chat, mail, payment, commerce and office services."""

from __future__ import annotations

from interlock.core.redaction.rule import HEX, Made, Rule, form

DIGITS = "123456789"
RULES: tuple[Rule, ...] = (
    form(
        "slack-token", "xox xapp- xwfp-", r"(?:xox[a-z](?:\.xox[a-z])?-[\w-]{10,}|xapp-\d-[\w-]{10,}|xwfp-[\w-]{10,})",
        "xox", "b-", Made(12, DIGITS), "-", Made(24), counter="xoxo hugs", source="Slack: token types",
    ),
    form(
        "slack-webhook", "hooks.slack.com hooks.slack-gov.com",
        r"https?(?::\\?/\\?/|%3A%2F%2F)hooks\.slack(?:-gov)?\.com(?:\\?/|%2F)(?:services|workflows|triggers)(?:\\?/|%2F)[\w/\\%+-]{20,}",
        "https://hooks.slack.", "com/services/T", Made(8), "/B", Made(10), "/", Made(24),
        counter="https://hooks.slack.com/services/", source="Slack: incoming webhooks",
    ),
    form(
        "teams-webhook", "webhook.office.com logic.azure.com",
        r"webhook\.office\.com/webhookb2/([\w@/.-]{36,})|logic\.azure\.com\S*sig=[\w%-]{20,}",
        "https://acme.webhook.office.", "com/webhookb2/", Made(36, HEX), "@", Made(36, HEX),
        counter="https://acme.webhook.office.com/", source="Microsoft Teams incoming webhooks",
    ),
    form(
        "discord-webhook", "/api/webhooks/", r"/api/webhooks/\d{17,20}/([\w-]{40,})", "https://discord.com/api/",
        "webhooks/", "123456789012345678/", Made(68), counter="/api/webhooks/list", source="Discord webhooks",
    ),
    form(
        "discord-token", "discord Discord DISCORD Bot", r"[MNO][A-Za-z\d_-]{23,27}\.[\w-]{6,7}\.[\w-]{27,}", "Bot M",
        Made(23), ".", Made(6), ".", Made(27), counter="discord.example.com", source="Discord bot tokens",
    ),
    form(
        "telegram-token", ":AA", r"\d{8,10}:AA[\w-]{32,}", Made(9, DIGITS), ":A", "A", Made(33), counter="12:AA:BB:CC",
        source="Telegram bot API",
    ),
    form(
        "stripe-key", "sk_live_ sk_test_ rk_live_ rk_test_ whsec_ sk_org_",
        r"(?:(?:sk|rk)_(?:live|test|org)_[\w]{16,}|whsec_[A-Za-z0-9+/=_-]{16,})", "sk_", "live_", Made(24),
        counter="pk_live_publishable", source="Stripe: API keys and webhook signing secrets",
    ),
    form(
        "twilio-key", "SK", r"SK[0-9a-f]{32}", "S", "K", Made(32, HEX), counter="SKU1234567890", source="Twilio API keys",
    ),
    form(
        "sendgrid-key", "SG.", r"SG\.[\w-]{16,32}\.[\w-]{32,64}", "S", "G.", Made(22), ".", Made(43), counter="SG.small",
        source="SendGrid API keys",
    ),
    form(
        "mailgun-key", "key- pubkey-", r"key-[0-9a-f]{32}|[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8}", "ke", "y-", Made(32, HEX),
        counter="key-value", source="Mailgun API keys",
    ),
    form(
        "mailchimp-key", "-us", r"[0-9a-f]{32}-us\d{1,2}", Made(32, HEX), "-u", "s12", counter="node-us1",
        source="Mailchimp API keys",
    ),
    form(
        "brevo-key", "xkeysib- xsmtpsib-", r"x(?:key|smtp)sib-[0-9a-f]{64}-[A-Za-z0-9]{16}", "xkey", "sib-", Made(64, HEX),
        "-", Made(16), counter="xkeysib-x", source="Brevo API keys",
    ),
    form(
        "square-token", "sq0 EAAA", r"(?:sq0[a-z]{3}-[\w-]{22,}|EAAA[\w-]{60})", "sq0", "atp-", Made(22),
        counter="sq0atp-x", source="Square access tokens",
    ),
    form(
        "paypal-token", "access_token$ A21AA",
        r"(?:access_token\$(?:production|sandbox)\$[a-z0-9]{16}\$[0-9a-f]{32}|A21AA[\w-]{60,})", "access_token$",
        "production$", Made(16, HEX), "$", Made(32, HEX), counter="access_token$", source="PayPal and Braintree tokens",
    ),
    form(
        "adyen-key", "AQE", r"AQE[a-z][a-z][A-Za-z0-9+/=]{40,}(?:-[A-Za-z0-9+/=]{20,}){0,2}(?:-\S{8,})?", "AQ", "Ehy",
        Made(80), counter="AQEhy", source="Adyen API keys",
    ),
    form(
        "plaid-token", "access-production- access-sandbox- access-development-",
        r"access-(?:production|sandbox|development)-[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", "access-", "production-",
        Made(8, HEX), "-1111-2222-3333-", Made(12, HEX), counter="access-production-role", source="Plaid access tokens",
    ),
    form(
        "razorpay-key", "rzp_", r"rzp_(?:live|test)_[A-Za-z0-9]{14,}", "rzp_", "live_", Made(14), counter="rzp_live_x",
        source="Razorpay API keys",
    ),
    form(
        "checkout-key", "sk_", r"sk_(?:sbox_)?[a-z0-9]{26,32}[*#$=]?", "s", "k_", Made(28, "abcdefgh234567"),
        counter="sk_buff_head", source="Checkout.com secret keys",
    ),
    form(
        "shopify-token", "shpat_ shpss_ shpca_ shppa_ shptka_", r"shp(?:at|ss|ca|pa|tka)_[0-9a-fA-F]{32,}", "shp", "at_",
        Made(32, HEX), counter="shpat_x", source="Shopify access tokens",
    ),
    form(
        "linear-key", "lin_api_ lin_oauth_", r"lin_(?:api|oauth)_[A-Za-z0-9]{32,}", "lin_", "api_", Made(40),
        counter="lin_api_x", source="Linear API keys",
    ),
    form(
        "notion-token", "ntn_ secret_", r"(?:ntn_[A-Za-z0-9]{40,}|secret_[A-Za-z0-9]{43})", "nt", "n_", Made(46),
        counter="secret_name", source="Notion integration tokens",
    ),
    form(
        "airtable-token", "pat", r"pat[A-Za-z0-9]{14}\.[0-9a-f]{64}", "pa", "t", Made(14), ".", Made(64, HEX),
        counter="pattern.match", source="Airtable personal access tokens",
    ),
    form(
        "figma-token", "figd_ figu_", r"fig[dour]h?_[\w-]{30,}", "fig", "d_", Made(40), counter="figd_x", source="Figma",
    ),
    form(
        "asana-token", "0/ 1/ 2/", r"\b[012]/(?:\d{13,19}[/:]){1,3}[0-9a-f]{32}", "1/", Made(16, DIGITS), ":",
        Made(32, HEX), counter="1/2", source="Asana personal access tokens",
    ),
    form(
        "hubspot-token", "pat-na pat-eu", r"pat-(?:na|eu)\d-[0-9a-f-]{36}", "pat-", "na1-", Made(8, HEX),
        "-1111-2222-3333-", Made(12, HEX), counter="pat-na1-x", source="HubSpot private app tokens",
    ),
    form(
        "typeform-token", "tfp_", r"tfp_[\w-]{40,}", "tf", "p_", Made(44), counter="tfp_x", source="Typeform",
    ),
    form(
        "mapbox-token", "sk.eyJ", r"sk\.eyJ[\w-]{30,}\.[\w-]{16,}", "sk.", "eyJ", Made(60), ".", Made(22),
        counter="sk.eyJ", source="Mapbox secret tokens",
    ),
    form(
        "facebook-token", "EAA", r"EAA[A-Za-z]{1,3}[A-Za-z0-9]{60,}", "EA", "ACE", Made(120), counter="EAAX",
        source="Meta access tokens",
    ),
    form(
        "okta-token", "SSWS", r"SSWS ([\w-]{30,})", "Authorization: SSWS ", "00", Made(40), counter="SSWS token",
        source="Okta API tokens",
    ),
)  # fmt: skip
