"""What people do about alerts and incidents: a command enters, SQL is changed in one step, a Reply leaves."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.alerts import acknowledge, assign, close, note
from bot.errors import NotUnderstood, UnknownName
from bot.flows import journal
from bot.flows.await_consent import utc_now
from bot.flows.inquire_incidents import matchers_text, moment_text
from bot.flows.journal import Journal
from bot.flows.permission import Permission
from bot.ledger import Incidents
from bot.model.command import AskAcknowledge, AskAssign, AskClose, AskMute, AskNote, AskUnmute, Attending
from bot.model.durations import written
from bot.model.incident import Mute
from bot.model.reply import Reply, Text
from bot.model.request import Request
from bot.model.secrecy import mask

LONGEST_MUTE_SECONDS = 7 * 86400
_WHO = re.compile(r"(?:terminal|slack):[^\s:]{1,80}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attend:
    """The flow with the stations it passes; whatever it does is in the audit."""

    incidents: Incidents
    permission: Permission
    journal: Journal
    clock: Callable[[], datetime] = utc_now

    def handle(self, command: Attending, request: Request) -> Reply:
        """Do it; NotAllowed when the actor may not, WrongState when the incident is over or somebody's already."""
        match command:
            case AskMute():
                text = self._mute(command, request)
            case AskUnmute():
                text = self._unmute(command, request)
            case _:
                self.permission.to_attend(request)
                text = self._change(command, request)
        return Reply(parts=(Text(text=text),))

    def _change(self, command: AskAcknowledge | AskAssign | AskNote | AskClose, request: Request) -> str:
        actor, now, number = str(request.actor), self.clock(), command.incident_id
        match command:
            case AskAcknowledge():
                self.incidents.change(number, acknowledge(actor, now))
                return self._done(request, number, journal.ACKNOWLEDGED, f"You look after incident {number}.")
            case AskAssign():
                who = _who(command.to, request)
                self.incidents.change(number, assign(actor, who, now))
                return self._done(request, number, journal.ASSIGNED, f"Incident {number} is {who}'s.", who)
            case AskNote():
                said = mask(command.text)
                self.incidents.change(number, note(actor, said, now))
                return self._done(request, number, journal.NOTED, f"Added to incident {number}.", said)
        reason, firing = mask(command.reason), self.incidents.card(number, most=0).firing
        self.incidents.change(number, close(actor, reason, now))
        still = f" {firing} of its alerts still fire; the same will not open it again." if firing else ""
        return self._done(request, number, journal.CLOSED, f"Incident {number} is closed.{still}", reason)

    def _done(self, request: Request, incident_id: int, status: str, text: str, reason: str = "") -> str:
        self.journal.decided(request, "incident", status, reason=reason, incident_id=incident_id)
        return text

    def _mute(self, ask: AskMute, request: Request) -> str:
        """What is silent may be about any environment, so it takes somebody who may hold all of them back."""
        self.permission.to_hold(request, None)
        if ask.seconds > LONGEST_MUTE_SECONDS:
            longest = written(LONGEST_MUTE_SECONDS)
            raise NotUnderstood(f"A mute lasts {longest} at most.", f"Such as `for {longest}`.")
        now = self.clock()
        until = now + timedelta(seconds=ask.seconds)
        made = self.incidents.mute(
            Mute(matchers=ask.matchers, at=now, until=until, by=str(request.actor), why=ask.reason)
        )
        what = matchers_text(made.matchers)
        self.journal.decided(
            request, "alerts", journal.MUTED, reason=f"{what} for {written(ask.seconds)}: {ask.reason}"
        )
        until_text = f"Alerts that fit {what} are silent until {moment_text(until)}"
        return f"{until_text} (mute {made.id}). What is open stays so; `alerts unmute {made.id}` ends it."

    def _unmute(self, ask: AskUnmute, request: Request) -> str:
        self.permission.to_hold(request, None)
        if not self.incidents.unmute(ask.mute_id, str(request.actor), self.clock()):
            raise UnknownName(f"There is no mute {ask.mute_id} in force.", "`alerts mutes` lists those that are.")
        why = f"mute {ask.mute_id}{f': {ask.reason}' if ask.reason else ''}"
        self.journal.decided(request, "alerts", journal.UNMUTED, reason=why)
        return f"Mute {ask.mute_id} is off."


def _who(said: str, request: Request) -> str:
    """The actor that is meant: `me`, a whole name such as slack:U1, or in a terminal a bare one."""
    if said.casefold() == "me":
        return str(request.actor)
    named = said if ":" in said or request.actor.transport != "terminal" else f"terminal:{said}"
    if not _WHO.fullmatch(named):
        raise NotUnderstood("That names nobody.", "Write `me`, a mention in Slack, or such as `terminal:anna`.")
    return named
