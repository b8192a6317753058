"""What the shapes of a runbook file's parts share: a strict model, and kinds of values."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints

from bot.model.durations import seconds


def texts(written: Any) -> Any:
    """One text stands for a list of it."""
    return [written] if isinstance(written, str) else written


Line = Annotated[str, StringConstraints(pattern=r"\A[^\n]*\S[^\n]*\n?\Z", max_length=200)]
Texts = Annotated[list[str], BeforeValidator(texts)]
Duration = Annotated[int, BeforeValidator(seconds)]
"""Seconds once read."""


class Shape(BaseModel):
    """One mapping of the file: unknown keys are refused, and values are not turned into other types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, regex_engine="python-re")
