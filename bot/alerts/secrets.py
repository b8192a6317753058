"""Sources and a way to look variables up enter; what is wrong with their secrets leaves, never a secret itself."""

from collections.abc import Callable, Iterator, Mapping

from bot.alerts.config import SourceConfig

SHORTEST_SECRET = 16
"""Characters; what is shorter is guessed."""


def secret_flaws(sources: Mapping[str, SourceConfig], secret: Callable[[str], str]) -> Iterator[str]:
    """A sentence for each source that nobody can send to, and for each secret that is too short."""
    for name, source in sources.items():
        found = {variable: secret(variable) for variable in source.auth.secret_env}
        if not any(found.values()):
            yield f"{' and '.join(found)} of alerts.{name} {'is' if len(found) == 1 else 'are'} not set."
        for variable, value in found.items():
            if 0 < len(value) < SHORTEST_SECRET:
                yield f"{variable} of alerts.{name} is shorter than {SHORTEST_SECRET} characters."
