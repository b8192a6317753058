"""Values of a sensor's event enter with the secrets that its arguments held; they leave without these."""

from collections.abc import Collection, Mapping
from typing import Any

from bot.model.secrecy import HIDDEN

SHORTEST = 6
"""Characters; what is shorter stands in texts by chance."""


def hidden(value: Any, secrets: Collection[str]) -> Any:
    """The same with every secret replaced, in keys too."""
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, HIDDEN) if len(secret) >= SHORTEST else value
        return value
    if isinstance(value, Mapping):
        return {hidden(key, secrets): hidden(each, secrets) for key, each in value.items()}
    return [hidden(each, secrets) for each in value] if isinstance(value, list | tuple) else value
