"""Whether a request came from Slack: its raw body and headers enter, yes or no leaves; nothing is parsed before.

slack_sdk's SignatureVerifier raises on a timestamp that is no number, a body that is not UTF-8, a signature that is not
ASCII: here each of them is a no.
"""

import hashlib
import hmac

MAX_AGE_SECONDS = 300
_LONGEST_TIMESTAMP = 12


def signed_by_slack(secret: str, body: bytes, timestamp: str | None, signature: str | None, now: float) -> bool:
    """True for `v0=` HMAC-SHA256 of `v0:<timestamp>:<raw body>`, at most five minutes old. No secret, no yes."""
    if not secret or not timestamp or not signature or len(timestamp) > _LONGEST_TIMESTAMP:
        return False
    if not timestamp.isascii() or not timestamp.isdigit() or abs(now - int(timestamp)) > MAX_AGE_SECONDS:
        return False
    basis = b"v0:" + timestamp.encode() + b":" + body
    expected = "v0=" + hmac.new(secret.encode(), basis, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode("utf-8", "surrogateescape"))
