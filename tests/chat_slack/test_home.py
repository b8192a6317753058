"""The App Home: what concerns one person, at a glance."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.slack.home import Home, home_view
from bot.model.command import RunOptions
from bot.model.people import Actor, Conversation, Origin
from bot.model.run import Plan, Run, Target
from bot.model.runbook import Revision
from bot.model.status import RunStatus
from bot.model.view import RunCard
from tests.chat.make import START, card
from tests.chat_slack.looks import assert_sound_view, elements, read
from tests.chat_slack.strange import cards, texts

RUN = Run(
    id=7,
    status=RunStatus.FAILED,
    plan=Plan(
        runbook="ping",
        summary="Say hello",
        playbook="ping.yml",
        module=None,
        target=Target(environment="local", limit="all", hosts=("a", "b"), fingerprint=""),
        options=RunOptions(check=True),
        timeout=60,
        revision=Revision(commit=None, dirty=False, content_hash=""),
    ),
    actor=Actor(transport="slack", name="U1"),
    conversation=Conversation(transport="slack", channel="C1"),
    origin=Origin.CHAT,
    command="run ping",
    created_at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
)


def test_a_new_person_is_told_how_to_begin() -> None:
    """An empty home has the button that opens the form, and says what will stand there."""
    view = home_view(Home(runbook_count=12), START)
    assert_sound_view(view)
    shown = read(view["blocks"])
    for said in ("12 runbooks can be run", "Nothing waits for you.", "Nothing runs.", "You have not run anything yet."):
        assert said in shown
    assert [each["action_id"] for each in elements(view["blocks"], "button")] == ["form_open"]


def test_runs_have_their_status_in_words_and_a_button_for_more() -> None:
    """Active runs show how far they are, ended ones how they came out and when."""
    view = home_view(Home(active=(card(),), mine=(RUN,), favorites=(("ping", "Say hello"),)), START + 32)
    assert_sound_view(view)
    shown = read(view["blocks"])
    for said in (
        "Run 12 restart-service in staging · 🔄 running for 32 s · asked by terminal:anna",
        "task 3 Wait until it answers 12 s",
        "❌ failed · run 7 ping (check mode) in local, 2 hosts · 2026-01-02 03:04",
        "ping Say hello",
    ):
        assert said in shown
    pressed = [(each["action_id"], each["value"]) for each in elements(view["blocks"], "button")]
    assert pressed == [("form_open", "-"), ("run_details", "12"), ("run_details", "7"), ("form_open", "ping")]


def test_what_waits_for_somebody_comes_first() -> None:
    """Whoever opens the home sees at once what only they can do."""
    waiting = replace(card(), view=replace(card().view, status=RunStatus.AWAITING_APPROVAL))
    shown = read(home_view(Home(waiting=(waiting,), active=(card(),)), START)["blocks"])
    assert shown.index("awaiting approval") < shown.index("Active runs")


def test_hundreds_of_runs_are_counted() -> None:
    """Ten of each kind, the others counted, within Slack's hundred blocks."""
    home = Home(
        active=(card(),) * 300,
        waiting=(card(),) * 300,
        mine=(RUN,) * 300,
        favorites=tuple((f"book-{n}", "x") for n in range(300)),
    )
    view = home_view(home, START)
    assert_sound_view(view)
    assert len(view["blocks"]) <= 100
    assert read(view["blocks"]).count("and 290 more") == 3


@settings(max_examples=60, deadline=None)
@given(st.lists(cards(), max_size=3), texts, st.floats())
def test_any_runs_make_a_home_that_slack_takes(active: list[RunCard], text: str, now: float) -> None:
    """Whatever runs are called and say, the home is shown, and nothing in it acts."""
    target = replace(RUN.plan.target, environment=text, hosts=(text,))
    mine = replace(RUN, plan=replace(RUN.plan, runbook=text, target=target))
    home = Home(active=tuple(active), waiting=tuple(active), mine=(mine,), favorites=((text, text), ("ping", text)))
    assert_sound_view(home_view(home, now))
