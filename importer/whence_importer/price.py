"""Compute the cost of answers in transcripts, with the list prices of genai-prices."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from genai_prices import Usage, data_snapshot
from genai_prices.types import ModelInfo, Provider

from whence_contract.units import Nanoseconds

# Bedrock and Vertex name the same models us.anthropic.claude-…-v1:0 and claude-…@20250929.
_PREFIX = re.compile(r"^(?:[a-z-]{2,8}\.)?anthropic\.|^anthropic/")
_SUFFIX = re.compile(r"-v[0-9]+(?::[0-9]+)?$|\[1m\]$")


def price(model: str, usage: dict[str, Any], speed: str, time: Nanoseconds) -> float | None:
    """Return the cost of an answer at ``time``, in US dollars; ``None`` if the model's price is not known.

    ``usage``: the object of that name in the Messages API.
    """
    known = _known(model)
    if known is None:
        return None
    provider, info = known
    try:
        _, amounts = provider.extract_usage({"model": model, "usage": usage})
        when = datetime.fromtimestamp(time / 1e9, UTC)
        context = {"speed": speed} if speed == "fast" else None
        return float(
            info.calc_price(
                amounts or Usage(), provider, genai_request_timestamp=when, price_context=context
            ).total_price
        )
    except (ValueError, TypeError, ArithmeticError):
        return None


@lru_cache(maxsize=1000)
def _known(model: str) -> tuple[Provider, ModelInfo] | None:
    name = _SUFFIX.sub("", _PREFIX.sub("", model)).replace("@", "-")
    try:
        return data_snapshot.get_snapshot().find_provider_model(name, None, "anthropic", None)
    except LookupError:
        return None
