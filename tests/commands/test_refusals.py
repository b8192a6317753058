"""What is refused: one sentence that says what is wrong, one that says what would be right."""

import pytest

from bot.errors import NotUnderstood, UnknownName
from bot.model.command import Vocabulary

from .stories import refusal


@pytest.mark.parametrize(
    ("text", "kind", "what", "remedy"),
    [
        ("", NotUnderstood, "empty text", "`help`"),
        (" \xa0\u200b ", NotUnderstood, "empty text", "`help`"),
        ("x" * 4001, NotUnderstood, "4,001 characters", "4,000"),
        ("rnu ping", UnknownName, 'no command "rnu"', "run"),
        ("rstart nginx", UnknownName, 'no command "rstart"', "restart"),
        ("disk-usage", UnknownName, 'no command "disk-usage"', "`run disk-usage`"),
        ("frobnicate", UnknownName, "no command", "`help`"),
        ("run pnig", UnknownName, 'no runbook "pnig"', "ping"),
        ("run restart", UnknownName, 'no runbook "restart"', "restart-service"),
        ("describe service", UnknownName, 'no runbook "service"', "restart-service"),
        ("run zzz", UnknownName, 'no runbook "zzz"', "`runbooks`"),
        ("run ping in stagin", UnknownName, 'no environment "stagin"', "staging"),
        ("hosts all in Prod", UnknownName, 'no environment "Prod"', "prod"),
        ("run ping in moon", UnknownName, 'no environment "moon"', "local, staging, prod"),
        ("run", NotUnderstood, 'missing after "run"', "run <runbook>"),
        ("run in prod", NotUnderstood, 'missing after "run"', "run <runbook>"),
        ("run ping on", NotUnderstood, 'missing after "on"', "on <limit>"),
        ("run ping --canary 0", NotUnderstood, "--canary needs a number", "--canary 1"),
        ("run ping --batch 0%", NotUnderstood, "--batch needs a number", "--batch 25%"),
        ("run ping --batch 101%", NotUnderstood, "--batch needs a number", "--batch 25%"),
        ("run ping --batch -1", NotUnderstood, 'missing after "--batch"', "run <runbook>"),
        ("run ping --batch 2 --max-fail 10", NotUnderstood, "--max-fail needs a share", "10%"),
        ("run ping --max-fail 10%", NotUnderstood, "runs in waves", "--canary 1"),
        ("run ping --pause-on-failure", NotUnderstood, "runs in waves", "--batch 25%"),
        ("run ping --pause-on-failure=1 --batch 2", NotUnderstood, "takes no value", "alone"),
        ("run ping on --check", NotUnderstood, 'missing after "on"', "on <limit>"),
        ("run ping --tags", NotUnderstood, 'missing after "--tags"', "--tags a,b"),
        ("hosts in local", NotUnderstood, 'missing after "hosts"', "hosts <pattern>"),
        ("show", NotUnderstood, 'missing after "show"', "show <id>"),
        ("show it", NotUnderstood, '"it" is no number', "show <id>"),
        ("show 0", NotUnderstood, "no run with such a number", "`runs`"),
        ("show 2147483648", NotUnderstood, "no run with such a number", "`runs`"),
        ("show " + "9" * 3000, NotUnderstood, "no run with such a number", "`runs`"),
        ("show 1 2", NotUnderstood, 'do not understand "2"', "show <id>"),
        ("show \u0661", NotUnderstood, "is no number", "show <id>"),
        ("runs last", NotUnderstood, 'missing after "last"', "last N"),
        ("runs last many", NotUnderstood, '"many" is no number', "last N"),
        ("runs last 0", NotUnderstood, "cannot be shown", "1 to 1000"),
        ("runs last 1001", NotUnderstood, "cannot be shown", "1 to 1000"),
        ("runs mine failed", NotUnderstood, "twice", "`runs mine`"),
        ("runs last 1 last 2", NotUnderstood, "twice", "`runs failed last 5`"),
        ("runs yours", NotUnderstood, 'do not understand "yours"', "mine|active|failed"),
        ("envs all", NotUnderstood, 'do not understand "all"', "`envs`"),
        ("schedules all", NotUnderstood, 'do not understand "all"', "`schedules`"),
        ("run ping web", NotUnderstood, 'do not understand "web"', "on <limit>"),
        ("run ping on a b", NotUnderstood, 'do not understand "b"', "on <limit>"),
        ("run ping on a on b", NotUnderstood, '"on" is there twice', "once"),
        ("run ping in prod in prod", NotUnderstood, '"in" is there twice', "once"),
        ("run ping a=1 a=1", NotUnderstood, '"a=" is there twice', "once"),
        ("run ping --check \u2014check", NotUnderstood, '"--check" is there twice', "once"),
        ("run ping --tags a --tags=b", NotUnderstood, '"--tags" is there twice', "once"),
        ("run ping -v -vv", NotUnderstood, '"-v" is there twice', "once"),
        ("run ping --chekc", NotUnderstood, 'no option "--chekc"', "Did you mean --check?"),
        (
            "run ping --become",
            NotUnderstood,
            'no option "--become"',
            "--check, --diff, --tags, --skip-tags, --forks, --canary, --batch, --pause-on-failure, --max-fail, --up,",
        ),
        ("run ping --limit web", NotUnderstood, 'no option "--limit"', "`on <limit>`"),
        ("run ping -e a=b", NotUnderstood, 'no option "-e"', "`key=value`"),
        ("run ping --check=yes", NotUnderstood, "--check takes no value", "alone"),
        ("run ping -vvvvv", NotUnderstood, "More than -vvvv", "-vvvv"),
        ("run ping -", NotUnderstood, 'no option "-"', "--check"),
        ("run ping --forks many", NotUnderstood, "--forks needs a number", "1 to 500"),
        ("run ping --forks 0", NotUnderstood, "--forks needs a number", "1 to 500"),
        ("run ping --forks 501", NotUnderstood, "--forks needs a number", "1 to 500"),
        ("run ping --forks \u00b2", NotUnderstood, "--forks needs a number", "1 to 500"),
        ("run ping --tags a,,b", NotUnderstood, "empty tag", "commas"),
        ('run ping on ""', NotUnderstood, "The limit is empty", "leave it out"),
        ('run ping on " \u200b"', NotUnderstood, "The limit is empty", "leave it out"),
        ('run ping in ""', NotUnderstood, "The environment is empty", "leave it out"),
        ('run ping on "a\nb"', NotUnderstood, "line break", "one line"),
        ('hosts "a\tb"', NotUnderstood, "The pattern has a tab", "one line"),
        ('run ping key="a', NotUnderstood, "quote is opened and never closed", "Close it"),
        ("run ping key=\u201ca", NotUnderstood, "quote is opened and never closed", "Close it"),
        ("run 'ping", NotUnderstood, "quote is opened and never closed", "Close it"),
        ('run ping key="a"b', NotUnderstood, "right after a closing quote", "space"),
        ('run "ping"x', NotUnderstood, "right after a closing quote", "space"),
        ("run ping key=[a, b", NotUnderstood, "list is not closed", "key=[a, b"),
        ("run ping key=[a b]", NotUnderstood, "list is not closed", '"c d"'),
        ("run ping key=[a,]", NotUnderstood, "list is not closed", "key=[a, b"),
        ("run ping key=[[a]]", NotUnderstood, "list is not closed", "key=[a, b"),
        ('"run ping"', NotUnderstood, "belongs to nothing", "quotes"),
        ("on web", NotUnderstood, 'do not understand "on"', "`help`"),
        ("--check", NotUnderstood, 'do not understand "--check"', "`help`"),
    ],
)
def test_refusals_say_what_is_wrong_and_what_would_be_right(text: str, kind: type, what: str, remedy: str) -> None:
    """Each mistake has its own sentence and its own remedy."""
    refused = refusal(text)
    assert type(refused) is kind
    assert what in refused.what
    assert remedy in refused.remedy


@pytest.mark.parametrize("character", ["\0", "\x07", "\x1b", "\x0b", "\x1f", "\x7f", "\x85", "\x9b", "\ud800"])
@pytest.mark.parametrize(
    "line", ["{}", "run ping on we{}b", "run ping in {}", 'run ping a="b{}"', "run p{}ing", "hosts {}", "ru{}n ping"]
)
def test_control_characters_are_refused_wherever_they_stand(line: str, character: str) -> None:
    """The sentence names the character by its number and does not print it."""
    refused = refusal(line.format(character))
    assert type(refused) is NotUnderstood
    assert f"U+{ord(character):04X}" in refused.what
    assert character not in str(refused)


@pytest.mark.parametrize(
    "line",
    [
        "run ping password=hunter2 --chekc",
        "run ping password=my hunter2",
        "run ping password= hunter2",
        "run ping password = hunter2",
        "run ping password: hunter2",
        "run ping password='my' hunter2",
        'run ping password="hunter2',
        'run ping password="a"hunter2',
        "run ping password=[a hunter2]",
        "run ping password=[hunter2",
        "run ping password=hunter2 password=hunter2",
        "run ping --password hunter2",
        "run ping --password=hunter2",
        "run password=hunter2",
        "password=hunter2",
        "restart my hunter2 hunter2",
        "restart nginx password=a hunter2",
        "restart 'nginx' hunter2",
    ],
)
def test_refusals_do_not_repeat_what_may_be_a_secret(line: str) -> None:
    """A sentence names the parameter, never what was meant to be its value."""
    assert "hunter2" not in str(refusal(line))


def test_refusals_print_strange_words_harmlessly() -> None:
    """A word is bounded, and marks that turn the direction of text are shown by number."""
    refused = refusal("\u202e" + "x" * 300)
    assert "\\u202e" in refused.what
    assert len(refused.what) < 120


def test_a_vocabulary_without_runbooks_says_so() -> None:
    """The first person to try gets an answer that helps."""
    assert "none yet" in refusal("run ping", Vocabulary()).remedy
