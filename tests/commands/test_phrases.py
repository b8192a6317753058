"""A runbook's own ways to ask."""

import pytest

from bot.commands import phrase_problems
from bot.errors import NotUnderstood, UnknownName
from bot.model.command import AskHelp, AskRun, RunOptions, Vocabulary

from .stories import parsed, refusal


def test_a_phrase_fills_and_fixes_its_slots() -> None:
    """Limit and environment go to their own places; all slots, and only they, are fixed."""
    assert parsed("RESTART nginx on web:!web1 In prod") == AskRun(
        runbook="restart-service",
        limit="web:!web1",
        environment="prod",
        parameters={"service": "nginx"},
        fixed={"service": "nginx", "limit": "web:!web1", "environment": "prod"},
    )


def test_more_may_follow_a_phrase() -> None:
    """Values, options, and the places that the phrase leaves open."""
    assert parsed("restart nginx on web wait_port=80 \u2014check") == AskRun(
        runbook="restart-service",
        limit="web",
        parameters={"service": "nginx", "wait_port": "80"},
        fixed={"service": "nginx"},
        options=RunOptions(check=True),
    )


@pytest.mark.parametrize("typed", ['"my nginx"', "'my nginx'", "\u201cmy nginx\u201d"])
def test_a_slot_takes_one_quoted_text(typed: str) -> None:
    """Quotes make one word of several."""
    asked = parsed(f"restart {typed}")
    assert asked == AskRun(runbook="restart-service", parameters={"service": "my nginx"}, fixed={"service": "my nginx"})


def test_slots_may_stand_side_by_side_and_in_the_middle() -> None:
    """Each takes exactly one word, so nothing is ambiguous."""
    assert parsed("collect nginx 50") == AskRun(
        runbook="collect-logs", parameters={"unit": "nginx", "lines": "50"}, fixed={"unit": "nginx", "lines": "50"}
    )
    asked = parsed("which disks on all in local are over 90 percent --diff")
    assert asked == AskRun(
        runbook="disk-usage",
        limit="all",
        environment="local",
        parameters={"threshold": "90"},
        fixed={"limit": "all", "environment": "local", "threshold": "90"},
        options=RunOptions(diff=True),
    )


def test_the_longest_phrase_of_a_runbook_is_meant() -> None:
    """`in prod` is taken by the phrase that has a place for it, not left over for the shorter one."""
    asked = parsed("restart nginx in prod")
    assert isinstance(asked, AskRun)
    assert asked.fixed == {"service": "nginx", "environment": "prod"}


@pytest.mark.parametrize(
    ("text", "again"),
    [
        ("restart nginx service=redis", "service"),
        ("restart nginx on web in prod service=nginx", "service"),
        ("restart nginx on web in prod on db", "limit"),
        ("restart nginx on web in prod in local", "environment"),
        ("ping web in local limit=db", "limit"),
        ("ping web in local on db environment=prod", "environment, limit"),
    ],
)
def test_nothing_may_say_again_what_a_phrase_fixed(text: str, again: str) -> None:
    """Not by a value, nor by a second place, not even with the same words."""
    refused = refusal(text)
    assert isinstance(refused, NotUnderstood)
    assert f"The phrase already says {again}." in refused.what


def test_a_text_that_means_two_runbooks_is_refused_with_both() -> None:
    """Guessing would run the wrong one."""
    refused = refusal("clear cache on web")
    assert isinstance(refused, NotUnderstood)
    assert "clear-cache" in refused.what
    assert "disk-usage" in refused.what
    assert "`run clear-cache ...`" in refused.remedy


def test_built_in_commands_win() -> None:
    """A phrase that begins like a command never gets a word."""
    vocabulary = Vocabulary(runbooks=("a",), phrases={"a": ("help {me}", "run away {x}")})
    assert parsed("help run", vocabulary) == AskHelp(word="run")
    assert isinstance(refusal("run away", vocabulary), UnknownName)


@pytest.mark.parametrize(
    "text", ["restart", "restart on web", "ping in local", "restart service=nginx", "ping web to x"]
)
def test_a_phrase_half_said_shows_how_it_goes(text: str) -> None:
    """The remedy quotes the phrases that begin with the word, or the way to say more."""
    refused = refusal(text)
    assert isinstance(refused, NotUnderstood)
    assert "{" in refused.remedy


@pytest.mark.parametrize("text", ['ping "" in local', 'ping "a\nb" in local', 'ping web in ""'])
def test_places_of_a_phrase_are_checked_like_others(text: str) -> None:
    """An empty limit would mean all hosts."""
    assert isinstance(refusal(text), NotUnderstood)


def test_names_of_a_phrase_are_checked_like_others() -> None:
    """An environment that does not exist is refused with near names."""
    refused = refusal("ping web in stagign")
    assert isinstance(refused, UnknownName)
    assert "staging" in refused.remedy


def test_a_phrase_of_a_runbook_that_is_gone_runs_nothing() -> None:
    """The vocabulary's runbooks are the last word."""
    assert isinstance(refusal("ping web", Vocabulary(phrases={"ping": ("ping {limit}",)})), UnknownName)


@pytest.mark.parametrize(
    "phrase",
    [
        "restart {service} on {limit} in {environment}",
        "deploy {app} {version}",
        "what's up",
        "on-call {x}",
        "m\u00fcll entsorgen in {environment}",
        "redeploy",
    ],
)
def test_phrases_that_can_be_used(phrase: str) -> None:
    """Plain words, slots anywhere but at the beginning; and what can be used is understood."""
    assert phrase_problems(phrase) is None
    said = phrase.replace("{", "").replace("}", "")
    assert isinstance(parsed(said, Vocabulary(runbooks=("r",), phrases={"r": (phrase,)})), AskRun)


@pytest.mark.parametrize(
    ("phrase", "why"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("{service} restart", "must begin with a word"),
        ("on {limit} restart", "must begin with a word"),
        ("IN {environment} x", "must begin with a word"),
        ("Run {x} now", "which is a command"),
        ("help", "which is a command"),
        ("why {x}", "which is a command"),
        ("Can {x} be restarted", "`can I` asks"),
        ("restart {service} and {service}", "twice"),
        ("restart {ser vice}", "cannot be part"),
        ("restart {}", "cannot be part"),
        ("restart {service}s", "cannot be part"),
        ("restart {{service}}", "cannot be part"),
        ("restart {1x}", "cannot be part"),
        ("restart --now {x}", "cannot be part"),
        ("restart unit={x}", "cannot be part"),
        ("restart unit=nginx", "cannot be part"),
        ('restart "the service"', "cannot be part"),
        ("restart \u201cit\u201d", "cannot be part"),
        ("restart \0", "cannot be part"),
    ],
)
def test_phrases_that_cannot_be_used(phrase: str, why: str) -> None:
    """One sentence says why; such a phrase is passed over when somebody types it."""
    said = phrase_problems(phrase)
    assert said is not None
    assert why in said


def test_a_broken_phrase_does_no_harm_to_others() -> None:
    """Only the phrases that can be used are looked at."""
    vocabulary = Vocabulary(runbooks=("a", "b"), phrases={"a": ("go {x}s", "go {x} {x}", ""), "b": ("go {x}",)})
    assert parsed("go there", vocabulary) == AskRun(runbook="b", parameters={"x": "there"}, fixed={"x": "there"})
