"""A fuzz run by hand, `python -m tests.commands.fuzz --seconds 60`: broken promises are printed, and the exit is 1."""

import argparse
import random
import sys
import time
from collections.abc import Iterator

from bot.commands import complete, parse, to_text, topics
from bot.errors import NotUnderstood, Refused, UnknownName

from .stories import HOSTILE, VOCABULARY, without_phrase

SEEDS = (
    *(example for topic in topics() for example in topic.examples),
    *(f'run ping on "{text}" key="{text}"' for text in HOSTILE),
    "restart nginx on web:&db in prod wait_port=80 \u2014check",
    "can I restart nginx on web in prod?",
    "which disks on all in local are over 90 percent",
    "run ping on 'a b' in prod a=[x, \u201cy z\u201d, '']  --tags=a,b --skip-tags c --forks 5 -vvv",
)
PIECES = (
    *HOSTILE,
    *"\"'\\[]=,-\0\ud800\xa0\u200b\u201c\u2019\u2014\n",
    "on",
    "in",
    "key=",
    "--tags",
    "-v",
    "last",
    "#1",
)
MOST_CHARACTERS = 4200
"""Just beyond what is accepted, so that both sides of the limit are tried."""


def texts(seed: int) -> Iterator[str]:
    """Mutations without end: pieces put in, taken out, doubled, swapped, joined."""
    chance = random.Random(seed)
    while True:
        text = chance.choice(SEEDS)
        for _ in range(chance.randint(0, 3)):
            text = _mutated(text, chance)[:MOST_CHARACTERS]
        yield text


def _mutated(text: str, chance: random.Random) -> str:
    start, end = sorted(chance.randint(0, len(text)) for _ in range(2))
    left, middle, right = text[:start], text[start:end], text[end:]
    piece = chance.choice((*PIECES, *SEEDS, chr(chance.randint(0, 0x10FFFF))))
    return chance.choice(
        (
            left + piece + middle + right,
            left + right,
            left + middle * chance.randint(2, 50) + right,
            right + middle + left,
            f"{text} {piece}",
        )
    )


def broken_promise(text: str) -> str | None:
    """What went wrong with the text, or None."""
    try:
        complete(text, VOCABULARY)
        command = parse(text, VOCABULARY)
        again = parse(to_text(command), VOCABULARY)
    except (NotUnderstood, UnknownName) as refused:
        return _bad_sentence(refused)
    except Exception as error:  # noqa: BLE001 (that is what a fuzz run looks for)
        return f"raised {type(error).__name__}: {error}"
    known = without_phrase(command)
    if again != known:
        return f"{command} came back as {again}"
    return None


def _bad_sentence(refused: Refused) -> str | None:
    said = str(refused)
    fine = refused.what and refused.remedy and said.isprintable() and len(said) < 600
    return None if fine else f"an unfit sentence: {said!r}"


def fuzz(*, seed: int, seconds: float | None = None, rounds: int | None = None) -> tuple[int, list[str]]:
    """How many texts were tried, and what broke (at most ten), until the time or the rounds are over."""
    ends = None if seconds is None else time.monotonic() + seconds
    broken: list[str] = []
    tried = 0
    for text in texts(seed):
        if tried == rounds or (ends is not None and time.monotonic() >= ends) or len(broken) == 10:
            break
        tried += 1
        if problem := broken_promise(text):
            broken.append(f"{text!r}: {problem}")
    return tried, broken


def main(arguments: list[str] | None = None) -> int:
    """Fuzz for some seconds; print the seed, so that the same can be tried again."""
    parser = argparse.ArgumentParser(description="Fuzz the command parser.")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    chosen = parser.parse_args(arguments)
    tried, broken = fuzz(seed=chosen.seed, seconds=chosen.seconds)
    print(f"seed {chosen.seed}: {tried} texts, {len(broken)} broke a promise")
    print("\n".join(broken))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
