"""Keys of model providers and data platforms."""

from __future__ import annotations

from interlock.core.redaction.rule import HEX, Made, Rule, form

RULES: tuple[Rule, ...] = (
    form(
        "openai-key", "sk-", r"sk-(?:proj|svcacct|admin|None|service|org)-[\w-]{20,}|sk-[A-Za-z0-9]{32,}", "sk-", "proj-",
        Made(74), "T3Blbk", "FJ", Made(74), counter="task-sk-runner", source="OpenAI API keys",
    ),
    form(
        "anthropic-key", "sk-ant-", r"sk-ant-[\w-]{20,}", "sk-", "ant-api03-", Made(93), counter="sk-ant-x",
        source="Anthropic API keys",
    ),
    form(
        "openrouter-key", "sk-or- sk-lf- sk-cp-", r"sk-(?:or|lf|cp)-[\w-]{24,}", "sk-", "or-v1-", Made(64, HEX),
        counter="sk-or-x", source="OpenRouter and Langfuse keys",
    ),
    form(
        "huggingface-token", "hf_ api_org_", r"(?:hf|api_org)_[A-Za-z0-9]{30,}", "h", "f_", Made(34),
        counter="hf_hub_download", source="Hugging Face user access tokens",
    ),
    form("groq-key", "gsk_", r"gsk_[A-Za-z0-9]{40,}", "gs", "k_", Made(52), counter="gsk_x", source="Groq"),
    form("replicate-token", "r8_", r"r8_[A-Za-z0-9]{37,}", "r", "8_", Made(37), counter="r8_x", source="Replicate"),
    form("perplexity-key", "pplx-", r"pplx-[A-Za-z0-9]{40,}", "ppl", "x-", Made(48), counter="pplx-x", source="Perplexity"),
    form("xai-key", "xai-", r"xai-[A-Za-z0-9]{60,}", "xa", "i-", Made(80), counter="xai-x", source="xAI"),
    form("pinecone-key", "pcsk_", r"pcsk_[\w-]{40,}", "pc", "sk_", Made(70), counter="pcsk_x", source="Pinecone"),
    form("tavily-key", "tvly-", r"tvly-[\w-]{28,}", "tv", "ly-", Made(32), counter="tvly-x", source="Tavily"),
    form("nvidia-key", "nvapi-", r"nvapi-[\w-]{50,}", "nv", "api-", Made(64), counter="nvapi-x", source="NVIDIA NGC"),
    form("fireworks-key", "fw_", r"fw_[A-Za-z0-9]{22,}", "f", "w_", Made(24), counter="fw_rule_accept", source="Fireworks"),
)  # fmt: skip
