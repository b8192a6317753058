"""What may come next, as a terminal chat asks for it."""

import pytest

from bot.commands import complete, topics
from bot.model.command import Vocabulary

from .stories import VOCABULARY, parsed


def texts(line: str) -> list[str]:
    """The texts offered after a line."""
    return [completion.text for completion in complete(line, VOCABULARY)]


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("he", ["help"]),
        ("RU", ["runbooks", "run", "runs"]),
        ("rest", ["restart"]),
        ("wh", ["why", "which"]),
        ("why", ["why"]),
        ("why run cl", ["clear-cache"]),
        ("can I run ping in s", ["staging"]),
        ("why rest", ["restart"]),
        ("help des", ["describe"]),
        ("app", ["approve", "apply"]),
        ("approve 12 ", ["--break-glass", "because"]),
        ("deny 12 be", ["because"]),
        ("describe p", ["ping"]),
        ("run cl", ["clear-cache"]),
        ("run o", []),
        ('run ping in "', ['"in"']),
        ("run ping in s", ["staging"]),
        ("run ping on web", ["web", "web1", "web2"]),
        ("run ping on web:!db", ["db", "db1"]),
        ("run ping on a,b,t", []),
        ("hosts al", ["all"]),
        ("hosts web ", ["in", "--vars"]),
        ("hosts web in local -", ["--vars"]),
        ("hosts web in lo", ["local"]),
        ("run restart-service s", ["service="]),
        ("run restart-service service=", ["nginx", '"redis server"']),
        ("run restart-service service=n", ["nginx"]),
        ("run restart-service service=nginx w", ["wait_port="]),
        (
            "run ping --",
            [
                f"--{each}"
                for each in [
                    "check",
                    "diff",
                    "tags",
                    "skip-tags",
                    "forks",
                    "canary",
                    "batch",
                    "pause-on-failure",
                    "max-fail",
                    "up",
                ]
            ],
        ),
        ("run ping \u2014d", ["--diff"]),
        ("rehearse pi", ["ping"]),
        ("rehearse ping --", ["--diff", "--tags", "--skip-tags", "--forks", "--restore", "--down"]),
        ("env ", ["up", "status", "halt", "down", "snapshot"]),
        ("env up lo", ["local"]),
        ("env snapshot ", ["save", "restore"]),
        ("env snapshot save clean ", ["in"]),
        ("env snapshot save clean in lo", ["local"]),
        ("run ping --check --c", ["--canary"]),
        ("run ping --tags ", []),
        ("run ping on web o", []),
        ("runs ", ["mine", "active", "failed", "last"]),
        ("runs mine l", ["last"]),
        ("show ", []),
        ("envs ", []),
        ("restart ", ["nginx", '"redis server"']),
        ("restart nginx on d", ["db", "db1"]),
        ("restart nginx on web in pr", ["prod"]),
        ("restart nginx on web in prod s", []),
        ("restart nginx on web in prod w", ["wait_port="]),
        ("ping web i", ["in"]),
        ("which disks on all in local are over ", ["80", "90"]),
        ("blah blah ", []),
        ("run ping key='a ", []),
        ("x" * 5000, []),
    ],
)
def test_what_fits_is_offered(line: str, offered: list[str]) -> None:
    """Names, places, parameters, choices, options and phrases, each where it may stand and only once."""
    assert texts(line) == offered


def test_an_empty_line_offers_every_command_and_first_words_of_phrases() -> None:
    """Commands first, then the runbooks' own ways to ask."""
    assert texts("") == [*(topic.word for topic in topics()), "ping", "restart", "clear", "which", "collect"]


@pytest.mark.parametrize(
    "line",
    ["ru", "run pi", "run ping on we", "run ping on a:!we", "run ping \u2014che", "run restart-service service=n"],
)
def test_a_completion_replaces_what_was_typed(line: str) -> None:
    """The line with the first completion in place is one that begins well, and has kept what came before."""
    first = complete(line, VOCABULARY)[0]
    kept = line[: len(line) - first.replaces]
    assert first.text.startswith(line[len(kept) :].replace("\u2014", "--"))
    assert first.hint
    parsed(kept + first.text)


def test_names_with_spaces_are_offered_in_quotes() -> None:
    """What is offered can be sent."""
    vocabulary = Vocabulary(runbooks=("ping",), environments=("my lab", "on"))
    assert [found.text for found in complete("run ping in ", vocabulary)] == ['"my lab"', '"on"']


def test_ten_thousand_names_offer_a_hundred() -> None:
    """A long list helps nobody; the next letter makes it shorter."""
    vocabulary = Vocabulary(hosts=tuple(f"web{number}" for number in range(10_000)))
    assert len(complete("hosts ", vocabulary)) == 100
    assert [found.text for found in complete("hosts web9999", vocabulary)] == ["web9999"]
