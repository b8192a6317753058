"""Errors of Redis enter, Unavailable with a sentence leaves."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import redis.exceptions

from bot.errors import Unavailable


@contextmanager
def answering() -> Iterator[None]:
    """Around whatever asks Redis."""
    remedy = "Nothing was started; `python -m bot doctor` tells more."
    try:
        yield
    except redis.exceptions.RedisError as error:
        raise Unavailable(why(error), remedy) from error


def why(error: redis.exceptions.RedisError) -> str:
    """What is wrong with Redis; never what it said, in which there may be an address or a key."""
    if isinstance(error, redis.exceptions.AuthenticationError | redis.exceptions.AuthenticationWrongNumberOfArgsError):
        return "Redis does not accept the user and password of REDIS_URL."
    if isinstance(error, redis.exceptions.NoPermissionError):
        return "Redis does not let the user of REDIS_URL do this."
    if type(error).__name__ == "MasterNotFoundError":  # by its name: only who has Sentinels imports it
        return "No Sentinel of REDIS_URL knows a Redis that leads."
    if isinstance(error, redis.exceptions.ConnectionError | redis.exceptions.TimeoutError):
        return "Redis shows no certificate that is trusted." if _distrusted(error) else "Redis does not answer."
    if str(error).startswith("MISCONF"):
        return "Redis cannot write to its disk."
    return f"Redis refuses ({type(error).__name__})."  # out of memory, another kind of value under our key


def _distrusted(error: BaseException) -> bool:
    within: BaseException | None = error
    while within is not None:
        if isinstance(within, ssl.SSLError):
            return True
        within = within.__cause__ or within.__context__
    return False
