"""What the parts of the policy share: strict models that refuse unknown keys, and the kinds of values in them."""

import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from bot.model.durations import seconds

_SHARE = re.compile(r"(100|[1-9]?[0-9])%", re.ASCII)


class Part(BaseModel):
    """One mapping of the file; a key that it does not know is refused, because a typo must not open a door."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)


def _hosts_or_percent(value: Any) -> Any:
    if isinstance(value, str) and _SHARE.fullmatch(value):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    raise ValueError("a number of hosts such as 5, or a share such as 20%")


def _one_or_more(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else (value,)


def _scalar(value: Any) -> Any:
    if isinstance(value, str | int | float | bool):
        return value
    raise ValueError("a text, a number, true or false")


HostsOrShare = Annotated[int | str, BeforeValidator(_hosts_or_percent)]
Duration = Annotated[int, BeforeValidator(seconds)]
"""Seconds, from `90`, `90s`, `10m`, `2h` or `1d`."""
Values = Annotated[
    tuple[Annotated[Any, BeforeValidator(_scalar)], ...], BeforeValidator(_one_or_more), Field(min_length=1)
]
"""Values of a parameter: scalars, texts with `*`."""
EVERYTHING = ("*",)
