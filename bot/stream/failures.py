"""Errors of redis-py go in, Unavailable comes out; whether waiting may help is decided here too."""

from collections.abc import Iterator
from contextlib import contextmanager

from redis import exceptions

from bot.errors import Unavailable

PASSING = (
    exceptions.ConnectionError,
    exceptions.TimeoutError,
    exceptions.OutOfMemoryError,
    exceptions.ReadOnlyError,
    exceptions.MasterDownError,
)
"""Errors that may be over when one tries again; a refused password is a ConnectionError too, and is not."""


def unavailable(error: BaseException) -> Unavailable:
    """What people are told; Redis' own words stay here, as they may quote what was sent."""
    return Unavailable(f"Redis cannot be used: {_reason(error)}.", "`doctor` says what is reachable.")


@contextmanager
def translated() -> Iterator[None]:
    """Errors of Redis leave as Unavailable."""
    try:
        yield
    except exceptions.RedisError as error:
        raise unavailable(error) from None


def _reason(error: BaseException) -> str:
    reasons: tuple[tuple[type[BaseException], str], ...] = (
        (exceptions.AuthenticationError, "it does not accept the user or the password"),
        (exceptions.BusyLoadingError, "it is still loading its data"),
        (exceptions.TimeoutError, "it does not answer in time"),
        (exceptions.ConnectionError, "no connection"),
        (exceptions.OutOfMemoryError, "it is out of memory"),
        (exceptions.ReadOnlyError, "it is a read-only replica"),
    )
    known = next((text for kind, text in reasons if isinstance(error, kind)), None)
    word = str(error).partition(" ")[0]
    return known or (f"it answers {word}" if word.isupper() and word.isalpha() else "it refused a command")
