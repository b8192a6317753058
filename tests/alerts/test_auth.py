"""Who may send alerts: each way to show it, what is refused, and that without a secret nobody comes in."""

import base64
import hashlib
import hmac

import pytest

from bot.alerts import Auth, Verdict, judge, once, sources_of
from bot.errors import Misconfigured

from .samples import AUTH, MAPPING

NOW = 1_700_000_000.0
BODY = b'{"event": {}}'
OLD, NEW = "old secret", "new secret"


def sign(secret: str, signed: bytes = BODY) -> str:
    """The digits of a signature."""
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def basic(user: str, password: str) -> dict[str, str]:
    """The header of basic authentication."""
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


BEARER = Auth(type="bearer", secrets=(NEW, OLD))
BASIC = Auth(type="basic", secrets=(NEW, OLD), user="am")
HEADER = Auth(type="header", secrets=(NEW, OLD), header="X-Key")
SIGNED = Auth(type="hmac", secrets=(NEW, OLD), header="X-PagerDuty-Signature", prefix="v1=")
TIMED = Auth(type="hmac", secrets=(NEW,), header="X-Sign", timestamp_header="X-Time")


@pytest.mark.parametrize(
    ("auth", "headers", "wanted"),
    [
        (BEARER, {"Authorization": f"Bearer {NEW}"}, Verdict.GOOD),
        (BEARER, {"AUTHORIZATION": f"bearer {OLD}"}, Verdict.GOOD),
        (BEARER, {"Authorization": "Bearer other"}, Verdict.WRONG),
        (BEARER, {"Authorization": "Bearer "}, Verdict.MISSING),
        (BEARER, {"Authorization": NEW}, Verdict.MISSING),
        (BEARER, basic("am", NEW), Verdict.MISSING),
        (BEARER, {}, Verdict.MISSING),
        (BASIC, basic("am", OLD), Verdict.GOOD),
        (BASIC, basic("am", "other"), Verdict.WRONG),
        (BASIC, basic("other", NEW), Verdict.WRONG),
        (BASIC, {"Authorization": "Basic %%%"}, Verdict.WRONG),
        (BASIC, {}, Verdict.MISSING),
        (HEADER, {"x-key": NEW}, Verdict.GOOD),
        (HEADER, {"X-Key": f"{NEW} "}, Verdict.WRONG),
        (HEADER, {"X-Other": NEW}, Verdict.MISSING),
        (SIGNED, {"X-PagerDuty-Signature": f"v1={sign(NEW)}"}, Verdict.GOOD),
        (SIGNED, {"x-pagerduty-signature": f"v1={'0' * 64}, v1={sign(OLD)}"}, Verdict.GOOD),
        (SIGNED, {"X-PagerDuty-Signature": f"v2={sign(NEW)}"}, Verdict.WRONG),
        (SIGNED, {"X-PagerDuty-Signature": f"v1={sign('other')}"}, Verdict.WRONG),
        (SIGNED, {"X-PagerDuty-Signature": f"v1={sign(NEW, BODY + b' ')}"}, Verdict.WRONG),
        (SIGNED, {"X-PagerDuty-Signature": ",".join(["v1=0"] * 30 + [f"v1={sign(NEW)}"])}, Verdict.WRONG),
        (SIGNED, {}, Verdict.MISSING),
    ],
)
def test_each_way_to_show_it(auth: Auth, headers: dict[str, str], wanted: Verdict) -> None:
    """Given two secrets that hold while one is changed, when a request comes, then either is right, nothing else."""
    assert judge(auth, headers, BODY, NOW) is wanted


@pytest.mark.parametrize(
    ("time", "wanted"),
    [
        ("1700000000", Verdict.GOOD),
        ("1699999700", Verdict.GOOD),
        ("1699999699", Verdict.STALE),
        ("1700000301", Verdict.STALE),
        ("", Verdict.MISSING),
        ("-1700000000", Verdict.WRONG),
        ("1e9", Verdict.WRONG),
        ("9" * 5000, Verdict.WRONG),
    ],
)
def test_a_signed_time(time: str, wanted: Verdict) -> None:
    """Given a sender that signs its time, when the time is far from ours, or is none, then it is refused."""
    headers = {"X-Sign": sign(NEW, f"{time}:".encode() + BODY), "X-Time": time}
    assert judge(TIMED, headers, BODY, NOW) is wanted


def test_another_time_is_not_signed() -> None:
    """Given a good request, when only its time is changed, then the signature is wrong."""
    headers = {"X-Sign": sign(NEW, b"1699999000:" + BODY), "X-Time": "1700000000"}
    assert judge(TIMED, headers, BODY, NOW) is Verdict.WRONG


@pytest.mark.parametrize("secrets", [(), ("",), ("", "")])
@pytest.mark.parametrize("auth", [BEARER, BASIC, HEADER, SIGNED])
def test_without_a_secret_nobody_comes_in(auth: Auth, secrets: tuple[str, ...]) -> None:
    """Given no secret, when somebody shows an empty one, then they are refused."""
    bare = Auth(type=auth.type, secrets=secrets, user="am", header=auth.header, prefix="v1=")
    headers = {**basic("am", ""), "X-Key": "", "X-PagerDuty-Signature": f"v1={sign('')}"}
    assert judge(bare, headers, BODY, NOW) is Verdict.NO_SECRET


def test_what_is_remembered_of_a_request() -> None:
    """Given a signed time, when two requests come, then the same has the same mark; without a time there is none."""
    first, second = ({"X-Sign": sign(NEW, b"%d:" % n), "X-Time": str(n)} for n in (1, 2))
    assert once(TIMED, first) == once(TIMED, {name.lower(): value for name, value in first.items()})
    assert once(TIMED, first) != once(TIMED, second)
    assert once(SIGNED, {"X-PagerDuty-Signature": "v1=1"}) is once(BEARER, {}) is None


def test_a_secret_is_never_shown() -> None:
    """Given secrets, when the value is written out, then they are not in it."""
    assert NEW not in repr(BEARER)


def test_senders_sign_as_they_do() -> None:
    """Given hmac and nothing else, when the source is known to sign, then its own header and prefix hold."""
    found = sources_of(
        {name: {"auth": {"type": "hmac", "secret_env": ["A", "B"]}} for name in ("pagerduty", "grafana")}
    )
    assert found["pagerduty"].auth.header == "X-PagerDuty-Signature"
    assert found["pagerduty"].auth.prefix == "v1="
    assert found["grafana"].auth.header == "X-Grafana-Alerting-Signature"
    assert found["grafana"].auth.secret_env == ("A", "B")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"nagios": {"auth": AUTH}}, "There is no source alerts.nagios."),
        ({"grafana": {}}, "alerts.grafana.auth cannot be used"),
        ({"grafana": None}, "alerts.grafana cannot be used"),
        ({"grafana": {"auth": {"type": "none", "secret_env": "A"}}}, "alerts.grafana.auth.type"),
        ({"grafana": {"auth": {"type": "bearer"}}}, "alerts.grafana.auth.secret_env"),
        ({"grafana": {"auth": {"type": "bearer", "secret_env": "a b"}}}, "alerts.grafana.auth.secret_env"),
        ({"grafana": {"auth": {"type": "bearer", "secret_env": ["A", "B", "C"]}}}, "alerts.grafana.auth.secret_env"),
        ({"grafana": {"auth": {"type": "basic", "secret_env": "A"}}}, "basic needs a user"),
        ({"grafana": {"auth": {"type": "header", "secret_env": "A"}}}, "needs the name of the header"),
        ({"grafana": {"auth": {**AUTH, "timestamp_header": "X-T"}}}, "signed by hmac only"),
        ({"grafana": {"auth": {**AUTH, "token": "geheim"}}}, "alerts.grafana.auth.token"),
        ({"opsgenie": {"auth": {"type": "hmac", "secret_env": "A"}}}, "in which header"),
        ({"generic": {"auth": AUTH}}, "has no mapping"),
        ({"grafana": {"auth": AUTH, "mapping": MAPPING}}, "needs no mapping"),
        ({"generic": {"auth": AUTH, "mapping": {"subject": "a..b", "title": "t"}}}, "mapping.subject"),
    ],
)
def test_a_wrong_configuration_gets_a_sentence(written: dict[str, object], said: str) -> None:
    """Given a part of the policy that cannot be used, when it is read, then it is refused, and never quotes values."""
    with pytest.raises(Misconfigured) as refused:
        sources_of(written)
    assert said in refused.value.what
    assert "geheim" not in str(refused.value)
