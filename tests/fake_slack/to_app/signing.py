"""Slack's signature: a secret and a body enter, the headers that prove where the request comes from leave."""

import hashlib
import hmac
import time


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """`v0=` and the HMAC-SHA256 of version, timestamp and raw body."""
    base = b"v0:" + timestamp.encode("utf-8", "surrogateescape") + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


def signed(secret: str, body: bytes, content_type: str, *, timestamp: str | None = None) -> dict[str, str]:
    """The headers of a request, signed now or at the given timestamp (seconds since the epoch)."""
    moment = str(int(time.time())) if timestamp is None else timestamp
    return {
        "Content-Type": content_type,
        "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        "X-Slack-Request-Timestamp": moment,
        "X-Slack-Signature": signature(secret, moment, body),
    }
