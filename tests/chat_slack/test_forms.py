"""Forms that ask for a run, and what comes back from them."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.slack.fields import Kind, block_id, kind_of
from bot.chat.slack.forms import Preview, RunForm, host_options, notice, run_form, runbook_options, secrets_form
from bot.chat.slack.submission import Picked, asked, field_errors, picked, secrets, values
from bot.errors import BadParameters, BadTarget, NotAllowed, UnknownName
from bot.model.command import AskRun, RunOptions
from bot.model.runbook import Parameter, Runbook
from tests.chat_slack.filled import as_shown
from tests.chat_slack.looks import assert_sound_view, read
from tests.chat_slack.strange import short_texts, texts
from tests.fake_slack.blocks import check_suggestions

PARAMETERS = (
    Parameter(name="service", required=True, choices=("nginx", "redis"), description="Unit to restart"),
    Parameter(name="parts", type="list", choices=("a", "b", "c"), default=["a"]),
    Parameter(name="count", type="int", default=3),
    Parameter(name="ratio", type="float"),
    Parameter(name="force", type="bool", default=False),
    Parameter(name="maybe", type="bool"),
    Parameter(name="until", description="Last day, YYYY-MM-DD", default="2026-01-31"),
    Parameter(name="names", type="list", default=["x", "y z"]),
    Parameter(name="extra", type="dict", default={"k": [1]}),
    Parameter(name="note", default="hello"),
    Parameter(name="password", required=True, no_log=True, default="from-the-file"),
)
BOOK = Runbook(id="restart-service", summary="Restart a service", path="playbooks/x.runbook.yml", parameters=PARAMETERS)
FORM = RunForm(
    runbooks=(("restart-service", "Restart a service"), ("ping", "Say hello")),
    environments=("staging", "prod"),
    runbook=BOOK,
    environment="staging",
    context="conversation-7",
)


def field_of(view: dict[str, Any], label: str) -> dict[str, Any]:
    """The input block with that label."""
    return next(block for block in view["blocks"] if block["type"] == "input" and block["label"]["text"] == label)


def test_without_a_runbook_the_form_asks_for_one() -> None:
    """The first step is a picker with a search, nothing else."""
    view = run_form(RunForm(runbooks=FORM.runbooks))
    assert_sound_view(view)
    assert [block["label"]["text"] for block in view["blocks"]] == ["Runbook"]
    assert view["submit"]["text"] == "Next"


@pytest.mark.parametrize(
    ("name", "kind", "element"),
    [
        ("service", Kind.CHOICE, "static_select"),
        ("parts", Kind.CHOICES, "multi_static_select"),
        ("count", Kind.NUMBER, "number_input"),
        ("ratio", Kind.NUMBER, "number_input"),
        ("force", Kind.TICK, "checkboxes"),
        ("maybe", Kind.CHOICE, "static_select"),
        ("until", Kind.DATE, "datepicker"),
        ("names", Kind.LINES, "plain_text_input"),
        ("extra", Kind.JSON, "plain_text_input"),
        ("note", Kind.TEXT, "plain_text_input"),
        ("password", Kind.SECRET, "plain_text_input"),
    ],
)
def test_each_parameter_has_the_field_that_fits_it(name: str, kind: Kind, element: str) -> None:
    """Types, choices and descriptions decide how a parameter is asked for."""
    parameter = BOOK.parameter(name)
    assert parameter is not None
    assert kind_of(parameter) is kind
    assert field_of(run_form(FORM), name)["element"]["type"] == element


def test_the_form_is_one_that_slack_takes() -> None:
    """All kinds of field together make a sound modal."""
    assert_sound_view(run_form(FORM))


def test_defaults_come_back_as_they_stand() -> None:
    """Who changes nothing but what is required asks for the runbook's own defaults, in the types' own spelling."""
    command, hidden = asked(as_shown(run_form(FORM), service="nginx", password="s3cret"), BOOK)
    assert command == AskRun(
        runbook="restart-service",
        environment="staging",
        parameters={
            "service": "nginx",
            "parts": ["a"],
            "count": "3",
            "force": "false",
            "until": "2026-01-31",
            "names": ["x", "y z"],
            "extra": '{"k": [1]}',
            "note": "hello",
        },
    )
    assert hidden == {"password": "s3cret"}


def test_what_is_filled_in_comes_back() -> None:
    """Hosts, pattern, check mode and every kind of value, as a person would type them."""
    view = as_shown(
        run_form(FORM),
        **{
            "Environment": "prod",
            "Hosts and groups": ["web1", "db"],
            "or a pattern": " !web3 ",
            "Mode": ["check"],
            "service": "redis",
            "parts": ["b", "c"],
            "count": "7",
            "ratio": "0.5",
            "force": ["true"],
            "maybe": "false",
            "until": "2026-02-01",
            "names": "one\n\n two \n",
            "note": "",
        },
    )
    command, hidden = asked(view, BOOK)
    assert (command.environment, command.limit) == ("prod", "web1,db,!web3")
    assert command.options == RunOptions(check=True)
    assert command.parameters == {
        "service": "redis",
        "parts": ["b", "c"],
        "count": "7",
        "ratio": "0.5",
        "force": "true",
        "maybe": "false",
        "until": "2026-02-01",
        "names": ["one", "two"],
        "extra": '{"k": [1]}',
    }
    assert hidden == {}
    assert picked(view).context == "conversation-7"


def test_a_pattern_with_colons_joins_hosts_with_colons() -> None:
    """Ansible takes commas or colons in one pattern, not both."""
    assert Picked(hosts=("web1",), pattern="db:!db3").limit == "web1:db:!db3"
    assert Picked(hosts=("web1",), pattern="db,!db3").limit == "web1,db,!db3"
    assert Picked(pattern="db:!db3").limit == "db:!db3"
    assert Picked().limit is None


def test_what_a_command_said_stands_in_the_form() -> None:
    """Parameters that were typed need not be typed again; what does not fit its field is left to the person."""
    form = RunForm(
        runbooks=FORM.runbooks,
        runbook=BOOK,
        values={"service": "redis", "count": "many", "note": "typed", "force": "yes", "password": "never"},
        check=True,
        hosts=("web1",),
        pattern="db",
    )
    view = run_form(form)
    assert_sound_view(view)
    assert "never" not in str(view)
    assert "initial_value" not in field_of(view, "count")["element"]
    command, _ = asked(as_shown(view), BOOK)
    assert (command.parameters["service"], command.parameters["note"]) == ("redis", "typed")
    assert (command.parameters["force"], command.options.check, command.limit) == ("true", True, "web1,db")


def test_a_secret_never_stands_in_a_form() -> None:
    """Not even a default that a runbook file declares."""
    assert "from-the-file" not in str(run_form(FORM))
    assert "neither stored nor shown" in field_of(run_form(FORM), "password")["hint"]["text"]


def test_secrets_are_asked_for_by_themselves() -> None:
    """A command that lacks secrets leads to a form of them alone."""
    view = secrets_form(BOOK.id, [("password", "Of the database")], "asked:9")
    assert_sound_view(view)
    assert secrets(as_shown(view, password="s3cret"), BOOK) == {"password": "s3cret"}
    assert picked(view).context == "asked:9"


def test_the_preview_names_hosts() -> None:
    """Before anything runs people see on how many hosts, and which."""
    hosts = tuple(f"web{n}" for n in range(500))
    shown = read(run_form(RunForm(runbooks=(), runbook=BOOK, preview=Preview(hosts=hosts)))["blocks"])
    assert "Runs on 500 hosts\nweb0 web1" in shown
    assert "and 470 more" in shown
    wrong = RunForm(runbooks=(), runbook=BOOK, preview=Preview(problem='"wbe" matches no host.'))
    assert '⛔ "wbe" matches no host.' in read(run_form(wrong)["blocks"])


def test_an_alert_stands_above_the_form() -> None:
    """The text of the message that the form was opened on is there to be read, and cannot act."""
    view = run_form(RunForm(runbooks=FORM.runbooks, note="<!channel> *disk* full\non web1"))
    assert_sound_view(view)
    assert "*disk* full\non web1" in read(view["blocks"])


def test_hundreds_of_runbooks_are_searched_for() -> None:
    """A menu takes a hundred; with more the picker asks for those that match."""
    many = tuple((f"book-{n}", f"Summary {n}") for n in range(300))
    element = run_form(RunForm(runbooks=many))["blocks"][0]["element"]
    assert element["type"] == "external_select"
    found = runbook_options(many, "summary BOOK-29")
    assert check_suggestions(found) == []
    assert [each["value"] for each in found["options"]] == ["book-29", *(f"book-{n}" for n in range(290, 300))]
    assert len(runbook_options(many, "")["options"]) == 100


def test_hosts_and_groups_are_offered_as_one_types() -> None:
    """Groups first, what begins with the word before what has it inside, a hundred at most."""
    found = host_options(("web", "old-web", "db"), ("web1", "xweb2", "web"), "WEB")
    assert check_suggestions(found) == []
    offered = {group["label"]["text"]: [each["value"] for each in group["options"]] for group in found["option_groups"]}
    assert offered == {"Groups": ["web", "old-web"], "Hosts": ["web1", "xweb2"]}
    assert host_options((), ("a",), "zzz") == {"options": []}
    large = host_options([f"g{n}" for n in range(5_000)], [f"h{n}" for n in range(5_000)], "")
    assert sum(len(group["options"]) for group in large["option_groups"]) == 100


def test_errors_stand_at_their_fields() -> None:
    """Each problem's sentence is at the field of its parameter; the others are where the whole is asked for."""
    view = run_form(FORM)
    error = BadParameters(
        "Three problems:",
        problems=("service is required (Unit).", "count: no integer.", "The value of password is not 1.", "Odd."),
    )
    assert field_errors(error, BOOK, view) == {
        block_id(BOOK.id, "service"): "service is required (Unit).",
        block_id(BOOK.id, "count"): "count: no integer.",
        block_id(BOOK.id, "password"): "The value of password is not 1.",
        "runbook": "Odd.",
    }
    assert field_errors(BadTarget("No host is left.", "Name one."), BOOK, view) == {
        "pattern": "No host is left. Name one."
    }
    assert list(field_errors(UnknownName("There is no environment x."), BOOK, view)) == ["environment"]
    assert list(field_errors(NotAllowed("You may not."), BOOK, view)) == ["runbook"]


def test_an_error_is_never_at_a_field_that_is_not_there() -> None:
    """Slack refuses an answer that names another block."""
    view = secrets_form(BOOK.id, [("password", "")], "")
    assert list(field_errors(NotAllowed("You may not."), BOOK, view)) == [block_id(BOOK.id, "password")]


def test_another_runbook_does_not_inherit_what_was_typed() -> None:
    """Fields of the same name in two runbooks are two fields."""
    assert block_id("a", "x") != block_id("b", "x")


def test_a_runbook_with_a_hundred_parameters_has_a_form() -> None:
    """Slack takes a hundred blocks; parameters beyond are told of."""
    book = Runbook(id="big", summary="", path="p", parameters=tuple(Parameter(name=f"p{n}") for n in range(100)))
    view = run_form(RunForm(runbooks=(("big", ""),), environments=("a",), runbook=book, preview=Preview(hosts=("a",))))
    assert_sound_view(view)
    assert "20 more parameters can only be given in a command." in read(view["blocks"])


def test_a_context_that_is_too_long_is_refused() -> None:
    """A cut one would lead nowhere, so that is a mistake of ours and not of the person."""
    with pytest.raises(ValueError, match="3001 characters"):
        run_form(RunForm(runbooks=(), context="x" * 3_001))


def test_a_notice_says_one_thing() -> None:
    """A view may also only tell."""
    assert_sound_view(notice("A title that is much too long for Slack", "Run 12 is queued."))


@pytest.mark.parametrize(
    "view", [{}, {"state": None}, {"state": {"values": []}}, {"state": {"values": {"runbook": 3}}}]
)
def test_a_forged_view_holds_nothing(view: dict[str, Any]) -> None:
    """Whatever is sent, reading it does not fail."""
    assert picked(view) == Picked()
    assert values(view, BOOK) == {}


parameters = st.builds(
    Parameter,
    name=st.from_regex("[a-z_]{1,40}", fullmatch=True),
    type=st.sampled_from(["str", "int", "float", "bool", "list", "dict", "path", "json", "raw"]),
    required=st.booleans(),
    default=st.one_of(st.none(), texts, st.integers(), st.floats(), st.booleans(), st.lists(texts, max_size=3)),
    choices=st.lists(st.one_of(short_texts, st.integers(), texts), max_size=130).map(tuple),
    description=texts,
    no_log=st.booleans(),
)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(parameters, max_size=12, unique_by=lambda p: p.name), texts, texts, st.lists(texts, max_size=4), st.data()
)
def test_any_runbook_has_a_form_that_slack_takes(
    declared: list[Parameter], summary: str, note: str, names: list[str], data: st.DataObject
) -> None:
    """Whatever a runbook declares and an inventory holds, the form opens, and what stands in it can be read back."""
    book = Runbook(id="book", summary=summary, path="p", description=summary, parameters=tuple(declared))
    given_values = {parameter.name: data.draw(texts) for parameter in declared[:3]}
    form = RunForm(
        runbooks=tuple((name, summary) for name in ("book", *names)),
        environments=tuple(names),
        runbook=book,
        hosts=tuple(names),
        pattern=note,
        values=given_values,
        preview=Preview(hosts=tuple(names), problem=note),
        note=note,
    )
    view = run_form(form)
    assert_sound_view(view)
    command, hidden = asked(as_shown(view), book)
    assert command.runbook in {"book", ""}
    assert set(hidden) | set(command.parameters) <= {parameter.name for parameter in declared}


@settings(max_examples=60, deadline=None)
@given(st.lists(texts, max_size=30), st.lists(texts, max_size=300), texts)
def test_any_names_make_options_that_slack_takes(groups: list[str], hosts: list[str], query: str) -> None:
    """Names that an option cannot carry are left out, never cut."""
    found = host_options(groups, hosts, query)
    assert check_suggestions(found) == []
    offered = [each["value"] for group in found.get("option_groups", ()) for each in group["options"]]
    assert set(offered) <= {*groups, *hosts}
