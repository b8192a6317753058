"""The bot for a person at a terminal: lines enter at the prompt, cards live below it, what happens scrolls above."""

import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from prompt_toolkit.formatted_text import AnyFormattedText
from rich.console import Group
from rich.text import Text

from bot.chat import Letter, LetterKind
from bot.chat.terminal import (
    event_lines,
    incident_lines,
    live_cards,
    live_incidents,
    recap,
    reply_renderable,
    waiting_lines,
)
from bot.chat.terminal.prompt import Leave, Prompt
from bot.commands import complete
from bot.entrypoints.terminal.leaving import Leaving
from bot.entrypoints.terminal.refusal import refusal_lines
from bot.entrypoints.terminal.speaker import Speaker, secret_question
from bot.errors import BadParameters, SignalboxError
from bot.flows.cards import card_of
from bot.flows.waiting import waiting_card
from bot.model.command import Completion
from bot.model.event import Result, RunEvent
from bot.model.incident import IncidentCard
from bot.model.reply import Reply
from bot.model.request import Accepted, Answer, Awaiting, SecretsNeeded
from bot.model.run import Run
from bot.model.status import RunStatus
from bot.model.view import RunCard
from bot.progress import Progress

DONE, NOT_SUCCESSFUL, REFUSED = 0, 1, 2
INCIDENTS_SHOWN = 3
EVERY_RESULT_HOSTS = 25
"""On more hosts than this, only what went wrong scrolls by; the card counts the rest."""
ABANDON_SECONDS = 15.0
GREETING = "Signalbox. `help` lists what you can say, `runbooks` what can be run; Ctrl-C leaves."


@dataclass(slots=True, kw_only=True)
class Live:
    """One sitting. `own_stack`: the workers end when the last chat leaves, so runs can't be left to themselves."""

    speaker: Speaker
    home: Path
    own_stack: bool
    _prompt: Prompt = field(init=False)
    _cards: dict[int, RunCard] = field(default_factory=dict, init=False)
    _incidents: dict[int, IncidentCard] = field(default_factory=dict, init=False)
    _stop: threading.Event = field(default_factory=threading.Event, init=False)
    _status: int = field(default=DONE, init=False)

    def handle(self) -> int:
        """Talk until the person leaves; the exit status is the last command's."""
        with Prompt(self.home / "history", self._complete, self._below) as self._prompt:
            watcher = threading.Thread(target=self._watch, daemon=True)
            watcher.start()
            self._prompt.print_above(Text(GREETING))
            try:
                self._talk()
            except (OSError, KeyboardInterrupt):  # the terminal is gone, or we are to be
                self._abandon()
            finally:
                self._stop.set()
                watcher.join()
        return self._status

    def _talk(self) -> None:
        leaving = Leaving(prompt=self._prompt, runs=self._under_way, can_stay=not self.own_stack)
        while True:
            try:
                line = self._prompt.read_line().strip()
            except Leave:
                line = "exit"
            if line in {"exit", "quit"}:
                if leaving.handle(lambda run_id: self._line(f"cancel {run_id}")):
                    return
            elif line:
                self._line(line)

    def _abandon(self) -> None:
        """Nobody can be asked any more: runs that would lose their workers are canceled; then wait for their end."""
        if not self.own_stack:
            return
        for run_id in self._under_way():
            with suppress(SignalboxError):  # it has ended, or it can't be reached
                self.speaker.say(f"cancel {run_id}")
        deadline = time.monotonic() + ABANDON_SECONDS
        while self._under_way() and time.monotonic() < deadline:
            time.sleep(0.05)

    def _under_way(self) -> list[int]:
        """The runs that need a worker; one that waits for people stays in SQL, whoever leaves."""
        cards = dict(self._cards)
        return sorted(number for number, card in cards.items() if card.view.status is not RunStatus.AWAITING_APPROVAL)

    def _line(self, line: str) -> None:
        try:
            answer = self._say(line)
        except Leave:
            return
        except SignalboxError as error:
            self._status = REFUSED
            self._print_lines(refusal_lines(error))
            return
        if isinstance(answer, Reply):
            self._status = DONE
            self._prompt.remember(line)
            self._prompt.print_above(reply_renderable(answer, self._prompt.width))
        else:
            # As the ledger has it, without secrets; other lines than `run` have none, and may be far shorter.
            known = answer.run.parent is not None or answer.run.id in self._cards
            self._prompt.remember(line if known else answer.run.command)
            self._follow(answer)

    def _say(self, line: str) -> Reply | Accepted | Awaiting:
        answer: Answer = self.speaker.say(line)
        if isinstance(answer, SecretsNeeded):
            questions = {name: secret_question(name, about) for name, about in answer.questions}
            values = {name: self._prompt.ask_secret(question) for name, question in questions.items()}
            answer = self.speaker.say(line, values)
        if isinstance(answer, SecretsNeeded):
            names = ", ".join(name for name, _ in answer.questions)
            raise BadParameters(f"{answer.runbook} needs a value for {names}.", "Ask again, and type it when asked.")
        return answer

    def _follow(self, answer: Accepted | Awaiting) -> None:
        """Show the hosts, or all that is asked; then let what happens scroll by while the prompt stays usable."""
        run = answer.run
        if isinstance(answer, Accepted) and run.id in self._cards:
            return  # it was asked for here, has been confirmed, and is followed already
        pending = self.speaker.ledger.consent(run.id) if isinstance(answer, Awaiting) else None
        if pending is not None:
            card = waiting_card(self.speaker.ledger, run, pending)
        else:
            card = card_of(run, Progress(run.id, run.plan.target.hosts).view(), waits=self.speaker.waits(run))
        self._cards[run.id] = card
        self._prompt.print_above(Text("\n".join(waiting_lines(card))))
        threading.Thread(target=self._scroll, args=(run,), daemon=True).start()

    def _scroll(self, run: Run) -> None:
        everything = len(run.plan.target.hosts) <= EVERY_RESULT_HOSTS
        try:
            for event in self.speaker.events(run):
                if self._stop.is_set():
                    return
                if event is not None and (everything or _matters(event)):
                    self._print_lines(event_lines(event, messages=True))
        except SignalboxError as error:
            self._print_lines(refusal_lines(error))

    def _print_lines(self, lines: list[str]) -> None:
        if lines:
            self._prompt.print_above(Text("\n".join(lines)))

    def _complete(self, text: str) -> list[Completion]:
        return complete(text, self.speaker.names())

    def _below(self) -> AnyFormattedText:
        """What stands below the prompt: the newest open incidents, and the cards of the runs under way."""
        cards = [card for _, card in sorted(self._cards.items())]
        incidents = [card for _, card in sorted(self._incidents.items())][-INCIDENTS_SHOWN:]
        if not cards and not incidents:
            return ""
        height = max(4, self._prompt.height // 2)
        width = self._prompt.width
        return self._prompt.as_status(
            Group(live_incidents(incidents, width), live_cards(cards, time.time(), width, height))
        )

    def _watch(self) -> None:
        """In a thread of its own: take what the relay puts into this conversation, and show it."""
        while not self._stop.is_set():
            try:
                letters = [*self.speaker.letters(block_ms=300), *self.speaker.news()]
            except SignalboxError:
                self._stop.wait(1)  # Redis is away; the mailbox keeps what comes
                continue
            for letter in letters:
                self._take(letter)

    def _take(self, letter: Letter) -> None:
        card = letter.card
        if letter.incident is not None:
            self._take_incident(letter.incident)
        elif card is None:
            self._prompt.print_above(Text(letter.text))
        elif letter.kind is LetterKind.RECAP:
            self._status = DONE if card.view.status is RunStatus.SUCCESSFUL else NOT_SUCCESSFUL
            self._prompt.print_above(recap(card, self._prompt.width))
            self._cards.pop(card.run_id, None)
        elif card.run_id in self._cards:
            self._cards[card.run_id] = card

    def _take_incident(self, card: IncidentCard) -> None:
        """Above the prompt when it begins, ends or changes its status; below it, in one line, while it is open."""
        incident, before = card.incident, self._incidents.get(card.incident.id)
        if before is None or _stand(before) != _stand(card):
            self._print_lines(incident_lines(card))
        if incident.closed:
            self._incidents.pop(incident.id, None)
        else:
            self._incidents[incident.id] = card


def _stand(card: IncidentCard) -> tuple[str, bool]:
    return card.incident.status.value, card.incident.flapping


def _matters(event: RunEvent) -> bool:
    """Headings and what went wrong."""
    return not event.host or event.result in {Result.FAILED, Result.UNREACHABLE}
