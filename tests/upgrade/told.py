"""A database with a row in every table, told through the ledger's own doors; also by the versions before this one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.alerts import Grouping, decide, group_of
from bot.ledger import AutomationEvent, revision
from bot.ledger.sql import SqlLedger
from bot.model.alert import Alert, AlertStatus, Severity
from bot.model.command import AskRun, RunOptions
from bot.model.consent import Excerpt, Pending, Stage, Vote, confirm, vote
from bot.model.delivery import Delivery
from bot.model.event import RunEvent
from bot.model.incident import Incident, IncidentEvent, IncidentStatus, Mute, Notice
from bot.model.people import Actor, Conversation, Origin
from bot.model.promotion import Promotion
from bot.model.run import HostOutcome, Plan, Run, Target
from bot.model.runbook import Revision
from bot.model.status import RunStatus
from tests.flows.world import story

NOW = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
ANNA = Actor(transport="terminal", name="anna")
HERE = Conversation(transport="terminal", channel="terminal", thread="t1")
HOSTILE = "\0 <!channel> {{ lookup('pipe', 'id') }} 'é' 😀"
HASH = "c" * 64
WITH_CARDS, WITH_SUGGESTIONS, WITH_ONCE = "0007", "0008", "0010"
ONCE = "schedule night 2026-03-01T12:00Z"


def tell(file: Path) -> None:
    """Write it: four runs, promotions, deliveries, incidents, and what the version has besides."""
    ledger = SqlLedger(f"sqlite:///{file}")
    ledger.migrate()
    ledger.installation()
    _runs(ledger)
    _promotions(ledger)
    _deliveries(ledger)
    _incidents(ledger)
    if revision.NEWEST >= WITH_CARDS:
        _cards(ledger)
    if revision.NEWEST >= WITH_SUGGESTIONS:
        _suggestions(ledger)
    ledger.close()


def _plan(runbook: str, *hosts: str) -> Plan:
    return Plan(
        runbook=runbook,
        summary="What it does",
        playbook=f"playbooks/{runbook}.yml",
        module=None,
        target=Target(environment="local", limit=",".join(hosts), hosts=hosts, fingerprint="f" * 64),
        parameters={"how": "message", "ports": [80, {"a": None}], "said": HOSTILE},
        secret_names=("token",),
        options=RunOptions(diff=True, tags=("a",), forks=3),
        timeout=60,
        revision=Revision(commit="3f2a1bc", dirty=True, content_hash=HASH),
    )


def _runs(ledger: SqlLedger) -> None:
    """A run that went well, one that failed, one that was approved, one that waits to be confirmed."""
    once = {"once": ONCE} if revision.NEWEST >= WITH_ONCE else {}
    ping = _made(ledger, "ping", "web1", command="run ping on web1 in local", **once)
    _went(ledger, ping, RunStatus.SUCCESSFUL, [HostOutcome(host="web1", ok=1)])
    failing = _made(ledger, "failing", "web1", "web2", command="run failing on web1,web2 in local", parent=ping.id)
    bad = HostOutcome(host="web1", failed=1, ok=1)
    _went(ledger, failing, RunStatus.FAILED, [bad, HostOutcome(host="web2", ok=2)], "1 of 2 hosts failed: web1.")
    ledger.ask_cancel(_approved(ledger).id, ANNA)
    _made(ledger, "sure", "web1", command="run sure on web1 in local", pending=_pending())
    ledger.record(AutomationEvent(action="ping", status="refused", actor=str(ANNA), result="BadTarget", at=NOW))


def _made(ledger: SqlLedger, runbook: str, *hosts: str, command: str, **more: object) -> Run:
    run = ledger.create(_plan(runbook, *hosts), ANNA, HERE, Origin.CLI, command, **more)  # type: ignore[arg-type]
    _noted(ledger, run, "requires_manual" if "pending" in more else "accepted")
    return run


def _noted(ledger: SqlLedger, run: Run, status: str) -> None:
    ledger.record(
        AutomationEvent(
            action=run.plan.runbook,
            status=status,
            environment="local",
            actor=str(run.actor),
            origin=run.origin.value,
            channel="terminal:terminal",
            reason=HOSTILE,
            run_id=run.id,
            parameters=run.plan.parameters,
            hosts=run.plan.target.hosts,
            revision=f"3f2a1bc+ {HASH}",
        )
    )


def _went(ledger: SqlLedger, run: Run, end: RunStatus, outcomes: Sequence[HostOutcome], reason: str = "") -> None:
    events: list[RunEvent] = story(run.plan.target.hosts, run.id, end)
    ledger.add_events(run.id, events)
    ledger.set_outcomes(run.id, outcomes)
    for status in (RunStatus.STARTING, RunStatus.RUNNING):
        ledger.set_status(run.id, status)
    _noted(ledger, run, "started")
    ledger.set_status(run.id, end, reason=reason)
    _noted(ledger, run, end.value)
    ledger.set_card_ref(run.id, "card")
    ledger.set_recapped(run.id)


def _pending() -> Pending:
    excerpt = Excerpt(name="playbooks/sure.yml", text=f"- hosts: all  # {HOSTILE}\n", left_out=3)
    return Pending(
        stage=Stage.CONFIRM,
        asked_at=NOW,
        deadline=NOW + timedelta(days=36_500),
        reasons=("It has to be confirmed.",),
        message="Really?",
        count=1,
        roles=("operators",),
        approve_seconds=3600,
        excerpts=(excerpt,),
    )


def _approved(ledger: SqlLedger) -> Run:
    run = _made(ledger, "sure", "web1", command="run sure on web1 in local", pending=_pending())
    ledger.change_consent(run.id, lambda pending: confirm(pending, str(ANNA), NOW))
    said = Vote(actor="terminal:lea", yes=True, reason=HOSTILE, at=NOW)
    ledger.change_consent(run.id, lambda pending: vote(pending, said))
    ledger.set_status(run.id, RunStatus.QUEUED)
    return run


def _promotions(ledger: SqlLedger) -> None:
    """One that stands, and one that was taken back."""
    for environment in ("prod", "stage"):
        made = Promotion(
            id=0, runbook="ping", environment=environment, content_hash=HASH, evidence="run 1", actor=str(ANNA), at=NOW
        )
        ledger.promote(made)
    ledger.demote("ping", "stage", str(ANNA), HOSTILE)


def _deliveries(ledger: SqlLedger) -> None:
    """A card that is shown, and a recap for its thread that nobody has sent."""
    outbox = ledger.outbox()
    card = Delivery(key="card:1", channel="C1", payload=f'{{"text":"{HOSTILE[1:]}"}}', run_id=1, version=3, asker="U1")
    outbox.put([card, Delivery(key="recap:1", channel="C1", payload="{}", run_id=1, parent="card:1", urgent=True)])
    begun = outbox.begin("card:1", 1_700_000_000.0)
    assert begun is not None
    outbox.sent(begun, "17.5", 1_700_000_000.0)


def _alert(subject: str, status: str = "firing") -> Alert:
    return Alert(
        source="alertmanager",
        key=f"{subject}:{status}",
        subject=subject,
        status=AlertStatus(status),
        symptom="HighErrors",
        title=f"Errors are high {HOSTILE}",
        service="payments",
        host="web1",
        severity=Severity.CRITICAL,
        labels={"zone": "eu"},
        starts_at=NOW,
    )


def _incidents(ledger: SqlLedger) -> None:
    """An incident that somebody has, an alert in it that is over, one that is muted, and mutes."""
    incidents = ledger.incidents()
    matchers = {"host": "db*"}
    kept = [
        incidents.mute(Mute(matchers=matchers, at=NOW, until=NOW + timedelta(days=1), by=str(ANNA), why=HOSTILE))
        for _ in range(2)
    ]
    incidents.unmute(kept[1].id, str(ANNA), NOW + timedelta(hours=1))
    said = (_alert("a"), _alert("b"), _alert("b", "resolved"), replace(_alert("c"), host="db1"))
    grouping = Grouping()
    notices = [Notice(alert=each, group=group_of(each, grouping), at=NOW) for each in said]
    incidents.take(notices, lambda situation, notice: decide(situation, notice, grouping))
    incidents.change(incidents.find()[0].id, _acknowledged)


def _acknowledged(incident: Incident, _firing: int) -> tuple[Incident, tuple[IncidentEvent, ...]]:
    line = IncidentEvent(kind="acknowledged", at=NOW, actor=str(ANNA), text=HOSTILE, data={"run": 2})
    status = IncidentStatus.ACKNOWLEDGED
    return replace(incident, status=status, acknowledged_at=NOW, acknowledged_by=str(ANNA)), (line,)


def _cards(ledger: SqlLedger) -> None:
    """What a conversation shows; rules were told of the first notice only."""
    incidents = ledger.incidents()
    incident = incidents.find()[0]
    incidents.shown(incident.id, "slack:C1", 2, 1)
    incidents.ruled(incidents.news()[0].id)


def _suggestions(ledger: SqlLedger) -> None:
    """One that is offered, one whose run is under way, and a call."""
    from bot.model.suggestion import Call, Suggestion, SuggestionState

    incident = ledger.incidents().find()[0].id
    ask = AskRun(runbook="ping", limit="web1", environment="local", parameters={"said": HOSTILE})
    offered = Suggestion(
        key="town/often/1",
        incident_id=incident,
        actor="rule:town/often",
        ask=ask,
        hosts=("web1",),
        state=SuggestionState.OFFERED,
        reason=HOSTILE,
        verify=60,
        at=NOW,
        changed_at=NOW,
    )
    ledger.suggestions().add(offered)
    ledger.suggestions().add(replace(offered, key="town/often/2", state=SuggestionState.STARTED, run_id=2))
    call = Call(key="call:1", incident_id=incident, to=("slack:U1",), after=300, text=HOSTILE, next_at=NOW)
    ledger.suggestions().add_call(call)
