"""Keys that a person presses enter; lines, secrets and choices leave, while cards of runs live below the line."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import NoReturn, Self

from prompt_toolkit import PromptSession
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.completion import CompleteEvent, Completer
from prompt_toolkit.completion import Completion as Offer
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import ANSI, AnyFormattedText
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput
from prompt_toolkit.patch_stdout import StdoutProxy
from prompt_toolkit.shortcuts import CompleteStyle
from prompt_toolkit.styles import Style
from rich.console import RenderableType

from bot.chat.terminal.history import KeptHistory
from bot.chat.terminal.screen import to_ansi
from bot.chat.text import clean, line
from bot.model.command import Completion

REFRESH_SECONDS = 0.5
STYLE = Style.from_dict({"bottom-toolbar": "noreverse", "bottom-toolbar.text": "noreverse"})


class Leave(Exception):
    """The person wants to leave: Ctrl-C or Ctrl-D."""


class Prompt:
    """A session at a terminal; a context manager, because what is printed above the line is written by a thread.

    `completer` completes the text before the cursor, on Tab; `status` is asked twice a second for what is shown below
    the line (`as_status` makes it from a renderable). Only what `remember` is given goes into `history_file`.
    """

    def __init__(
        self,
        history_file: Path,
        completer: Callable[[str], list[Completion]],
        status: Callable[[], AnyFormattedText],
        mark: str = "> ",
    ) -> None:
        self._history = KeptHistory(history_file)
        self._mark = mark
        self._session: PromptSession[str] = PromptSession(
            history=self._history,
            completer=_Completer(completer),
            complete_while_typing=False,
            complete_style=CompleteStyle.COLUMN,
            auto_suggest=AutoSuggestFromHistory(),
            bottom_toolbar=status,
            refresh_interval=REFRESH_SECONDS,
            reserve_space_for_menu=4,
            style=STYLE,
        )
        self._above = StdoutProxy(raw=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Write out what is still to be printed; nothing can be printed after this."""
        self._above.close()

    @property
    def width(self) -> int:
        """Cells in a line of the terminal now."""
        return self._session.output.get_size().columns

    @property
    def height(self) -> int:
        """Lines of the terminal now."""
        return self._session.output.get_size().rows

    @property
    def encoding(self) -> str:
        """What the terminal is written to in."""
        return self._session.output.encoding()

    def read_line(self) -> str:
        """The next line; Leave on Ctrl-C and Ctrl-D."""
        try:
            return self._session.prompt(self._mark)
        except (KeyboardInterrupt, EOFError):
            _leave()

    def remember(self, text: str) -> None:
        """Keep a line in the history. Never call it with a line that holds a secret."""
        self._history.remember(text)

    def print_above(self, renderable: RenderableType) -> None:
        """Print above the line while a person types; from any thread."""
        self._above.write(to_ansi(renderable, self.width, self.encoding))

    def as_status(self, renderable: RenderableType) -> ANSI:
        """A renderable as `status` gives it."""
        return ANSI(to_ansi(renderable, self.width, self.encoding).rstrip("\n"))

    def ask_secret(self, question: str) -> str:
        """An answer that is shown nowhere, kept nowhere, not even its length; Leave on Ctrl-C and Ctrl-D."""
        asking: PromptSession[str] = PromptSession(input_processors=[_Hidden()], style=STYLE)
        try:
            return asking.prompt(f"{line(question)} ")
        except (KeyboardInterrupt, EOFError):
            _leave()

    def choose(self, question: str, choices: Mapping[str, str]) -> str:
        """The key of the choice that was made, by one key press; every key is one character.

        Leave on Ctrl-C and Ctrl-D.
        """
        texts = [line(question), *(f"  [{key}] {line(text)}" for key, text in choices.items())]
        asking: PromptSession[str] = PromptSession(key_bindings=_chooser(choices), style=STYLE)
        try:
            return asking.prompt("\n".join([*texts, f"{'/'.join(choices)}? "]))
        except (KeyboardInterrupt, EOFError):
            _leave()


def _leave() -> NoReturn:
    raise Leave from None


def _chooser(choices: Iterable[str]) -> KeyBindings:
    bindings = KeyBindings()

    @bindings.add("<any>")
    @bindings.add("enter")
    def _nothing(_event: KeyPressEvent) -> None:
        """Any other key: the question stays."""

    for key in choices:

        @bindings.add(key)
        def _chosen(event: KeyPressEvent, key: str = key) -> None:
            event.app.exit(result=key)

    return bindings


class _Hidden(Processor):
    """Shows nothing of what is typed."""

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
        del transformation_input
        return Transformation([], source_to_display=lambda _: 0, display_to_source=lambda _: 0)


class _Completer(Completer):
    """Our completions as prompt_toolkit knows them."""

    def __init__(self, complete: Callable[[str], list[Completion]]) -> None:
        self._complete = complete

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Offer]:
        del complete_event
        for one in self._complete(document.text_before_cursor):
            text = clean(one.text).replace("\n", " ")
            yield Offer(text, start_position=-one.replaces, display=text, display_meta=line(one.hint, 60))
