"""What a notice of an alert changes: how things stand and the notice enter, a Change leaves.

Alerts that have the same values of `by` are one group, and join its incident while that is open and something
happened in it within `window`. An alert that began and ended `changes` times within `within` is flapping.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

from bot.alerts.fields import digest
from bot.model.alert import Alert, AlertStatus, Severity
from bot.model.incident import (
    Change,
    Decide,
    Effect,
    Incident,
    IncidentEvent,
    IncidentStatus,
    Mute,
    Notice,
    Situation,
    Standing,
)

SELECTORS = ("source", "service", "symptom", "host", "severity", "title")
ANY, NAMES = "any", ("service", "symptom", "host")
"""The selector for which one of the names of an alert has to fit."""
MOST_CHANGES = 50
_WORST = (Severity.UNKNOWN, Severity.INFO, Severity.WARNING, Severity.ERROR, Severity.CRITICAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """How alerts are put together; `by` are selectors, or `labels.<name>`; the durations are seconds."""

    by: tuple[str, ...] = ("service", "symptom")
    window: int = 3600
    changes: int = 4
    within: int = 600


def selected(alert: Alert, selector: str) -> str:
    """What an alert has under a selector; empty when it has nothing."""
    if selector.startswith("labels."):
        return alert.labels.get(selector.removeprefix("labels."), "")
    return str(getattr(alert, selector)) if selector in SELECTORS else ""


def group_of(alert: Alert, grouping: Grouping) -> str:
    """The name of an alert's group; of two alerts with the same values it is the same."""
    return digest(*([selector, selected(alert, selector)] for selector in grouping.by))


def fits(mute: Mute, alert: Alert, now: datetime) -> bool:
    """Whether a mute keeps an alert silent; one that names nothing fits nothing."""
    if not mute.matchers or mute.ended_at is not None or not mute.at <= now < mute.until:
        return False
    return all(_fits(alert, name, glob) for name, glob in mute.matchers.items())


def _fits(alert: Alert, name: str, glob: str) -> bool:
    if name == ANY:
        return any(fnmatchcase(selected(alert, each), glob) for each in NAMES)
    return fnmatchcase(selected(alert, name), glob)


def decider(grouping: Grouping) -> Decide:
    """The decision, under a configuration."""
    return lambda situation, notice: decide(situation, notice, grouping)


def decide(situation: Situation, notice: Notice, grouping: Grouping) -> Change:
    """What the notice changes."""
    if _said_before(situation, notice) or (situation.seen and not _heard_again(situation, notice)):
        return _repeated(situation, notice)
    if _ended_before(situation, notice) or _came_late(situation, notice):
        return Change(effect=Effect.IGNORED, standing=_counted(situation, notice))
    if notice.alert.status is AlertStatus.RESOLVED:
        return _resolved(situation, notice, grouping)
    mute = next((mute for mute in situation.mutes if fits(mute, notice.alert, notice.at)), None)
    if mute is not None and not _in_open(situation):
        return Change(effect=Effect.MUTED, standing=replace(_standing(None, notice), muted_by=mute.id))
    return _began(situation, notice, grouping)


def quiet(incident: Incident, firing: int, now: datetime, grouping: Grouping) -> bool:
    """Whether a flapping incident, whose alerts are over, has been quiet for long enough to be closed."""
    over = incident.flapping and not incident.closed and firing == 0
    return over and now - incident.last_at >= timedelta(seconds=grouping.within)


def _began(situation: Situation, notice: Notice, grouping: Grouping) -> Change:
    own = situation.own
    if own is not None and _is_near(own, notice, grouping):
        return _again(own, _standing(situation.known, notice), notice, grouping)
    there = situation.open
    standing = _standing(None, notice)
    if there is not None and notice.at - there.last_at <= timedelta(seconds=grouping.window):
        incident = _touched(there, notice)
        return _change(Effect.JOINED, replace(standing, incident_id=there.id), incident, notice)
    return _change(Effect.OPENED, standing, _new(notice), notice)


def _again(own: Incident, standing: Standing, notice: Notice, grouping: Grouping) -> Change:
    """It begins anew in the incident that it was in."""
    incident = _touched(own, notice)
    flaps = own.flapping or _flaps(standing, notice, grouping)
    if flaps:
        opened = replace(_reopened(incident, notice), flapping=True) if own.closed else replace(incident, flapping=True)
        return _change(Effect.FLAPPING, standing, opened, notice, told=not own.flapping)
    if own.closed:
        return _change(Effect.REOPENED, standing, _reopened(incident, notice), notice)
    return _change(Effect.JOINED, standing, incident, notice)


def _resolved(situation: Situation, notice: Notice, grouping: Grouping) -> Change:
    known, own = situation.known, situation.own
    if known is None or known.alert.status is AlertStatus.RESOLVED:
        return Change(effect=Effect.IGNORED, standing=_standing(known, notice))
    standing = _standing(known, notice)
    if own is None or own.closed:
        return Change(effect=Effect.MUTED if known.muted_by else Effect.RESOLVED, standing=standing)
    incident = replace(own, last_at=notice.at)
    if situation.others_firing:
        return _change(Effect.RESOLVED, standing, incident, notice)
    if own.flapping or _flaps(standing, notice, grouping):
        return _change(Effect.FLAPPING, standing, replace(incident, flapping=True), notice, told=not own.flapping)
    closed = replace(incident, status=IncidentStatus.CLOSED, closed_at=notice.at, closed_by="")
    return _change(Effect.CLOSED, standing, closed, notice)


def _repeated(situation: Situation, notice: Notice) -> Change:
    return Change(effect=Effect.REPEATED, standing=_counted(situation, notice))


def _counted(situation: Situation, notice: Notice) -> Standing:
    known = situation.known or _standing(None, notice)
    alert = notice.alert if _began_anew(known.alert, notice.alert) else known.alert
    return replace(known, alert=alert, repeats=known.repeats + 1, last_at=max(known.last_at, notice.at))


def _began_anew(known: Alert, said: Alert) -> bool:
    """Whether both fire, and it began later than was known: the end between them is still on its way, or got lost."""
    fires = known.status is said.status is AlertStatus.FIRING
    return fires and known.starts_at is not None and said.starts_at is not None and known.starts_at < said.starts_at


def _said_before(situation: Situation, notice: Notice) -> bool:
    """A firing alert that fires, in an incident that is open or under a mute that still holds."""
    known = situation.known
    if known is None or not known.alert.status is notice.alert.status is AlertStatus.FIRING:
        return False
    muted = any(mute.id == known.muted_by and fits(mute, notice.alert, notice.at) for mute in situation.mutes)
    return _in_open(situation) or muted


def _heard_again(situation: Situation, notice: Notice) -> bool:
    """Whether it fires on under a mute that is over: then it is told, though its words are not new."""
    known = situation.known
    fires = known is not None and known.alert.status is notice.alert.status is AlertStatus.FIRING
    return fires and known is not None and known.muted_by is not None and not _said_before(situation, notice)


def _came_late(situation: Situation, notice: Notice) -> bool:
    """A beginning that comes after the end of the same episode; where the sender names none, its times tell."""
    known, said = situation.known, notice.alert
    if known is None or known.alert.status is AlertStatus.FIRING or said.status is AlertStatus.RESOLVED:
        return False
    if said.episode:
        return known.alert.episode == said.episode
    ended = known.alert.ends_at
    return ended is not None and said.starts_at is not None and said.starts_at <= ended


def _ended_before(situation: Situation, notice: Notice) -> bool:
    """An end that comes after the next beginning: it is that of an episode before."""
    known, said = situation.known, notice.alert
    if known is None or known.alert.status is AlertStatus.RESOLVED or said.status is AlertStatus.FIRING:
        return False
    if said.episode and said.episode == known.alert.episode:
        return False
    began = known.alert.starts_at
    return began is not None and said.ends_at is not None and said.ends_at < began


def _in_open(situation: Situation) -> bool:
    return situation.own is not None and not situation.own.closed


def _is_near(own: Incident, notice: Notice, grouping: Grouping) -> bool:
    """Whether an alert that comes again is still the same trouble; what a person closed is not opened again."""
    if own.group != notice.group:
        return False
    if not own.closed:
        return True
    return not own.closed_by and notice.at - own.last_at <= timedelta(seconds=grouping.within)


def _flaps(standing: Standing, notice: Notice, grouping: Grouping) -> bool:
    since = notice.at.timestamp() - grouping.within
    return sum(change > since for change in standing.changes) >= grouping.changes


def _standing(known: Standing | None, notice: Notice) -> Standing:
    """How the alert stands after a change of its status."""
    changes = (*(known.changes if known else ()), notice.at.timestamp())[-MOST_CHANGES:]
    if known is None:
        return Standing(alert=notice.alert, first_at=notice.at, last_at=notice.at, changes=changes)
    return replace(known, alert=notice.alert, last_at=notice.at, changes=changes)


def _new(notice: Notice) -> Incident:
    alert = notice.alert
    same = {name: getattr(alert, name) for name in ("source", "service", "symptom", "title", "severity")}
    return Incident(group=notice.group, opened_at=notice.at, last_at=notice.at, **same)


def _touched(incident: Incident, notice: Notice) -> Incident:
    worst = max(incident.severity, notice.alert.severity, key=_WORST.index)
    return replace(incident, last_at=max(incident.last_at, notice.at), severity=worst)


def _reopened(incident: Incident, notice: Notice) -> Incident:
    """Whoever looked after it still does; where nobody did, all are called anew, as if it had just begun."""
    again = IncidentStatus.ACKNOWLEDGED if incident.acknowledged_by else IncidentStatus.OPEN
    return replace(incident, status=again, closed_at=None, closed_by="", reopened_at=notice.at, escalated=0)


def _change(effect: Effect, standing: Standing, incident: Incident, notice: Notice, *, told: bool = True) -> Change:
    data = {"source": notice.alert.source, "host": notice.alert.host, "severity": str(notice.alert.severity)}
    event = IncidentEvent(kind=effect, at=notice.at, text=notice.alert.title, data=data)
    return Change(effect=effect, standing=standing, incident=incident, events=(event,) if told else ())
