"""The part `vars` of signalbox.yml: values for sources and rules, written there or named by an environment variable."""

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from bot.guards.policy_parts import Part

OURS = ("SLACK_", "REDIS_URL", "DATABASE_URL", "SIGNALBOX_KEY")
"""Environment variables, by how they begin, that are nobody's business but ours."""
_ROOTS = frozenset({"event", "events", "fact", "facts", "vars"})
_ENV = "env"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}", re.ASCII)


class FromEnvironment(Part):
    """A value that stands in an environment variable, because it is secret or differs from machine to machine."""

    env: str


def _read(written: Any) -> Any:
    """A value as it stands, or the FromEnvironment that it is."""
    if not isinstance(written, Mapping) or _ENV not in written:
        return written
    name = written[_ENV]
    if len(written) > 1 or not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError("a value of the environment is {env: THE_VARIABLE}, and nothing beside it")
    if name.startswith(OURS):
        raise ValueError(f"{name} is Signalbox's own, and given to nobody")
    return FromEnvironment(env=name)


def _named(name: Any) -> Any:
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name in _ROOTS:
        raise ValueError("a variable is named in letters, digits and _, and not as event, events, fact, facts, vars")
    return name


Name = Annotated[str, BeforeValidator(_named)]
Variables = Annotated[dict[Name, Annotated[Any, BeforeValidator(_read)]], Field(max_length=200)]


def plain_vars(variables: Mapping[str, Any]) -> dict[str, Any]:
    """Those whose values stand in the file: they are no secrets."""
    return {name: value for name, value in variables.items() if not isinstance(value, FromEnvironment)}


def env_vars(variables: Mapping[str, Any], secret: Callable[[str], str]) -> dict[str, str]:
    """Those of the environment that are set, by the names of `vars`; `secret` looks a variable up, empty when unset."""
    named = {name: value.env for name, value in variables.items() if isinstance(value, FromEnvironment)}
    return {name: found for name, env in named.items() if (found := secret(env))}
