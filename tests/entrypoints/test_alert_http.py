"""`POST /alerts/<source>` over a real WSGI application: what is taken, what is refused and how, what becomes of it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from werkzeug.test import TestResponse

from bot.alerts import AlertConfig, configured
from bot.entrypoints.alert_http import alert_pages
from bot.entrypoints.http import web
from bot.errors import Misconfigured, Unavailable
from bot.flows.alert import TakeAlerts
from bot.flows.together import Together
from bot.ledger import MemoryIncidents
from bot.metrics import MemoryCounters
from bot.queue import MemoryBell
from tests.alerts import senders
from tests.alerts.samples import body, sample
from tests.alerts.senders import SECRETS, STAMP, WRITTEN

NOW = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
GENERIC = {"data": {"items": [{"id": "a1", "text": "Disk is full", "state": "open", "tags": {"service": "db"}}]}}


@dataclass
class Door:
    """The page over twins; `away` may raise what a store or the policy does."""

    written: dict[str, Any] = field(default_factory=lambda: WRITTEN)
    incidents: MemoryIncidents = field(default_factory=MemoryIncidents)
    counters: MemoryCounters = field(default_factory=MemoryCounters)
    secrets: dict[str, str] = field(default_factory=lambda: dict(SECRETS))
    bell: MemoryBell = field(default_factory=MemoryBell)
    away: Callable[[], None] = lambda: None

    def post(self, source: str, sent: bytes, headers: dict[str, str], **more: Any) -> TestResponse:
        """What is answered."""
        flow = TakeAlerts(
            config=self.config,
            together=Together(incidents=lambda: self.incidents),
            secret=lambda name: self.secrets.get(name, ""),
            counters=self.counters,
            bell=lambda: self.bell,
            clock=lambda: NOW,
        )
        given = {"content_type": "application/json", **more}
        return (
            web(list, alert_pages(lambda: flow))
            .test_client()
            .post(f"/alerts/{source}", data=sent, headers=headers, **given)
        )

    def config(self) -> AlertConfig:
        """What holds now."""
        self.away()
        return configured(self.written)


@pytest.fixture
def door() -> Door:
    """The page, with every source configured."""
    return Door()


def proof(source: str, sent: bytes, secret: str = SECRETS["NEW"], at: datetime = NOW) -> dict[str, str]:
    """The headers by which each sender shows who it is, now."""
    return senders.proof(source, sent, at, secret)


SENT = {
    "alertmanager": body(sample("alertmanager")),
    "pagerduty": body(sample("pagerduty_triggered")),
    "grafana": body(sample("grafana")),
    "opsgenie": body(sample("opsgenie_create")),
    "generic": body(GENERIC),
}


@pytest.mark.parametrize("source", SENT)
def test_what_each_sender_sends_is_stored(door: Door, source: str) -> None:
    """Given a payload of each sender, when it is posted with its proof, then 200, it is stored, and rules hear it."""
    answer = door.post(source, SENT[source], proof(source, SENT[source]))
    assert answer.status_code == 200, answer.text
    assert answer.get_json()["stored"] >= 1
    assert door.incidents.find(also_closed=True)
    assert door.counters.totals()["signalbox_alerts_received_total", source] == answer.get_json()["stored"]
    assert door.bell.wait(0.01)


@pytest.mark.parametrize("source", SENT)
@pytest.mark.parametrize("how", ["nothing", "wrong"])
def test_who_does_not_prove_itself_is_not_let_in(door: Door, source: str, how: str) -> None:
    """Given a request without a proof or with a wrong one, when it comes, then it is refused and nothing is stored."""
    headers = {} if how == "nothing" else {name: f"{value[:-2]}zz" for name, value in proof(source, b"").items()}
    if how == "wrong" and source == "grafana":
        headers[STAMP] = str(int(NOW.timestamp()))
    answer = door.post(source, SENT[source], headers)
    signs = source in {"pagerduty", "grafana"}
    assert answer.status_code == ((400 if signs else 401) if how == "nothing" else 403)
    assert len(answer.text.strip().splitlines()) == 1
    assert not any(secret in answer.text for secret in SECRETS.values())
    assert door.incidents.find(also_closed=True) == []
    assert not door.bell.wait(0.01)
    reason = "missing" if how == "nothing" else "wrong"
    assert list(door.counters.totals()) == [("signalbox_alerts_refused_total", source, reason)]


def test_both_secrets_hold_while_one_is_changed(door: Door) -> None:
    """Given two secrets, when each signs, then both are let in, and after the change only the new one is."""
    sent = SENT["alertmanager"]
    assert door.post("alertmanager", sent, proof("alertmanager", sent, SECRETS["OLD"])).status_code == 200
    del door.secrets["OLD"]
    assert door.post("alertmanager", sent, proof("alertmanager", sent, SECRETS["OLD"])).status_code == 403
    assert door.post("alertmanager", sent, proof("alertmanager", sent)).status_code == 200


def test_without_a_secret_nobody_is_let_in(door: Door) -> None:
    """Given a source whose variable is not set, when an empty secret is offered, then it is refused."""
    door.secrets.clear()
    for source, sent in SENT.items():
        assert door.post(source, sent, proof(source, sent, "")).status_code == 403
    assert door.incidents.find(also_closed=True) == []


def test_a_source_that_nobody_configured_is_not_there(door: Door) -> None:
    """Given a source that signalbox.yml does not name, or that is none, when it is posted to, then 404."""
    door.written = {"alertmanager": WRITTEN["alertmanager"]}
    for source in ("grafana", "nagios", "cards", "grouping"):
        answer = door.post(source, SENT["grafana"], proof("grafana", SENT["grafana"]))
        assert (answer.status_code, "alerts" in answer.text) == (404, True)
    assert list(door.counters.totals()) == [("signalbox_alerts_refused_total", "", "unknown_source")]


def test_a_request_that_is_overheard_is_worth_nothing(door: Door) -> None:
    """Given a sender that signs the time, when a request comes again or late, then nothing changes."""
    sent = SENT["grafana"]
    assert door.post("grafana", sent, proof("grafana", sent)).status_code == 200
    before = door.incidents.find()
    again = door.post("grafana", sent, proof("grafana", sent))
    late = door.post("grafana", sent, proof("grafana", sent, at=datetime(2026, 3, 1, 1, 54, tzinfo=UTC)))
    assert (again.status_code, late.status_code) == (403, 403)
    assert door.incidents.find() == before
    assert [each.edition for each in door.incidents.find()] == [each.edition for each in before]


def test_what_is_sent_again_is_counted(door: Door) -> None:
    """Given a sender that retries, when the same comes three times, then there is one incident, repeats are counted."""
    sent = SENT["alertmanager"]
    for _ in range(3):
        assert door.post("alertmanager", sent, proof("alertmanager", sent)).status_code == 200
    number = len(sample("alertmanager")["alerts"])
    totals = door.counters.totals()
    assert totals["signalbox_alerts_received_total", "alertmanager"] == 3 * number
    assert totals["signalbox_alerts_suppressed_total", "repeated"] >= number
    assert len({each.group for each in door.incidents.find()}) == len(door.incidents.find())


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b'{"alerts": "none"}', 400),
        (b'{"alerts": [1]}', 400),
        (b"\xff\xfe", 400),
        (b'{"a":' * 50_000, 400),
        (b" " * (2 * 1024 * 1024 + 1), 413),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(door: Door, sent: bytes, status: int) -> None:
    """Given a body that is no payload, when it comes from a known sender, then a 4xx says what is wrong."""
    answer = door.post("alertmanager", sent, proof("alertmanager", sent))
    assert answer.status_code == status
    assert 10 < len(answer.text) < 300
    assert door.incidents.find(also_closed=True) == []


@pytest.mark.parametrize("more", [{"content_type": "text/xml"}, {"content_type": "application/x-www-form-urlencoded"}])
def test_what_is_no_json_by_its_own_word_is_refused(door: Door, more: dict[str, str]) -> None:
    """Given a body that says that it is something else, when it comes, then 415."""
    sent = SENT["alertmanager"]
    assert door.post("alertmanager", sent, proof("alertmanager", sent), **more).status_code == 415
    zipped = {**proof("alertmanager", sent), "Content-Encoding": "gzip"}
    assert door.post("alertmanager", sent, zipped).status_code == 415
    assert door.incidents.find(also_closed=True) == []


def test_fields_that_nobody_knows_do_no_harm(door: Door) -> None:
    """Given payloads with unknown fields of every shape, when they come, then they are stored."""
    for number, odd in enumerate([None, [], {"a": [{}]}, 2**70, "\u0000"]):
        plain = sample("alertmanager")
        plain["new"] = odd
        for entry in plain["alerts"]:
            entry |= {"newer": odd, "fingerprint": f"f{number}"}
        sent = json.dumps(plain).encode()
        assert door.post("alertmanager", sent, proof("alertmanager", sent)).status_code == 200


@pytest.mark.parametrize("error", [Unavailable("SQL is away."), Misconfigured("signalbox.yml cannot be used.")])
def test_what_cannot_be_stored_now_is_asked_for_again(door: Door, error: Exception) -> None:
    """Given a store or a policy that cannot be used, when alerts come, then 503, so that the sender comes again."""

    def away() -> None:
        raise error

    door.away = away
    answer = door.post("alertmanager", SENT["alertmanager"], proof("alertmanager", SENT["alertmanager"]))
    assert (answer.status_code, "send it again" in answer.text) == (503, True)


def test_only_posts_are_taken() -> None:
    """Given the page, when it is looked at, then that is no way to send alerts."""
    client = web(list, alert_pages(lambda: pytest.fail("asked"))).test_client()
    assert client.get("/alerts/alertmanager").status_code == 405
