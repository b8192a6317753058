"""What one can say, and what it means."""

import pytest

from bot.commands import HELP, topics
from bot.errors import Refused
from bot.model.command import (
    AskApply,
    AskAudit,
    AskCancel,
    AskDescribe,
    AskEnvironments,
    AskHelp,
    AskHosts,
    AskLog,
    AskRerun,
    AskRetry,
    AskRun,
    AskRunbooks,
    AskRuns,
    AskSchedules,
    AskShow,
    AskWhy,
    Command,
    RunOptions,
    Vocabulary,
)
from bot.model.waves import Waves

from .stories import HOSTILE, parsed


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("help", AskHelp()),
        ("HELP run", AskHelp(word="run")),
        ("runbooks", AskRunbooks()),
        ("Runbooks disk", AskRunbooks(word="disk")),
        ("describe ping", AskDescribe(runbook="ping")),
        ("envs", AskEnvironments()),
        ("hosts web", AskHosts(pattern="web")),
        (
            "run ping --canary 1 --batch=25% --pause-on-failure --max-fail 10%",
            AskRun(
                runbook="ping",
                options=RunOptions(waves=Waves(canary=1, batch="25%", pause_on_failure=True, max_fail=10)),
            ),
        ),
        ("run ping \u2014batch 3", AskRun(runbook="ping", options=RunOptions(waves=Waves(batch="3")))),
        ("hosts web1 --VARS", AskHosts(pattern="web1", variables=True)),
        ("hosts web1 in local \u2014vars", AskHosts(pattern="web1", environment="local", variables=True)),
        ("hosts 'a b' IN local", AskHosts(pattern="a b", environment="local")),
        ("runs", AskRuns()),
        ("runs Mine", AskRuns(which="mine")),
        ("runs active last 3", AskRuns(which="active", last=3)),
        ("runs LAST 3 failed", AskRuns(which="failed", last=3)),
        ("Schedules", AskSchedules()),
        ("show 12", AskShow(run_id=12)),
        ("show #12", AskShow(run_id=12)),
        ("log 012", AskLog(run_id=12)),
        ("audit", AskAudit()),
        ("AUDIT run #12 last 5", AskAudit(run_id=12, last=5)),
        ("audit actor slack:U1 in local", AskAudit(actor="slack:U1", environment="local")),
        ("audit environment local", AskAudit(environment="local")),
        ("Cancel 1", AskCancel(run_id=1)),
        ("rerun 1", AskRerun(run_id=1)),
        ("retry 1", AskRetry(run_id=1)),
        ("apply #2147483647", AskApply(run_id=2147483647)),
        ("run ping", AskRun(runbook="ping")),
        ("  run\tping \n", AskRun(runbook="ping")),
        ('run "on" in "in"', AskRun(runbook="on", environment="in")),
    ],
)
def test_every_command_is_understood(text: str, command: Command) -> None:
    """One line for each thing that can be said."""
    assert parsed(text) == command


def test_a_run_takes_its_clauses_in_any_order() -> None:
    """The order of limit, environment, values and options does not matter."""
    asked = AskRun(
        runbook="ping",
        limit="web",
        environment="prod",
        parameters={"a": "b"},
        options=RunOptions(check=True, tags=("x", "y"), forks=5, verbosity=2),
    )
    assert parsed("run ping on web in prod a=b --check --tags x,y --forks 5 -vv") == asked
    assert parsed("RUN ping -vv --forks=5 a=b --tags=x,y IN prod --check ON web") == asked


@pytest.mark.parametrize(
    ("typed", "options"),
    [
        ("--check --diff", RunOptions(check=True, diff=True)),
        ("\u2014check \u2013diff", RunOptions(check=True, diff=True)),
        ("\u2014Check", RunOptions(check=True)),
        ("\u2014tags=a \u2014skip-tags b,c", RunOptions(tags=("a",), skip_tags=("b", "c"))),
        ("--tags \u201ca b, c\u201d", RunOptions(tags=("a b", "c"))),
        ("--forks 500", RunOptions(forks=500)),
        ("-v", RunOptions(verbosity=1)),
        ("-vvvv", RunOptions(verbosity=4)),
    ],
)
def test_options_of_a_run(typed: str, options: RunOptions) -> None:
    """Options with one value, with a list, and with the dashes that phones make of two hyphens."""
    assert parsed(f"run ping {typed}") == AskRun(runbook="ping", options=options)


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("b", "b"),
        ("", ""),
        ('""', ""),
        ("'a b'", "a b"),
        ('"a \\"b\\" \\\\ \\d"', 'a "b" \\ \\d'),
        ("'a\\b'", "a\\b"),
        ("\u201ca b\u201d", "a b"),
        ("\u201eab\u201c", "ab"),
        ("\u2018a b\u2019", "a b"),
        ('"\u201csmart\u201d"', "\u201csmart\u201d"),
        ("it's", "it's"),
        ('5"', '5"'),
        ("a,b", "a,b"),
        ("-5", "-5"),
        ("x=y=z", "x=y=z"),
        ("$(id);", "$(id);"),
        ("<!channel>", "<!channel>"),
        ("\u2014check", "\u2014check"),
        ("[]", []),
        ("[a]", ["a"]),
        ('[a, b ,"c d" , \u201ce]\u201d]', ["a", "b", "c d", "e]"]),
        ("[ a , -1 ]", ["a", "-1"]),
        ('"[a, b]"', "[a, b]"),
    ],
)
def test_values_as_they_may_be_written(typed: str, value: str | list[str]) -> None:
    """Quotes delimit where a value begins and are data elsewhere; brackets make a list, commas alone do not."""
    assert parsed(f"run ping key={typed} on web") == AskRun(runbook="ping", limit="web", parameters={"key": value})


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_values_are_data(value: str) -> None:
    """Whatever stands between quotes arrives byte by byte, and reaches no other field."""
    quoted = '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    asked = parsed(f"run ping key={quoted} list=[{quoted}, {quoted}]")
    assert asked == AskRun(runbook="ping", parameters={"key": value, "list": [value, value]})


@pytest.mark.parametrize(
    "limit",
    ["web:&dc1:!web03", "web[0:2]", "web*", "~web\\d+", "~(a|b).*", "a,b", "!web", "@file", "2001:db8::1", "a=b"],
)
def test_limits_hold_the_whole_pattern_language(limit: str) -> None:
    """Patterns need no quotes as long as they have no spaces."""
    assert parsed(f"run ping on {limit} in prod") == AskRun(runbook="ping", limit=limit, environment="prod")
    assert parsed(f"hosts {limit}") == AskHosts(pattern=limit)


@pytest.mark.parametrize("space", ["\xa0", "\u2009", "\u202f", "\u3000", "\u200b", "\ufeff", "\r\n", " \t "])
def test_spaces_of_phones_are_spaces(space: str) -> None:
    """Outside of quotes any kind of space separates; inside it is data."""
    text = space.join(["", "run", "ping", "on", "web", f'a="x{space}y"', "\u2014check", ""])
    parameters = {"a": f"x{space}y"}
    assert parsed(text) == AskRun(runbook="ping", limit="web", parameters=parameters, options=RunOptions(check=True))


def test_everything_that_comes_out_is_plain_text() -> None:
    """No token of the parser leaks into the values that travel."""
    asked = parsed('run ping on "web" in prod a=b c=[d, "e"] --tags f')
    assert isinstance(asked, AskRun)
    listed = asked.parameters["c"]
    texts = [asked.runbook, asked.limit, asked.environment, *asked.parameters, asked.parameters["a"], *listed]
    assert {type(text) for text in [*texts, *asked.options.tags]} == {str}


def test_environments_are_not_checked_where_none_are_known() -> None:
    """An empty vocabulary of environments leaves the question to those who know."""
    vocabulary = Vocabulary(runbooks=("ping",))
    assert parsed("run ping in nowhere", vocabulary) == AskRun(runbook="ping", environment="nowhere")


def test_every_topic_has_examples_that_work() -> None:
    """What `help` shows can be typed, and its usage begins with its own word."""
    assert topics() is HELP
    for topic in topics():
        assert topic.usage.split()[0] == topic.word
        assert topic.sentence.endswith(".")
        assert topic.examples
        kinds = {type(parsed(example)) for example in topic.examples}
        assert len(kinds) == 1 or " | " in topic.usage
        assert all(example.split()[0] == topic.word for example in topic.examples)


def test_every_command_has_a_topic() -> None:
    """No kind of command is left out of `help`."""
    kinds = {type(parsed(example)) for topic in topics() for example in topic.examples}
    assert kinds == set(Command.__args__)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("why run ping in local", "run ping in local"),
        ("  WHY\u00a0run ping", "run ping"),
        ("can I run ping in local?", "run ping in local"),
        ("Can  i restart nginx on web in local ?", "restart nginx on web in local"),
        ("can i run ping a=b?", "run ping a=b"),
        ("why run ping a=b?", "run ping a=b?"),
        ("why rerun #12", "rerun 12"),
        ("can I apply 12?", "apply 12"),
    ],
)
def test_a_question_about_a_command_holds_the_command(text: str, asked: str) -> None:
    """Given `why` or `can I` before a command, when it is parsed, then the command is in it as if it stood alone."""
    assert parsed(text) == AskWhy(command=parsed(asked))


@pytest.mark.parametrize("text", ["whyrun ping", "can run ping", "canI run ping", "cani"])
def test_what_only_begins_alike_is_no_question(text: str) -> None:
    """Given words that only look like it, when they are parsed, then they are no command at all."""
    with pytest.raises(Refused):
        parsed(text)


def test_a_mistake_in_what_is_asked_about_is_told_as_ever() -> None:
    """Given a mistake after `why`, when it is parsed, then the refusal is the one of the command alone."""
    for text in ("run pingg", "run ping in nowhere", "run ping on", "restart", "rerun x"):
        with pytest.raises(Refused) as alone:
            parsed(text)
        with pytest.raises(Refused) as asked:
            parsed(f"why {text}")
        assert str(asked.value) == str(alone.value)
