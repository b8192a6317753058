"""A Forecast enters; the Reply that a conversation is shown, or an object for programs, leaves."""

from typing import Any

from bot.flows.explained import explanation_json
from bot.model.decision import Verdict
from bot.model.forecast import AlertTold, Forecast, WouldDo
from bot.model.reply import Facts, Part, Reply, Table, Text
from bot.model.words import some

_ANSWER = {Verdict.ALLOW: "by itself", Verdict.ASK: "by people", Verdict.DENY: "refused"}
_SAID = {Verdict.ALLOW: "yes", Verdict.ASK: "asks", Verdict.DENY: "no"}


def forecast_reply(forecast: Forecast) -> Reply:
    """Each alert with its grouping, the rules and what they want; then all in a sentence."""
    parts: list[Part] = []
    for alert in forecast.alerts:
        parts += _alert(alert)
    return Reply(parts=(*parts, Text(text=forecast.text)))


def forecast_json(forecast: Forecast) -> dict[str, Any]:
    """The same for programs."""
    return {
        "type": "forecast",
        "verdict": forecast.verdict.value,
        "text": forecast.text,
        "alerts": [_alert_json(alert) for alert in forecast.alerts],
    }


def _alert(alert: AlertTold) -> list[Part]:
    pairs = [(name, getattr(alert, name)) for name in ("status", "service", "symptom", "host", "severity")]
    facts = [(name, value) for name, value in pairs if value]
    rows = tuple(
        (f"{rule.ruleset}/{rule.rule}", "yes" if rule.matched else "no", "; ".join(rule.why)) for rule in alert.rules
    )
    parts: list[Part] = [Facts(title=alert.title, pairs=(*facts, ("grouping", alert.grouping)))]
    parts += [Table(title="What the rules say", columns=("rule", "matches", "why"), rows=rows)] if rows else []
    for would in alert.would:
        parts += _would(would)
    return parts


def _would(would: WouldDo) -> list[Part]:
    pairs = [("asked by", would.actor), ("done", _ANSWER[would.verdict]), ("because", would.text)]
    explained = would.explanation
    if explained is None:
        return [Facts(title=would.action, pairs=tuple(pairs))]
    target = explained.target
    pairs[1:1] = [
        ("command", explained.command),
        ("target", f"{target.limit} in {target.environment}: {some(target.hosts)}"),
    ]
    rows = tuple((answer.guard, _SAID[answer.verdict], answer.text) for answer in explained.answers)
    guards = Table(title="What the guards say", columns=("guard", "answer", "why"), rows=rows)
    return [Facts(title=would.action, pairs=tuple(pairs)), guards]


def _alert_json(alert: AlertTold) -> dict[str, Any]:
    names = ("title", "service", "symptom", "host", "severity", "status", "effect", "grouping")
    return {
        **{name: getattr(alert, name) for name in names},
        "rules": [
            {
                "ruleset": rule.ruleset,
                "rule": rule.rule,
                "file": rule.file,
                "line": rule.line,
                "matched": rule.matched,
                "why": list(rule.why),
            }
            for rule in alert.rules
        ],
        "actions": [_would_json(would) for would in alert.would],
    }


def _would_json(would: WouldDo) -> dict[str, Any]:
    explained = {} if would.explanation is None else explanation_json(would.explanation)
    return {
        "actor": would.actor,
        "action": would.action,
        "verdict": would.verdict.value,
        "text": would.text,
        **explained,
    }
