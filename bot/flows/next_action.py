"""An incident enters; what could be done next about it leaves, each with a preview and every guard's answer."""

from dataclasses import dataclass, replace

from bot.errors import Refused, WrongState
from bot.flows.explain import Explain
from bot.flows.incident_story import Story
from bot.flows.past import Memory
from bot.flows.start import Start, Started
from bot.flows.store import Lineage
from bot.model.explanation import Explanation
from bot.model.next_action import NextAction, ranked
from bot.model.people import Origin
from bot.model.request import Accepted, Awaiting, Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Previewed:
    """One of them, as the person who looks may do it; `problem` says why it cannot be asked for at all."""

    action: NextAction
    explanation: Explanation | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NextActions:
    """The flow with the stations it passes."""

    memory: Memory
    explain: Explain
    start: Start
    story: Story

    def handle(self, incident_id: int, request: Request, most: int = 5) -> tuple[Previewed, ...]:
        """The first few; nothing changes. UnknownName when there is no such incident."""
        incident = self.memory.incidents.get(incident_id)
        past = list(self.memory.runs(incident))
        found = ranked(self.memory.offers(incident_id), past, self.memory.known(incident_id, past))
        return tuple(self._previewed(action, request) for action in found[:most])

    def replay(self, incident_id: int, request: Request) -> Started:
        """Ask for the last run that ended an incident like this one, resolved anew; WrongState when there was none."""
        past = next(self.memory.runs(self.memory.incidents.get(incident_id)), None)
        ask = None if past is None else self.memory.again(incident_id, past)
        if past is None or ask is None:
            what = f"No earlier incident like {incident_id} was ended by a run."
            raise WrongState(what, f"`incident {incident_id}` shows what else could be done.")
        lineage = Lineage(parent=past.run_id, how="rerun")
        answer = self.start.handle(ask, replace(request, origin=Origin.REPLAY), lineage=lineage)
        if isinstance(answer, Accepted | Awaiting):
            text = f"as run {past.run_id} in incident {past.incident_id}"
            self.story.add(incident_id, "replayed", str(request.actor), text, run=answer.run.id)
        return answer

    def _previewed(self, action: NextAction, request: Request) -> Previewed:
        try:
            return Previewed(action=action, explanation=self.explain.handle(action.ask, request))
        except Refused as refusal:
            return Previewed(action=action, problem=str(refusal))
