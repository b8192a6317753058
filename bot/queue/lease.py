"""Leases in Redis: a run belongs to one relay at a time, and to another as soon as the first stops renewing."""

import secrets

from redis import Redis

_RENEW = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('pexpire', KEYS[1], ARGV[2]) end return 0"
_RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"


class Leases:
    """Leases held under one random name; `seconds` is how long one lasts without being renewed."""

    def __init__(self, redis: Redis, *, seconds: float = 6.0) -> None:
        self._redis = redis
        self._owner = secrets.token_hex(8)
        self._milliseconds = int(seconds * 1000)
        self._renew = redis.register_script(_RENEW)
        self._release = redis.register_script(_RELEASE)

    def take(self, name: str) -> bool:
        """Take a lease that is free, or renew one that is ours; False while another holds it."""
        key = f"signalbox:lease:{name}"
        if self._renew(keys=[key], args=[self._owner, self._milliseconds]):
            return True
        return bool(self._redis.set(key, self._owner, nx=True, px=self._milliseconds))

    def release(self, name: str) -> None:
        """Give a lease back, if it is ours."""
        self._release(keys=[f"signalbox:lease:{name}"], args=[self._owner])

    def held(self, name: str) -> bool:
        """Whether anybody holds the lease."""
        return bool(self._redis.exists(f"signalbox:lease:{name}"))
