"""The bot for a person at a terminal: lines enter at the prompt, run cards live below it, recaps scroll above."""

import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import RenderableType
from rich.text import Text

from bot.chat import Letter, LetterKind
from bot.chat.terminal import Leave, Prompt, cards_status, header_renderable, recap_renderable, reply_renderable
from bot.commands import complete
from bot.entrypoints.terminal.speaker import Speaker
from bot.errors import Refused, SignalboxError, Unavailable
from bot.flows.cards import card_of
from bot.flows.places import vocabulary
from bot.model.command import Completion
from bot.model.reply import Reply
from bot.model.request import Accepted, Answer, SecretsNeeded
from bot.model.view import RunCard
from bot.progress import Progress

DONE, NOT_SUCCESSFUL, REFUSED = 0, 1, 2
WAIT_SECONDS = 0.2
GREETING = "Signalbox. `help` lists what you can say, `runbooks` what can be run; Ctrl-C leaves."


@dataclass(slots=True, kw_only=True)
class Live:
    """One sitting. `own_stack`: the workers end when the last chat leaves, so runs can't be left to themselves."""

    speaker: Speaker
    home: Path
    own_stack: bool
    _prompt: Prompt = field(init=False)
    _cards: dict[int, RunCard] = field(default_factory=dict, init=False)
    _stop: threading.Event = field(default_factory=threading.Event, init=False)
    _status: int = field(default=DONE, init=False)

    def handle(self) -> int:
        """Talk until the person leaves; the exit status is the last command's."""
        self._prompt = Prompt(self.home / "history", self._complete, self._running)
        watcher = threading.Thread(target=self._watch, daemon=True)
        watcher.start()
        self._prompt.print_above(Text(GREETING))
        try:
            self._talk()
        finally:
            self._stop.set()
            watcher.join()
        return self._status

    def _talk(self) -> None:
        while True:
            try:
                line = self._prompt.ask()
            except Leave:
                if self._may_leave():
                    return
                continue
            if line.strip() in {"exit", "quit"}:
                if self._may_leave():
                    return
            elif line.strip():
                self._line(line)

    def _line(self, line: str) -> None:
        try:
            answer = self._say(line)
        except Leave:
            return
        except SignalboxError as error:
            self._status = REFUSED
            self._refusal(error)
            return
        if isinstance(answer, Reply):
            self._status = DONE
            self._prompt.remember(line)
            self._prompt.print_above(reply_renderable(answer))
            return
        self._prompt.remember(answer.run.command)  # as the ledger has it: without secrets
        card = card_of(answer.run, Progress(answer.run.id, answer.run.plan.target.hosts).view())
        self._cards.setdefault(card.run_id, card)
        self._prompt.print_above(header_renderable(card))

    def _say(self, line: str) -> Reply | Accepted:
        answer: Answer = self.speaker.say(line)
        if isinstance(answer, SecretsNeeded):
            answer = self.speaker.say(line, {n: self._prompt.ask_secret(f"{n} ({d}): ") for n, d in answer.questions})
        if isinstance(answer, SecretsNeeded):
            raise Refused(f"{answer.runbook} needs a value for {', '.join(name for name, _ in answer.questions)}.")
        return answer

    def _refusal(self, error: SignalboxError) -> None:
        lines = [error.what, *getattr(error, "problems", ()), error.remedy]
        self._prompt.print_above(Text("\n".join(line for line in lines if line)))

    def _complete(self, text: str) -> list[Completion]:
        return complete(text, vocabulary(self.speaker.converse.catalog, self.speaker.converse.inventories))

    def _running(self) -> RenderableType | None:
        """What stands below the prompt: the cards of the runs under way."""
        cards = list(self._cards.values())
        return cards_status(cards, time.time()) if cards else None

    def _watch(self) -> None:
        """In a thread of its own: take what the relay puts into this conversation, and show it."""
        while not self._stop.is_set():
            try:
                letters = self.speaker.letters(block_ms=300)
            except Unavailable:
                self._stop.wait(1)
                continue
            for letter in letters:
                self._take(letter)

    def _take(self, letter: Letter) -> None:
        if letter.kind is LetterKind.TEXT:
            self._prompt.print_above(Text(letter.text))
        elif letter.card is not None and letter.kind is LetterKind.CARD and not letter.card.view.status.final:
            self._cards[letter.card.run_id] = letter.card
        elif letter.card is not None and letter.kind is LetterKind.RECAP:
            self._cards.pop(letter.card.run_id, None)
            self._status = DONE if letter.card.view.status == "successful" else NOT_SUCCESSFUL
            self._prompt.print_above(recap_renderable(letter.card))

    def _may_leave(self) -> bool:
        """With runs under way, ask what is to become of them."""
        if not self._cards:
            return True
        choices = {"w": "wait until they have ended", "c": "cancel them", "s": "stay here"}
        if not self.own_stack:
            choices["l"] = "leave them running"
        runs = ", ".join(str(run_id) for run_id in sorted(self._cards))
        try:
            choice = self._prompt.choose(f"Still under way: {runs}. What shall happen?", choices)
        except Leave:
            choice = "c"  # a second Ctrl-C: whoever wants out at once leaves nothing half watched behind
        if choice == "c":
            self._cancel_all()
        if choice in {"c", "w"}:
            return self._wait()
        return choice == "l"

    def _cancel_all(self) -> None:
        for run_id in sorted(self._cards):
            try:
                self.speaker.say(f"cancel {run_id}")
            except SignalboxError as error:
                self._refusal(error)

    def _wait(self) -> bool:
        """Until every card has its recap; Ctrl-C goes back to the prompt."""
        try:
            while self._cards:
                time.sleep(WAIT_SECONDS)
        except KeyboardInterrupt:
            return False
        return True
