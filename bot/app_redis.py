"""The connection to Redis, for the app and for processes that need nothing else of it."""

from redis import Redis
from redis.backoff import ExponentialBackoff
from redis.retry import Retry

from bot.errors import Misconfigured
from bot.settings import Settings
from bot.supervise import EmbeddedRedis


def redis_url(settings: Settings) -> str:
    """`REDIS_URL`, else the embedded Redis of the home."""
    return settings.redis_url or EmbeddedRedis(settings.home_dir).url


def redis_of(settings: Settings) -> Redis:
    """The connection pool; the first command connects."""
    retry = Retry(ExponentialBackoff(cap=0.5, base=0.02), retries=3)
    try:
        return Redis.from_url(redis_url(settings), socket_connect_timeout=5, retry=retry, health_check_interval=30)
    except ValueError:
        raise Misconfigured("REDIS_URL is no URL of a Redis.", "Such as redis://localhost:6379/0.") from None
