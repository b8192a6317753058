"""audit: what was asked, decided and done, for those who may do the same."""

from dataclasses import dataclass

from bot.flows.permission import Permission
from bot.ledger import AuditQuestion, AutomationEvent, Ledger
from bot.model.command import AskAudit
from bot.model.reply import Reply, Table, Text
from bot.model.request import Request

LOOKED_AT = 1000
REASON_CHARACTERS = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class InquireAudit:
    """Questions about the audit: everybody sees what they asked for, and what they may act on themselves."""

    ledger: Ledger
    permission: Permission

    def search(self, ask: AskAudit, request: Request) -> Reply:
        """The newest rows, one line each."""
        question = AuditQuestion(last=LOOKED_AT, run_id=ask.run_id, actor=ask.actor, environment=ask.environment)
        seen = [row for row in self.ledger.audited(question) if self._may_see(row, request)][: ask.last]
        if not seen:
            return Reply(parts=(Text(text="The audit has nothing of that for you."),))
        columns = ("when", "action", "status", "who", "environment", "run", "reason")
        return Reply(parts=(Table(title="Audit", columns=columns, rows=tuple(_row(row) for row in seen)),))

    def _may_see(self, row: AutomationEvent, request: Request) -> bool:
        return row.actor == str(request.actor) or self.permission.may_act(request, row.action, row.environment)


def _row(row: AutomationEvent) -> tuple[str, ...]:
    when = row.at.astimezone().strftime("%Y-%m-%d %H:%M:%S") if row.at else ""
    run = "" if row.run_id is None else str(row.run_id)
    why = row.reason or (row.result if row.result != row.status else "")
    short = why if len(why) <= REASON_CHARACTERS else why[: REASON_CHARACTERS - 1] + "…"
    return (when, row.action, row.status, row.actor, row.environment, run, short)
