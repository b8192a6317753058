"""Whatever comes in as an alert: it is read or refused, small and printable in the end, and nothing crashes."""

import json
from datetime import UTC
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.alerts import Auth, Verdict, judge, read
from bot.alerts.fields import LINE, MOST_LABELS, NAME, TEXT, URL
from bot.errors import BadAlert
from bot.model.alert import Alert

from .samples import body, config, sample

SAMPLES = {
    "alertmanager": "alertmanager",
    "grafana": "grafana",
    "pagerduty": "pagerduty_triggered",
    "opsgenie": "opsgenie_create",
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def tried(source: str, sent: bytes) -> tuple[Alert, ...]:
    """The alerts of a body, none when it is refused."""
    try:
        return read(source, sent, config(source)).alerts
    except BadAlert:
        return ()


def places(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a payload."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [here, *(place for key, inner in pairs for place in places(inner, (*here, key)))]


def small_and_printable(alert: Alert) -> None:
    """What every alert is."""
    bounds = {
        "key": 3 * NAME,
        "subject": NAME,
        "symptom": NAME,
        "title": LINE,
        "service": NAME,
        "host": NAME,
        "url": URL,
    }
    for name, longest in bounds.items():
        written = getattr(alert, name)
        assert len(written) <= longest
        assert written == "" or written.isprintable()
    assert alert.key
    assert alert.subject
    for texts in (alert.labels, alert.annotations):
        assert len(texts) <= MOST_LABELS
        assert all(len(name) <= NAME and len(text) <= TEXT for name, text in texts.items())
    assert all(moment is None or moment.tzinfo is UTC for moment in (alert.starts_at, alert.ends_at))


@pytest.mark.parametrize("source", SAMPLES)
@given(data=st.data())
def test_a_payload_with_anything_anywhere(source: str, data: st.DataObject) -> None:
    """Given a real payload, when any value at all stands in one place, then it is read or refused."""
    plain = sample(SAMPLES[source])
    *way, last = data.draw(st.sampled_from(places(plain)[1:]))
    around = plain
    for step in way:
        around = around[step]
    around[last] = data.draw(JSON)
    for alert in tried(source, body(plain)):
        small_and_printable(alert)


@given(
    source=st.sampled_from([*SAMPLES, "generic"]),
    sent=st.binary(max_size=200) | JSON.map(lambda v: json.dumps(v).encode()),
)
def test_a_body_of_anything(source: str, sent: bytes) -> None:
    """Given any bytes, when they are read, then they are read or refused."""
    for alert in tried(source, sent):
        small_and_printable(alert)


@given(entry=JSON)
def test_a_generic_entry_of_anything(entry: Any) -> None:
    """Given any entry where the mapping looks, when it is read, then it is read or refused."""
    plain = {"data": {"items": [entry, {"id": entry, "text": entry, "since": entry, "hosts": entry, "tags": entry}]}}
    for alert in tried("generic", body(plain)):
        small_and_printable(alert)


@given(
    kind=st.sampled_from(["bearer", "basic", "hmac", "header", "other"]),
    headers=st.dictionaries(
        st.sampled_from(["Authorization", "X-Sign", "X-Time", "x-other"]),
        st.text() | st.sampled_from(["Bearer ", "Basic ", "Basic %%", "v1=", "v1=,,v1=\u00e9", "\u0664"]),
    ),
    sent=st.binary(max_size=50),
)
def test_headers_of_anything(kind: str, headers: dict[str, str], sent: bytes) -> None:
    """Given any headers, when they are judged, then nobody comes in who does not know the secret."""
    for timestamp in ("", "X-Time"):
        auth = Auth(type=kind, secrets=("s3cret",), user="u", header="X-Sign", prefix="v1=", timestamp_header=timestamp)
        assert judge(auth, headers, sent, 1_700_000_000) is not Verdict.GOOD
