"""Requests that did not come from Slack: a body enters, it leaves in every way in which it must be refused with 401."""

import time
from urllib.parse import urlencode

from tests.fake_slack.to_app.signing import signature, signed

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
TOO_OLD = 301  # seconds; Slack's own advice is five minutes


def forged(secret: str, body: bytes, content_type: str = FORM) -> dict[str, tuple[bytes, dict[str, str]]]:
    """Body and headers by the name of what is wrong with them."""
    now = int(time.time())
    good = signed(secret, body, content_type)
    stamp = good["X-Slack-Request-Timestamp"]

    def at(timestamp: str) -> dict[str, str]:
        return signed(secret, body, content_type, timestamp=timestamp)

    def but(**changed: str) -> dict[str, str]:
        return {**good, **{f"X-Slack-{name.replace('_', '-')}": value for name, value in changed.items()}}

    def without(name: str) -> dict[str, str]:
        return {key: value for key, value in good.items() if key != name}

    return {
        "unsigned": (body, {"Content-Type": content_type}),
        "without_signature": (body, without("X-Slack-Signature")),
        "without_timestamp": (body, without("X-Slack-Request-Timestamp")),
        "empty_signature": (body, but(Signature="")),
        "other_secret": (body, signed(f"{secret}x", body, content_type)),
        "other_body": (body + b"&text=other", good),
        "other_version": (body, but(Signature=signature(secret, stamp, body).replace("v0=", "v1="))),
        "not_ascii_signature": (body, but(Signature="v0=\xe9\xe9")),
        "too_old": (body, at(str(now - TOO_OLD))),
        "too_new": (body, at(str(now + TOO_OLD))),
        "not_a_number": (body, at("soon")),
        "empty_timestamp": (body, at("")),
        "not_finite": (body, at("nan")),
        "digits_of_another_script": (body, but(Request_Timestamp="\xb2\xb3")),
        "huge_timestamp": (body, at("9" * 400)),
    }


def not_text(secret: str) -> tuple[bytes, dict[str, str]]:
    """A body that is not UTF-8, and yet signed well."""
    body = b"command=%2Fansible&text=\xff\xfe"
    return body, signed(secret, body, FORM)


def ssl_check(secret: str) -> tuple[bytes, dict[str, str]]:
    """Slack's own question whether the certificate is good."""
    body = urlencode({"ssl_check": "1", "token": "verification_token"}).encode()
    return body, signed(secret, body, FORM)
