"""The table of senders, and the one function that applies it: a source's name and a body enter, a Batch leaves."""

from collections.abc import Callable, Mapping
from typing import Any

from bot.alerts.config import SourceConfig
from bot.alerts.generic import generic
from bot.alerts.pagers import opsgenie, pagerduty
from bot.alerts.payload import parse
from bot.alerts.prometheus import alertmanager, grafana
from bot.errors import Misconfigured, UnknownName
from bot.model.alert import Batch

SOURCES: Mapping[str, Callable[[Mapping[str, Any]], Batch]] = {
    "alertmanager": alertmanager,
    "pagerduty": pagerduty,
    "grafana": grafana,
    "opsgenie": opsgenie,
}
"""Every sender whose shape is known; `generic` needs a mapping besides."""


def read(source: str, body: bytes, config: SourceConfig) -> Batch:
    """What the body says; BadAlert with a sentence for the sender when it is nothing of that source's."""
    plain = parse(body)
    if source == "generic":
        if config.mapping is None:
            raise Misconfigured("alerts.generic has no mapping.", "Write mapping: {subject: id, title: message}.")
        return generic(plain, config.mapping)
    if source not in SOURCES:
        raise UnknownName(f"There is no source {source[:60]}.", f"There are {', '.join([*SOURCES, 'generic'])}.")
    return SOURCES[source](plain)
