"""The URL of a Redis enters; a client leaves that has not connected yet: to one server, or to whichever leads.

`redis://`, `rediss://` (TLS) and `unix://` are redis-py's own. `redis+sentinel://` and `rediss+sentinel://` name
Sentinels, and what they call the servers that they watch:

    redis+sentinel://user:password@host:26379,host:26379/mymaster/0?sentinel_password=…

User and password are those of the servers; what else stands behind the question mark (`ssl_ca_certs`, …) is for both.
"""

import re
from typing import Any, Final
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

from redis import Redis
from redis.backoff import ExponentialBackoff
from redis.connection import parse_url
from redis.maint_notifications import MaintNotificationsConfig
from redis.retry import Retry

from bot.errors import Misconfigured
from bot.settings import Settings
from bot.supervise import EmbeddedRedis

SENTINEL = "+sentinel"
SENTINEL_PORT = 26379
SENTINEL_SECONDS = 2.0
"""How long one Sentinel may take to answer, before the next one is asked."""
ANSWER_SECONDS = 10.0
"""How long Redis may take; a link that drops packets refuses nothing, and would be waited for for a quarter hour."""
_HOST: Final = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\[\]:@/?#\s]+)(:(?P<port>[0-9]{1,5}))?", re.ASCII)
_SILENT: Final = {"driver_info": None, "maint_notifications_config": MaintNotificationsConfig(enabled=False)}
"""A connection tells Redis nothing of its library: each run makes several, and telling takes longer than connecting."""
_FOR_SENTINELS = ("sentinel_username", "sentinel_password")


def redis_url(settings: Settings) -> str:
    """`REDIS_URL`, else the embedded Redis of the home."""
    return settings.redis_url or EmbeddedRedis(settings.home_dir).url


def redis_of(settings: Settings) -> Redis:
    """The client of that one; see `client`."""
    return client(redis_url(settings))


def client(url: str) -> Redis:
    """The connection pool; the first command connects. Misconfigured when the URL cannot be used."""
    try:
        parts = urlsplit(url)
        made = _leader(parts) if parts.scheme.endswith(SENTINEL) else Redis.from_url(url, **_patience())
        pool = made.connection_pool
        own = {"connection_pool": pool} if parts.scheme.endswith(SENTINEL) else {}
        pool.connection_class(**{**pool.connection_kwargs, **own})  # connects to nothing, but knows its options
    except (ValueError, TypeError, OSError):
        known = "redis://localhost:6379/0, rediss://… or redis+sentinel://host:26379/mymaster"
        raise Misconfigured("REDIS_URL is no URL of a Redis.", f"Such as {known}.") from None
    return made


def _patience() -> dict[str, Any]:
    retry = Retry(ExponentialBackoff(cap=0.5, base=0.02), retries=3)
    waits = {"socket_connect_timeout": 5, "socket_timeout": ANSWER_SECONDS, "retry": retry, "health_check_interval": 30}
    return {**waits, **_SILENT}


def _leader(parts: SplitResult) -> Redis:
    """A client of the server that leads, whichever that is when it connects."""
    from redis.sentinel import Sentinel

    user, _, hosts = parts.netloc.rpartition("@")
    name, _, database = parts.path.strip("/").partition("/")
    asked = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    options = _options(parts.scheme.removesuffix(SENTINEL), user, asked)
    shared = {key: value for key, value in options.items() if key.startswith("ssl")}
    once = {"retry": Retry(ExponentialBackoff(), retries=0)}
    short = {"socket_connect_timeout": SENTINEL_SECONDS, "socket_timeout": SENTINEL_SECONDS}
    own = {key.removeprefix("sentinel_"): asked[key] for key in _FOR_SENTINELS if key in asked}
    ways = {**once, **short, **shared, **own}
    sentinels = Sentinel([_host(each) for each in hosts.split(",")], sentinel_kwargs=ways)  # type: ignore[no-untyped-call]
    given = {**_patience(), **options, "db": int(database or 0)}
    found: Redis = sentinels.master_for(name or "mymaster", **given)  # type: ignore[no-untyped-call]
    return found


def _options(scheme: str, user: str, asked: dict[str, str]) -> dict[str, Any]:
    """User, password and what was asked for, as redis-py reads them from a URL of one server."""
    rest = urlencode({name: value for name, value in asked.items() if name not in _FOR_SENTINELS})
    url = f"{scheme}://{user}{'@' if user else ''}localhost?{rest}"
    options: dict[str, Any] = parse_url(url)  # type: ignore[no-untyped-call]
    if options.pop("connection_class", None):
        options["ssl"] = True
    del options["host"]
    return options


def _host(text: str) -> tuple[str, int]:
    found = _HOST.fullmatch(text)
    if not found:
        raise ValueError("no host")
    return found["host"].strip("[]"), int(found["port"] or SENTINEL_PORT)
