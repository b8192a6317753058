"""What each sender says, read from payloads that they sent."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.alerts import read
from bot.errors import BadAlert
from bot.model.alert import Alert, AlertStatus, Batch, Severity

from .samples import body, config, sample


def batch(source: str, plain: Any) -> Batch:
    """What a payload brings."""
    return read(source, body(plain), config(source))


def only(source: str, plain: Any) -> Alert:
    """The one alert of a payload."""
    found = batch(source, plain)
    assert len(found.alerts) == 1
    return found.alerts[0]


def test_alertmanager() -> None:
    """Given Alertmanager's payload, when it is read, then each alert has name, host, severity, time and its own key."""
    first, second = batch("alertmanager", sample("alertmanager")).alerts
    assert first.subject == "a1bc48475b20e73d"
    assert first.key == "a1bc48475b20e73d:2020-02-06T00:17:58.432911368Z:firing"
    assert (first.symptom, first.title) == ("High CPU Temperature", "High CPU core temperature")
    assert (first.host, first.severity, first.status) == ("andromeda", Severity.CRITICAL, AlertStatus.FIRING)
    assert first.starts_at == datetime(2020, 2, 6, 0, 17, 58, 432911, tzinfo=UTC)
    assert first.ends_at is None
    assert first.url.startswith("http://cobalt:9090/graph")
    assert second.key != first.key


def test_an_alert_of_a_firing_group_may_be_resolved() -> None:
    """Given a firing group, when one of its alerts is resolved, then that one is, with its end, under another key."""
    plain = sample("alertmanager")
    plain["alerts"][0] |= {"status": "resolved", "endsAt": "2020-02-06T00:20:00Z"}
    first, second = batch("alertmanager", plain).alerts
    assert (first.status, second.status) == (AlertStatus.RESOLVED, AlertStatus.FIRING)
    assert first.ends_at == datetime(2020, 2, 6, 0, 20, tzinfo=UTC)
    assert first.key.endswith(":resolved")


def test_an_old_alertmanager() -> None:
    """Given alerts without status and fingerprint, when they are read, then all are, as the group says, by labels."""
    found = batch("alertmanager", sample("alertmanager_old_version"))
    assert found.passed_over == 0
    assert {alert.status for alert in found.alerts} == {AlertStatus(sample("alertmanager_old_version")["status"])}
    assert found.alerts[0].host == "mail01.example.com"
    assert found.alerts[0].subject != found.alerts[1].subject
    again = batch("alertmanager", sample("alertmanager_old_version"))
    assert again == found


def test_what_was_cut_is_counted() -> None:
    """Given alerts that the sender cut off and one that is none, when it is read, then both are counted."""
    plain = sample("alertmanager")
    plain["truncatedAlerts"] = 7
    plain["alerts"].append("nonsense")
    found = batch("alertmanager", plain)
    assert (len(found.alerts), found.passed_over, found.truncated) == (2, 1, 7)


def test_a_port_is_no_part_of_a_host() -> None:
    """Given `instance` as Prometheus has it, when it is read, then the host is without port; IPv6 stays whole."""
    for written, wanted in {
        "web1:9100": "web1",
        "http://web1:80/x": "web1",
        "[::1]:9100": "::1",
        "fe80::1": "fe80::1",
        "*": "*",
    }.items():
        plain = {"alerts": [{"labels": {"alertname": "A", "instance": written}}]}
        assert only("alertmanager", plain).host == wanted


def test_grafana() -> None:
    """Given Grafana's payload, when it is read, then zone and links are there, and times are UTC."""
    first, second = batch("grafana", sample("grafana")).alerts
    assert (first.source, first.symptom, second.symptom) == ("grafana", "High memory usage", "High CPU usage")
    assert first.starts_at == datetime(2021, 10, 12, 7, 51, 3, 157076, tzinfo=UTC)
    assert first.labels["zone"] == "us-1"
    assert first.severity is Severity.UNKNOWN


def test_pagerduty() -> None:
    """Given a beginning and an end, when they are read, then the key is the event, the subject the incident."""
    began, ended = (only("pagerduty", sample(f"pagerduty_{word}")) for word in ("triggered", "resolved"))
    assert (began.key, began.subject, began.status) == ("01BZYIL05THJDFF2Y08X9SVMTU", "PFQZPSY", AlertStatus.FIRING)
    assert (began.title, began.service, began.severity) == ("Test Incident 3", "pig208", Severity.CRITICAL)
    assert began.starts_at == datetime(2021, 6, 4, 13, 35, 29, 781000, tzinfo=UTC)
    assert (ended.status, ended.ends_at is not None) == (AlertStatus.RESOLVED, True)


@pytest.mark.parametrize("name", ["incident.acknowledged", "service.updated", "pagey.ping", "of.another.year"])
def test_what_else_pagerduty_tells(name: str) -> None:
    """Given an event that begins and ends nothing, when it is read, then it is passed over, not refused."""
    plain = {"event": {"id": "E1", "event_type": name, "data": None}}
    assert batch("pagerduty", plain) == Batch(passed_over=1)


def test_opsgenie_keeps_every_digit() -> None:
    """Given nanoseconds past 2^53, when they are read, then the key has all of them, and the time is right."""
    found = only("opsgenie", sample("opsgenie_create"))
    assert found.key.endswith(":Create:1502709956288000110")
    assert found.starts_at == datetime(2017, 8, 14, 11, 25, 56, 288000, tzinfo=UTC)
    assert (found.service, found.title, found.severity) == ("Server", "another alert", Severity.WARNING)
    closed = only("opsgenie", sample("opsgenie_create") | {"action": "Close"})
    assert (closed.subject, closed.status) == (found.subject, AlertStatus.RESOLVED)
    assert batch("opsgenie", sample("opsgenie_create") | {"action": "Dance"}) == Batch(passed_over=1)


def test_generic() -> None:
    """Given a payload of no known shape, when the mapping is followed, then each field comes from its path."""
    entry = {
        "id": 7,
        "text": "Disk is full",
        "state": "OK",
        "tags": {"service": "db"},
        "hosts": ["db1:22"],
        "level": "warn",
        "since": 1_700_000_000,
        "until": 1_700_000_060_000,
        "link": "https://x/7",
    }
    found = only("generic", {"data": {"items": [entry]}})
    assert (found.subject, found.title, found.symptom) == ("7", "Disk is full", "Disk is full")
    assert (found.status, found.service, found.host) == (AlertStatus.RESOLVED, "db", "db1")
    assert found.severity is Severity.WARNING
    assert found.starts_at is not None
    assert found.ends_at is not None
    assert (found.ends_at - found.starts_at).total_seconds() == 60


@pytest.mark.parametrize(
    ("source", "sent", "said"),
    [
        ("alertmanager", b"", "is no JSON"),
        ("alertmanager", b"[]", "no JSON object"),
        ("alertmanager", b"\xff", "not in UTF-8"),
        ("alertmanager", b'{"alerts": NaN}', "NaN"),
        ("alertmanager", b"{}", "no list `alerts`"),
        ("alertmanager", b'{"alert": [{}]}', "no list `alerts`"),
        ("alertmanager", b'{"alerts": [1, {"labels": {}}]}', "None of the `alerts`"),
        ("alertmanager", b'{"alerts": ' + b"[" * 200 + b"]" * 200 + b"}", "nested too deeply"),
        ("alertmanager", b'{"alerts": ' + b"[" * 200_000, "nested too deeply"),
        ("alertmanager", b'{"a": ' + b"9" * 5000 + b"}", "number in the body is too long"),
        ("alertmanager", b" " * (2 * 1024 * 1024 + 1), "larger than"),
        ("pagerduty", b'{"messages": []}', "webhook of version 2"),
        ("pagerduty", b'{"event": {"id": "1"}}', "no `event_type`"),
        ("pagerduty", b'{"event": {"id": "1", "event_type": "incident.triggered"}}', "of which incident"),
        ("opsgenie", b'{"action": "Create"}', "no object `alert`"),
        ("opsgenie", b'{"action": "Create", "alert": {}}', "no `alertId`"),
        ("generic", b'{"data": {"items": [{"id": 1}]}}', "`id` and `text`"),
    ],
)
def test_a_wrong_payload_gets_a_sentence(source: str, sent: bytes, said: str) -> None:
    """Given a body that is none of the source's, when it is read, then it is refused, and why, and what is right."""
    with pytest.raises(BadAlert) as refused:
        read(source, sent, config(source))
    assert said in refused.value.what
    assert refused.value.remedy
