"""The town of the policy suite: one policy with everything in it, five runbooks, and a short way to ask."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import yaml

from bot.guards import Policy, Question
from bot.model.decision import Decision, Verdict
from bot.model.people import Actor, Conversation, Origin
from bot.model.run import Plan, Run, Target
from bot.model.runbook import Parameter, Revision, Runbook
from bot.model.safety import Approvals, ApprovalWhen, Confirm, Safety
from bot.model.status import RunStatus
from bot.model.stop import Stop, StopKind

POLICY = Policy.model_validate(
    yaml.safe_load("""
roles:
  viewer:
    members: ["terminal:vi"]
    may: [{runbooks: [report], environments: ["*"]}]
  operator:
    members: ["terminal:op", "slack:U1"]
    may:
      - {runbooks: ["*"], environments: [local, staging]}
      - {runbooks: [ping, report], environments: ["*"]}
  deployer:
    members: ["slack-group:S1"]
    may: [{runbooks: [deploy], environments: [staging, prod], channels: [ops], parameters: {version: ["1.*", 2]}}]
  careful:
    members: ["terminal:ca"]
    may:
      - {runbooks: ["*"], environments: ["*"], check: only}
      - {runbooks: [restart], environments: [staging], limit: required}
  lead:
    members: ["terminal:le"]
    may: [{runbooks: ["*"], environments: ["*"], approve: true, promote: true, break_glass: true}]
  contractor:
    members: ["terminal:co"]
    may: [{runbooks: ["*"], environments: ["*"], approve: true}]
    may_not:
      - {runbooks: [wipe]}
      - {environments: [prod], runbooks: ["re*"]}
      - {parameters: {service: ["db*"]}}
      - {runbooks: [deploy], check: missing}
      - {environments: [local], limit: missing}
  robots:
    members: ["rule:*"]
    may: [{runbooks: ["*"], environments: ["*"]}]
environments:
  staging: {max_hosts: 50%}
  prod:
    protected: true
    approvals: 1
    max_hosts: 3
    max_concurrent: 2
    channels: [ops]
    freeze:
      - cron: "0 18 * * fri"
        duration: 62h
        timezone: Europe/Berlin
        reason: the weekend
        exceptions: {runbooks: [report], actors: ["terminal:le"]}
""")
)
RUNBOOKS = {
    "ping": Runbook(id="ping", summary="", path=""),
    "report": Runbook(id="report", summary="", path="", safety=Safety(automation_safe=True)),
    "deploy": Runbook(
        id="deploy",
        summary="",
        path="",
        parameters=(Parameter(name="version"), Parameter(name="token", no_log=True)),
        safety=Safety(
            scopes=("staging", "prod"),
            requires_approval=ApprovalWhen(environments=("prod",), hosts_over=4, parameters={"version": (2,)}),
            approvals=Approvals(count=2, roles=("lead",), expires=600),
        ),
    ),
    "restart": Runbook(
        id="restart",
        summary="",
        path="",
        parameters=(Parameter(name="service"),),
        safety=Safety(confirm=Confirm(message="Really?"), automation_safe=True, max_hosts=4),
    ),
    "wipe": Runbook(
        id="wipe",
        summary="",
        path="",
        safety=Safety(
            scopes=("local", "staging"), requires_approval=True, approvals=Approvals(exclude_requester=False)
        ),
    ),
}
WEDNESDAY = datetime(2026, 6, 3, 12, tzinfo=UTC)
SATURDAY = datetime(2026, 6, 6, 12, tzinfo=UTC)
VALUES: Mapping[str, Mapping[str, Any]] = {"deploy": {"version": "1.5"}, "restart": {"service": "nginx"}}
LETTERS = {
    "roles": "r",
    "automation": "u",
    "scopes": "s",
    "channels": "c",
    "freeze": "f",
    "lock": "l",
    "brake": "b",
    "max_hosts": "m",
    "max_concurrent": "n",
    "concurrency": "o",
    "cooldown": "d",
    "approval": "a",
    "confirmation": "k",
}
_SIGNS = {Verdict.ALLOW: "+", Verdict.ASK: "?", Verdict.DENY: "-"}


def asked(
    who: str,
    runbook: str,
    environment: str,
    *,
    channel: str = "ops",
    now: datetime = WEDNESDAY,
    hosts: int = 2,
    of: int = 10,
    limit: str = "web",
    parameters: Mapping[str, Any] | None = None,
    **more: Any,
) -> Question:
    """A question in this town; `slack:U7+S1` is somebody in a user group."""
    name, _, group = who.partition("+")
    actor = Actor(transport=name.partition(":")[0], name=name.partition(":")[2])
    return Question(
        actor=actor,
        conversation=Conversation(transport=actor.transport, channel=channel),
        origin=Origin.ALERT if actor.transport == "rule" else Origin.CHAT,
        groups=(group,) if group else (),
        runbook=RUNBOOKS[runbook],
        target=Target(environment=environment, limit=limit, hosts=tuple(f"h{n}" for n in range(hosts)), fingerprint=""),
        environment_hosts=of,
        parameters=VALUES.get(runbook, {}) if parameters is None else parameters,
        now=now,
        **more,
    )


def running(environment: str) -> Run:
    """A run that is not over."""
    plan = Plan(
        runbook="ping",
        summary="",
        playbook="ping.yml",
        module=None,
        target=Target(environment=environment, limit="all", hosts=("h0",), fingerprint=""),
        timeout=60,
        revision=Revision(commit=None, dirty=False, content_hash=""),
    )
    return Run(
        id=1,
        status=RunStatus.RUNNING,
        plan=plan,
        actor=Actor(transport="terminal", name="op"),
        conversation=Conversation(transport="terminal", channel="ops"),
        origin=Origin.CHAT,
        command="",
        created_at=WEDNESDAY,
    )


def stop(kind: str, environment: str, actor: str = "terminal:le", *hosts: str) -> Stop:
    """A lock, freeze or brake without an end."""
    return Stop(kind=StopKind(kind), environment=environment, actor=actor, reason="so", at=0.0, hosts=hosts)


def sign(decision: Decision) -> str:
    """A decision in a few letters: `+`, `?` or `-`, then who says so, such as `-rs`."""
    return _SIGNS[decision.verdict] + "".join(dict.fromkeys(LETTERS[reason.guard] for reason in decision.reasons))
