"""Statements for the road of an alert, made once: to make them anew for each alert takes longer than to execute them.

Values enter by name when they are executed; a row to be stored is given whole.
"""

from sqlalchemy import Table, bindparam, func, insert, select, update

from bot.ledger.tables import alert_keys, alert_news, alerts, incident_events, incidents, mutes
from bot.model.alert import AlertStatus
from bot.model.incident import IncidentStatus

OPEN = incidents.c.status != IncidentStatus.CLOSED.value
"""Of an incident that is not closed."""

KNOWN_KEY = select(alert_keys.c.digest).where(alert_keys.c.digest == bindparam("digest"))
LATEST_ALERT = select(alerts).where(alerts.c.key == bindparam("key")).order_by(alerts.c.id.desc()).limit(1)
ALERT = select(alerts).where(alerts.c.id == bindparam("own"))
INCIDENT = select(incidents).where(incidents.c.id == bindparam("own"))
OPEN_OF_GROUP = (
    select(incidents).where(incidents.c.group_key == bindparam("group"), OPEN).order_by(incidents.c.id.desc()).limit(1)
)
FIRING = (
    select(func.count())
    .select_from(alerts)
    .where(
        alerts.c.incident_id == bindparam("incident"),
        alerts.c.status == AlertStatus.FIRING.value,
        alerts.c.id != bindparam("but"),
    )
)
"""How many alerts of an incident fire, but for one."""
MUTES = select(mutes).where(mutes.c.ended_at.is_(None), mutes.c.until > bindparam("now")).order_by(mutes.c.id)
NEXT_EDITION = update(incidents).where(incidents.c.id == bindparam("own")).values(edition=incidents.c.edition + 1)

_TABLES: tuple[Table, ...] = (incidents, alerts, alert_keys, alert_news, incident_events, mutes)
ADD = {table: insert(table) for table in _TABLES}
CHANGE = {table: update(table).where(table.c.id == bindparam("own")) for table in (incidents, alerts, mutes)}
