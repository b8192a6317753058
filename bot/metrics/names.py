"""Every metric there is: a name enters, what kind it is, what it means and which labels it has leaves."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Prometheus' own words."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric; `help` is one line, as Prometheus shows it."""

    kind: Kind
    help: str
    labels: tuple[str, ...] = ()


def _counter(help_: str, *labels: str) -> Metric:
    return Metric(kind=Kind.COUNTER, help=help_, labels=labels)


def _gauge(help_: str, *labels: str) -> Metric:
    return Metric(kind=Kind.GAUGE, help=help_, labels=labels)


def _histogram(help_: str, *labels: str) -> Metric:
    return Metric(kind=Kind.HISTOGRAM, help=help_, labels=labels)


METRICS: Mapping[str, Metric] = {
    "signalbox_runs_total": _counter("Runs that have ended, by what became of them.", "service", "action", "result"),
    "signalbox_run_duration_seconds": _histogram("From a run's start on a worker to its end.", "action"),
    "signalbox_run_queue_wait_seconds": _histogram("From the asking for a run to its start on a worker."),
    "signalbox_run_first_event_seconds": _histogram("From the asking for a run to Ansible's first event."),
    "signalbox_event_lag_seconds": _histogram("From an event on a worker to its storing by the relay."),
    "signalbox_refusals_total": _counter("Refused commands, by the error that refused them.", "reason"),
    "signalbox_denials_total": _counter("What guards denied, by guard; two may deny one command.", "guard"),
    "signalbox_requires_manual_total": _counter("Runs for which the guards asked for a person.", "action"),
    "signalbox_approvals_total": _counter("Runs that wanted approvals, by how that came out.", "result"),
    "signalbox_approval_age_seconds": _histogram("From the asking for approvals to how that came out."),
    "signalbox_active_runs": _gauge("Runs that are not over.", "status"),
    "signalbox_workers": _gauge("Workers that listen."),
    "signalbox_queue_depth": _gauge("Runs that wait for a worker."),
    "signalbox_locks": _gauge("Locks and freezes that people have set and that are in force.", "kind"),
    "signalbox_brake": _gauge("1 where rules may start nothing, until a person releases it.", "environment"),
    "signalbox_engine_starts_total": _counter(
        "Starts of Ansible, by whether it was loaded already, and why not.", "how", "reason"
    ),
    "signalbox_alerts_received_total": _counter("Notices of alerts that were stored.", "source"),
    "signalbox_alerts_refused_total": _counter("Requests with alerts that were refused.", "source", "reason"),
    "signalbox_alerts_suppressed_total": _counter("Stored notices that nobody was told of.", "reason"),
    "signalbox_escalations_total": _counter("Incidents that nobody acted on in time, by step.", "step"),
    "signalbox_rule_matches_total": _counter("Events that a rule matched, by rule.", "rule"),
    "signalbox_automatic_runs_total": _counter(
        "Runs that rules asked for and that are over, or were refused.", "result"
    ),
    "signalbox_fixes_total": _counter(
        "Runs after which the alert had to resolve in time, by whether it did.", "result"
    ),
    "signalbox_slack_calls_total": _counter("Calls to Slack's API, by how they came out.", "method", "outcome"),
    "signalbox_up": _gauge("Whether a store answered this scrape; without it, its metrics are missing.", "part"),
}
"""docs/metrics.md has a row for each."""

BUCKETS: Mapping[str, tuple[float, ...]] = {
    "signalbox_run_duration_seconds": (1, 5, 15, 30, 60, 120, 300, 600, 1800, 3600),
    "signalbox_run_queue_wait_seconds": (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 1800),
    "signalbox_run_first_event_seconds": (0.1, 0.25, 0.5, 1, 2, 5, 15, 60, 300),
    "signalbox_approval_age_seconds": (10, 30, 60, 120, 300, 600, 1800, 3600, 14400, 86400),
    "signalbox_event_lag_seconds": (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60),
}
"""Upper bounds of the histograms, in seconds; above the last one comes infinity."""
