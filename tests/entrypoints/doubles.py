"""A terminal session in memory: a world of twins enters; a Speaker leaves, and what it is told is written down."""

import io
import json
from collections.abc import Callable, Iterator
from typing import Any

from bot.chat import Letter
from bot.entrypoints.terminal.batch import Batch
from bot.entrypoints.terminal.speaker import Speaker
from bot.entrypoints.terminal.voice import JsonVoice, PlainVoice
from bot.flows.converse import Converse
from bot.model.people import Actor, Origin
from bot.model.request import Accepted, Answer, Request
from tests.flows.world import HERE, World


class Diligent:
    """Converse, and then a worker and a relay that do at once what it has started."""

    def __init__(self, converse: Converse, then: Callable[[], object]) -> None:
        self._converse = converse
        self._then = then

    def handle(self, request: Request) -> Answer:
        """The answer, with everything done that follows from it."""
        answer = self._converse.handle(request)
        if isinstance(answer, Accepted):
            self._then()
        return answer


class TwinReader:
    """Reads what a MemoryChat shows of the conversation, each letter once."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._read = 0

    def read(self, block_ms: int) -> list[Letter]:
        """What has come since."""
        del block_ms
        letters = self._world.letters()
        new, self._read = letters[self._read :], len(letters)
        return new


def speaker(world: World, **stations: Any) -> Speaker:
    """A session in that world; runs are over as soon as they are accepted unless `converse` says otherwise."""
    own = {
        "converse": Diligent(world.converse, world.finish),
        "ledger": world.ledger,
        "stream": world.stream,
        "queue": world.queue,
        "mailbox": TwinReader(world),
        "channel": TwinReader(world),
        "actor": Actor(transport="terminal", name="anna"),
        "conversation": HERE,
        "origin": Origin.CLI,
    }
    return Speaker(**{**own, **stations})


class Session:
    """A batch with its output; `answers` are what is typed when secrets are asked for."""

    def __init__(self, world: World, *, as_json: bool = False, answers: tuple[str, ...] = (), **stations: Any) -> None:
        self.out = io.StringIO()
        self.asked: list[str] = []
        self._answers: Iterator[str] = iter(answers)
        voice = JsonVoice(self.out) if as_json else PlainVoice(self.out)
        self.batch = Batch(speaker=speaker(world, **stations), voice=voice, ask_secret=self._answer)

    def _answer(self, question: str) -> str | None:
        self.asked.append(question)
        return next(self._answers, None)

    def say(self, *lines: str) -> int:
        """The exit status after these lines."""
        return self.batch.handle(lines)

    @property
    def lines(self) -> list[str]:
        """What was told."""
        return self.out.getvalue().splitlines()

    @property
    def objects(self) -> list[dict[str, Any]]:
        """What was told, as JSON."""
        return [json.loads(line) for line in self.lines]
