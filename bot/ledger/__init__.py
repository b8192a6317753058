"""The ledger: what Signalbox must not forget goes in as values and comes out as values; SQL stays inside.

Runs with every status change, what they wait for, hosts with their outcome, run events, the audit table
`automation_events`, and the installation's own id. `SqlLedger` is the real one, `MemoryLedger` its twin, `Ledger` the
door both fit. Beside it stands the outbox, what must reach a conversation: `SqlLedger.outbox()`, its twin
`MemoryOutbox`, the door `Outbox`; and alerts with their incidents: `SqlLedger.incidents()`, `MemoryIncidents`,
`Incidents`; and what rules would have run: `SqlLedger.suggestions()`, `MemorySuggestions`, `Suggestions`.

The real ones are not imported here (`bot.ledger.sql`): a worker needs no SQL, and does not wait for its libraries.
"""

from bot.ledger.chain import Chain, Verdict, digest, verify
from bot.ledger.incidents import Incidents, Taking
from bot.ledger.incidents_memory import MemoryIncidents
from bot.ledger.memory import MemoryLedger
from bot.ledger.outbox import LONGEST_SECONDS, DeliveryState, Outbox, Posted
from bot.ledger.outbox_memory import MemoryOutbox
from bot.ledger.protocol import Ledger
from bot.ledger.rows import service_of
from bot.ledger.suggestions import Suggestions
from bot.ledger.suggestions_memory import MemorySuggestions
from bot.ledger.values import AuditQuestion, AutomationEvent, ConsentFigure, RunFigure, StatusChange, asked_before

__all__ = [
    "LONGEST_SECONDS",
    "AuditQuestion",
    "AutomationEvent",
    "Chain",
    "ConsentFigure",
    "DeliveryState",
    "Incidents",
    "Ledger",
    "MemoryIncidents",
    "MemoryLedger",
    "MemoryOutbox",
    "MemorySuggestions",
    "Outbox",
    "Posted",
    "RunFigure",
    "StatusChange",
    "Suggestions",
    "Taking",
    "Verdict",
    "asked_before",
    "digest",
    "service_of",
    "verify",
]
