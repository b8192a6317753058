"""The page about the audit has every column and every status, and the question that it promises."""

from bot.flows import journal
from bot.ledger.chain import COLUMNS
from bot.ledger.tables import automation_events
from bot.model.status import RunStatus
from tests.docs.pages import first_column, text


def test_every_column_is_documented_and_hashed() -> None:
    """Given the table, when its page and the chain's columns are read, then both have each column, and no other."""
    columns = {column.name for column in automation_events.columns}
    assert first_column("docs/audit.md", "Columns") == columns == set(COLUMNS)


def test_every_status_is_documented() -> None:
    """Given the words that the journal writes, when the page is read, then it has each, and no other."""
    own = {journal.ACCEPTED, journal.REFUSED, journal.REQUIRES_MANUAL, journal.STARTED, journal.CANCEL_ASKED}
    own |= {journal.CONFIRMATION, journal.APPROVAL, journal.DENIAL, journal.BREAK_GLASS}
    own |= {journal.LOCKED, journal.UNLOCKED, journal.FROZEN, journal.UNFROZEN, journal.BRAKED, journal.RELEASED}
    own |= {journal.PROMOTED, journal.DEMOTED}
    own |= {journal.ACKNOWLEDGED, journal.ASSIGNED, journal.NOTED, journal.CLOSED}
    own |= {journal.MUTED, journal.UNMUTED, journal.ESCALATED}
    ends = {"successful", "failed", "timeout", "canceled", "lost", "error", "denied", "expired"}
    assert ends <= {status.value for status in RunStatus}
    assert first_column("docs/audit.md", "Status") == own | ends


def test_the_promised_question_is_there() -> None:
    """Given the page, when the question about overrides is looked for, then it stands there as it is asked."""
    asked = (
        "select action, count(*) as overrides from automation_events where status = 'requires_manual'"
        " group by action order by overrides desc;"
    )
    assert asked in text("docs/audit.md")
