"""Commands without a person: lines enter, what comes of each is told, the last one's exit status leaves."""

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

from bot.chat import LetterKind
from bot.entrypoints.terminal.speaker import Speaker, secret_question
from bot.entrypoints.terminal.voice import Voice
from bot.errors import BadParameters, SignalboxError, Unavailable, WrongState
from bot.flows.cards import card_of
from bot.flows.listening import nobody
from bot.flows.waiting import waiting_card
from bot.model.reply import Reply
from bot.model.request import Accepted, Answer, Awaiting, SecretsNeeded
from bot.model.run import Run
from bot.model.status import RunStatus
from bot.model.view import RunCard
from bot.model.words import duration, some
from bot.progress import Progress

DONE, NOT_SUCCESSFUL, REFUSED = 0, 1, 2
QUIET_SECONDS = 20.0
"""After this long without an event, say what is being waited for; and again after each such time."""
RECAP_SECONDS = 60.0

AskSecret = Callable[[str], str | None]
"""A question enters; the value leaves, taken without echo; None when there is nobody to ask."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """The session, its voice, and how secrets are asked for."""

    speaker: Speaker
    voice: Voice
    ask_secret: AskSecret

    def handle(self, lines: Iterable[str]) -> int:
        """Say every line that is not empty, one after the other."""
        status = DONE
        for line in lines:
            if line.strip():
                status = self._line(line)
        return status

    def _line(self, line: str) -> int:
        try:
            answer = self._say(line)
        except SignalboxError as error:
            self.voice.refusal(error)
            return REFUSED
        if isinstance(answer, Reply):
            self.voice.reply(answer)
            return DONE
        if isinstance(answer, Awaiting):
            return self._waits(answer.run)
        return self._follow(answer.run)

    def _waits(self, run: Run) -> int:
        """A run that waits for people is shown, and left: it is not successful yet."""
        pending = self.speaker.ledger.consent(run.id)
        if pending is not None:
            self.voice.waits(waiting_card(self.speaker.ledger, run, pending))
        return NOT_SUCCESSFUL

    def _say(self, line: str) -> Reply | Accepted | Awaiting:
        answer: Answer = self.speaker.say(line)
        if not isinstance(answer, SecretsNeeded):
            return answer
        values = {name: self.ask_secret(secret_question(name, about)) or "" for name, about in answer.questions}
        answer = self.speaker.say(line, values)
        if isinstance(answer, SecretsNeeded):
            raise BadParameters(
                f"{answer.runbook} needs {', '.join(name for name, _ in answer.questions)}, which is secret.",
                "Ask in a terminal, where it is taken without echo, or give it as the next line of standard input.",
            )
        return answer

    def _follow(self, run: Run) -> int:
        """Tell what happens until the recap is there; an interrupt cancels the run and is passed on when it is over."""
        progress = Progress(run.id, run.plan.target.hosts)
        self.voice.accepted(card_of(run, progress.view(), waits=self.speaker.waits(run)))
        try:
            card = self._watch(run, progress)
        except KeyboardInterrupt:
            self.voice.note(f"Canceling run {run.id}.")
            with suppress(WrongState):  # it has ended in the meantime
                self.speaker.say(f"cancel {run.id}")
            self.voice.recap(self._watch(run, progress))
            raise
        except SignalboxError as error:  # the run was accepted: what became of it can't be told
            self.voice.note(str(error))
            return NOT_SUCCESSFUL
        self.voice.recap(card)
        return DONE if card.view.status is RunStatus.SUCCESSFUL else NOT_SUCCESSFUL

    def _watch(self, run: Run, progress: Progress) -> RunCard:
        if not progress.view().drained:
            self._tell(run, progress)
        return self._recap(run)

    def _tell(self, run: Run, progress: Progress) -> None:
        quiet_since = time.monotonic()
        for event in self.speaker.events(run, after=progress.counter):
            if event is not None:
                progress.apply(event)
                self.voice.event(event)
                quiet_since = time.monotonic()
            elif time.monotonic() - quiet_since > QUIET_SECONDS:
                self.voice.note(self._waiting_for(run, progress))
                quiet_since = time.monotonic()

    def _waiting_for(self, run: Run, progress: Progress) -> str:
        view = progress.view()
        if view.task and view.task_started_at is not None:
            hosts = f", hosts {some(view.task_hosts, 5)}" if view.task_hosts else ""
            return f"still in TASK {view.task}, {duration(time.time() - view.task_started_at)}{hosts}"
        if others := self.speaker.waits(run):
            return f"run {run.id} waits for {others}"
        queue = self.speaker.queue.queue_of(run.id)
        if not self.speaker.queue.workers(queue):
            return f"run {run.id} waits: {nobody(queue)} (`python -m bot doctor` tells more)"
        return f"run {run.id} waits for a worker"

    def _recap(self, run: Run) -> RunCard:
        """What the relay says when all is stored."""
        deadline = time.monotonic() + RECAP_SECONDS
        while time.monotonic() < deadline:
            for letter in self.speaker.letters(block_ms=500):
                if letter.kind is LetterKind.RECAP and letter.card and letter.card.run_id == run.id:
                    return letter.card
        raise Unavailable(f"Run {run.id} has ended, but no relay has said how.", f"`show {run.id}` may know later.")
