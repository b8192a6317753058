"""Senders of every kind, each with the secret that it shares with us: a source and a body enter, headers leave."""

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Any

from tests.alerts.samples import MAPPING

SECRETS = {"NEW": "s3cret-new", "OLD": "s3cret-old", "BASIC": "pass:word"}
STAMP = "X-Grafana-Timestamp"
WRITTEN: dict[str, Any] = {
    "alertmanager": {"auth": {"type": "bearer", "secret_env": ["NEW", "OLD"]}},
    "pagerduty": {"auth": {"type": "hmac", "secret_env": ["NEW", "OLD"]}},
    "grafana": {"auth": {"type": "hmac", "secret_env": "NEW", "timestamp_header": STAMP}},
    "opsgenie": {"auth": {"type": "header", "header": "X-Token", "secret_env": "NEW"}},
    "generic": {"auth": {"type": "basic", "user": "mon", "secret_env": "BASIC"}, "mapping": MAPPING},
}


def signed(secret: str, sent: bytes) -> str:
    """The hex digits of a signature."""
    return hmac.new(secret.encode(), sent, hashlib.sha256).hexdigest()


def proof(source: str, sent: bytes, at: datetime, secret: str = SECRETS["NEW"]) -> dict[str, str]:
    """The headers by which each sender shows who it is."""
    stamp = str(int(at.timestamp()))
    basic = base64.b64encode(b"mon:" + SECRETS["BASIC"].encode()).decode()
    return {
        "alertmanager": {"Authorization": f"Bearer {secret}"},
        "pagerduty": {"X-PagerDuty-Signature": f"v1=00,v1={signed(secret, sent)}"},
        "grafana": {"X-Grafana-Alerting-Signature": signed(secret, f"{stamp}:".encode() + sent), STAMP: stamp},
        "opsgenie": {"X-Token": secret},
        "generic": {"Authorization": f"Basic {basic}"},
    }[source]
