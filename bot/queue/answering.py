"""Errors of Redis enter, Unavailable with a sentence leaves."""

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
    except (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError) as error:
        raise Unavailable("Redis does not answer.", remedy) from error
    except redis.exceptions.RedisError as error:  # out of memory, read only, another kind of value under our key
        raise Unavailable(f"Redis refuses ({type(error).__name__}).", remedy) from error
