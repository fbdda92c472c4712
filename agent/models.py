"""Language models by name (`provider:model`), through LangChain's `init_chat_model`, with errors that say what to do.

A provider's library is imported only when one of its models is asked for. Keys come from the environment we are given,
never from settings files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from interlock.agent.settings import AgentSettings
from interlock.core.errors import BadInput, InterlockError, UnknownName

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

BUILT_IN = "built-in"
_FORM = "write it as provider:name, for example anthropic:claude-sonnet-4-5 or ollama:qwen3"


@dataclass(frozen=True)
class Provider:
    """Where a provider's models come from: module, our extra, the variable its key stands in."""

    module: str
    extra: str
    key: str = ""
    timed: bool = True


PROVIDERS = {
    "anthropic": Provider("langchain_anthropic", "anthropic", "ANTHROPIC_API_KEY"),
    "openai": Provider("langchain_openai", "openai", "OPENAI_API_KEY"),
    "google_genai": Provider("langchain_google_genai", "google", "GOOGLE_API_KEY"),
    "ollama": Provider("langchain_ollama", "ollama", timed=False),
    "bedrock_converse": Provider("langchain_aws", "bedrock", timed=False),
}


def check_name(name: str) -> tuple[str, Provider]:
    """The model's own name and its provider.

    Raises:
        BadInput: when `name` is not `provider:name`.
        UnknownName: for a provider we have no extra for.
    """
    provider, _, model = name.partition(":")
    if not provider or not model:
        raise BadInput(f"{name!r} is not a model name", hint=_FORM)
    if provider not in PROVIDERS:
        raise UnknownName("model provider", provider, PROVIDERS)
    return model, PROVIDERS[provider]


def check_usable(name: str, settings: AgentSettings, environment: Mapping[str, str]) -> None:
    """Nothing is imported or sent.

    Raises:
        BadInput: when the library is not installed, or its key is not in the environment.
    """
    _, provider = check_name(name)
    if find_spec(provider.module) is None:
        raise BadInput(
            f"the model {name} needs a library that is not installed",
            hint=f"pip install 'interlock[{provider.extra}]'",
        )
    # A server of one's own, named by base_url, often wants no key.
    if provider.key and not environment.get(provider.key) and not settings.base_url:
        raise BadInput(f"the model {name} needs a key", hint=f"set {provider.key} in the environment")
    if settings.max_cost_usd is not None and name not in settings.prices:
        raise BadInput(
            f"agent.max_cost_usd is set, but the price of {name} is not known",
            hint=f"add it: agent.prices: {{'{name}': {{input: USD, output: USD}}}} per million tokens",
        )


def open_model(name: str, settings: AgentSettings, environment: Mapping[str, str]) -> BaseChatModel:
    """A chat model, ready to be asked; nothing is sent yet.

    Raises:
        BadInput: see `check_usable`.
        InterlockError: when the provider's library refuses to make it.
    """
    check_usable(name, settings, environment)
    from langchain.chat_models import init_chat_model

    model, _ = check_name(name)
    options = _options(name, settings, environment)
    try:
        opened: BaseChatModel = init_chat_model(model, model_provider=name.partition(":")[0], **options)
    except Exception as error:  # providers raise their own kinds, without a common base
        raise InterlockError(
            f"the model {name} cannot be opened: {type(error).__name__}", hint="see `interlock doctor`"
        ) from error
    return opened


def _options(name: str, settings: AgentSettings, environment: Mapping[str, str]) -> dict[str, Any]:
    _, provider = check_name(name)
    options: dict[str, Any] = {}
    if settings.base_url:
        options["base_url"] = settings.base_url
    if provider.key:
        options["api_key"] = environment.get(provider.key) or "none"
    if provider.timed:
        options |= {"timeout": settings.call_seconds, "max_retries": 1}
    if provider.module == "langchain_openai":
        # Left off by the library when base_url is set; without it a stream tells no usage.
        options["stream_usage"] = True
    return options
