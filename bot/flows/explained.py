"""An Explanation enters; the Reply that a conversation is shown leaves."""

import json
from typing import Any

from bot.model.codec import to_plain
from bot.model.decision import Approval, Decision, Verdict
from bot.model.explanation import Explanation
from bot.model.reply import Facts, Part, Reply, Table, Text
from bot.model.words import duration, some

_SAID = {Verdict.ALLOW: "yes", Verdict.ASK: "asks", Verdict.DENY: "no"}


def answer(explained: Explanation) -> str:
    """Whether it may be asked for, in a word, and why not: `yes`, `asks: …`, `no: …`."""
    if explained.problem:
        return f"no: {explained.problem}"
    decision = explained.decision
    why = f": {decision.text}" if decision.verdict is not Verdict.ALLOW else ""
    return _SAID[decision.verdict] + why


def explanation_reply(explained: Explanation) -> Reply:
    """How it is understood, then every guard with its answer, then what all of them come to."""
    rows = tuple((each.guard, _SAID[each.verdict], each.text) for each in explained.answers)
    parts: list[Part] = [
        Facts(title="Nothing is done", pairs=tuple(_facts(explained))),
        Table(title="What the guards say", columns=("guard", "answer", "why"), rows=rows),
        Text(text=outcome(explained)),
    ]
    return Reply(parts=tuple(parts))


def explanation_json(explained: Explanation) -> dict[str, Any]:
    """The same for programs."""
    return {
        "command": explained.command,
        "environment": explained.target.environment,
        "limit": explained.target.limit,
        "hosts": list(explained.target.hosts),
        "guards": [
            {"guard": each.guard, "verdict": each.verdict.value, "text": each.text} for each in explained.answers
        ],
        "confirmation": _plain(explained.decision.confirmation),
        "approval": _plain(explained.decision.approval),
        "plan": _plain(explained.plan),
        "secrets": list(explained.secrets),
        "problem": explained.problem,
        "unknown": explained.unknown,
    }


def outcome(explained: Explanation) -> str:
    """In a sentence or a few, what would become of it."""
    return " ".join(part for part in (_verdict(explained), explained.target.note, explained.unknown) if part)


def _plain(value: Any) -> Any:
    return None if value is None else to_plain(value)


def _verdict(explained: Explanation) -> str:
    decision = explained.decision
    if decision.verdict is Verdict.DENY:
        return "It would be refused."
    if explained.problem:
        return f"It would be refused. {explained.problem}"
    if decision.verdict is Verdict.ASK:
        return f"It would ask first. {_takes(decision)}"
    return "It would run."


def _takes(decision: Decision) -> str:
    said = []
    if (confirmation := decision.confirmation) is not None:
        said.append(f"The asker has to confirm it within {duration(confirmation.timeout)}.")
    if (approval := decision.approval) is not None:
        roles = f" of the role {', '.join(approval.roles)}" if approval.roles else ""
        has = "has" if approval.count == 1 else "have"
        said.append(f"{_people(approval)}{roles} {has} to approve it within {duration(approval.expires)}.")
    return " ".join(said)


def _people(approval: Approval) -> str:
    """Who it takes: `1 other`, `2 people`."""
    one, more = ("other", "others") if approval.exclude_requester else ("person", "people")
    return f"{approval.count} {one}" if approval.count == 1 else f"{approval.count} {more}"


def _facts(explained: Explanation) -> list[tuple[str, str]]:
    target, plan = explained.target, explained.plan
    pairs = [("understood as", explained.command)]
    pairs += [("target", f"{target.limit} in {target.environment}: {some(target.hosts)}")]
    if plan is not None:
        pairs += [("runs", plan.playbook or f"{plan.module} (one ad-hoc call)")]
        values = [f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in plan.parameters.items()]
        pairs += [("parameters", " ".join(values))] if values else []
        pairs += [("mode", "check: nothing would be changed")] if plan.options.check else []
    return pairs + ([("secrets", f"asked for first: {', '.join(explained.secrets)}")] if explained.secrets else [])
