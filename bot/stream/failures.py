"""Errors of redis-py go in, Unavailable comes out; whether waiting may help is decided here too."""

from collections.abc import Iterator
from contextlib import contextmanager

from redis import exceptions

from bot.errors import Unavailable


class Passing(Unavailable):
    """Redis does not answer, or not yet; trying again may help."""


_LASTING = (exceptions.AuthenticationError, exceptions.AuthorizationError)  # ConnectionErrors, too, that no wait ends
_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (exceptions.AuthenticationError, "it does not accept the user or the password"),
    (exceptions.BusyLoadingError, "it is still loading its data"),
    (exceptions.TimeoutError, "it does not answer in time"),
    (exceptions.ConnectionError, "no connection"),
    (exceptions.OutOfMemoryError, "it is out of memory"),
    (exceptions.ReadOnlyError, "it is a read-only replica"),
    (exceptions.MasterDownError, "it is a replica without its master"),
)
_PASSING = tuple(kind for kind, _ in _REASONS)


@contextmanager
def translated() -> Iterator[None]:
    """Errors of Redis leave as Unavailable; their own words stay here, as they may quote what was sent."""
    try:
        yield
    except exceptions.RedisError as error:
        raise _unavailable(error) from None


def _unavailable(error: Exception) -> Unavailable:
    known = next((text for kind, text in _REASONS if isinstance(error, kind)), None)
    word = str(error).partition(" ")[0]
    why = known or (f"it answers {word}" if word.isupper() and word.isalpha() else "it refused a command")
    passing = (isinstance(error, _PASSING) and not isinstance(error, _LASTING)) or word == "MISCONF"  # disk is full
    return (Passing if passing else Unavailable)(f"Redis cannot be used: {why}.", "`doctor` says what is reachable.")
