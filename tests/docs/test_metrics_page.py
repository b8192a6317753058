"""The page about metrics has every one; dashboard and alert rules ask for these only, and for labels that they have."""

import json
import re
from collections.abc import Iterator

import yaml

from bot.chat.slack.counted import OK, OUTCOMES
from bot.metrics import BUCKETS, METRICS, Kind
from tests.docs.pages import code, rows, text

_NAME = re.compile(r"\bsignalbox_[a-z_]+")
_LABELS = re.compile(r"\bby \(([^)]*)\)|\{([^}]*)\}")


def _series() -> dict[str, tuple[str, ...]]:
    """What Prometheus keeps, with its labels: three series for a histogram."""
    made = {}
    for name, metric in METRICS.items():
        ends = ("_bucket", "_sum", "_count") if metric.kind is Kind.HISTOGRAM else ("",)
        made |= {name + end: (*metric.labels, *(("le",) if end == "_bucket" else ())) for end in ends}
    return made


def _questions() -> Iterator[str]:
    for panel in json.loads(text("docs/grafana-dashboard.json"))["panels"]:
        yield from (target["expr"] for target in panel["targets"])
    for group in yaml.safe_load(text("docs/alert-rules.yml"))["groups"]:
        yield from (rule["expr"] for rule in group["rules"])


def test_every_metric_has_its_row() -> None:
    """Given the table of metrics, when the page is read, then each is there with its kind and its labels, in order."""
    told = [
        (code(cells[0])[0], cells[1], tuple(code(cells[2]))) for cells in rows("docs/metrics.md", "What there is")[1:]
    ]
    assert told == [(name, str(metric.kind), metric.labels) for name, metric in METRICS.items()]


def test_every_histogram_has_buckets() -> None:
    """Given the table of metrics, when the buckets are read, then each histogram has some, in rising order."""
    assert set(BUCKETS) == {name for name, metric in METRICS.items() if metric.kind is Kind.HISTOGRAM}
    assert all(list(bounds) == sorted(set(bounds)) for bounds in BUCKETS.values())


def test_every_outcome_of_a_call_is_told() -> None:
    """Given what a call to Slack can come to, when the page is read, then it has each word."""
    (row,) = [cells for cells in rows("docs/metrics.md", "What there is") if "slack_calls" in cells[0]]
    assert {OK, *(name for _, name in OUTCOMES)} <= set(code(row[3]))


def test_dashboard_and_alerts_ask_for_what_there_is() -> None:
    """Given their questions, when names and labels are looked up, then each series and each label exists."""
    series = _series()
    for question in _questions():
        names = _NAME.findall(question)
        assert names, question
        assert set(names) <= set(series), question
        known = {label for name in names for label in series[name]}
        asked = {
            part
            for found in _LABELS.findall(question)
            for part in re.findall(r"[a-z]+(?=\s*(?:[=!,]|$))", found[0] or found[1])
        }
        assert {each for each in asked if each not in {"successful", "canceled"}} <= known, question


def test_every_metric_is_on_the_dashboard() -> None:
    """Given the dashboard, when its questions are read, then every metric is asked for by at least one."""
    asked = " ".join(_questions())
    assert [name for name in METRICS if name not in asked] == []


def test_every_alert_says_what_it_is_about() -> None:
    """Given the rules, when they are read, then each has a severity and a summary."""
    (group,) = yaml.safe_load(text("docs/alert-rules.yml"))["groups"]
    for rule in group["rules"]:
        assert rule["labels"]["severity"] in {"warning", "critical"}
        assert rule["annotations"]["summary"]
