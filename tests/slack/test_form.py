"""The form: opened by words, shortcuts and buttons, followed as it is filled in, and turned into a run."""

import threading
from typing import Any

import pytest

from bot.chat.slack.fields import block_id
from tests.fake_slack import View
from tests.slack.desk import Desk, until


def texts(view: View) -> str:
    """Everything that the sections and contexts of a form say."""
    found = []
    for block in view.body["blocks"]:
        said = [block.get("text"), *block.get("elements", [])] if block["type"] in {"section", "context"} else []
        found += [each["text"] for each in said if each and "text" in each]
    return "\n".join(found)


def labels(view: View) -> list[str]:
    """The fields of a form."""
    return [block["label"]["text"] for block in view.body["blocks"] if block["type"] == "input"]


def initial(view: View, label: str) -> Any:
    """What a field holds at first."""
    block = next(block for block in view.body["blocks"] if block["type"] == "input" and block["label"]["text"] == label)
    found = [value for name, value in block["element"].items() if name.startswith("initial")]
    return found[0] if found else None


def pick(desk: Desk, view: View, action: str, chosen: Any) -> View:
    """Choose in a form, and wait for what becomes of it."""
    before = len(view.revisions)
    desk.press(view, action, chosen)
    return desk.modal(revision=before + 1)


def opened(desk: Desk, text: str = "run") -> View:
    """The form that a command opens."""
    assert desk.slack.person().slash("/ansible", text).acked
    return desk.modal()


def fill_value(view: View, runbook: str, parameter: str, state: dict[str, Any]) -> None:
    """Fill in the field of a parameter."""
    view.state.setdefault(block_id(runbook, parameter), {})["form_value"] = state


def option(text: str) -> dict[str, Any]:
    """What Slack says of a chosen option."""
    return {"text": {"type": "plain_text", "text": text}, "value": text}


def test_a_run_by_the_form_alone(desk: Desk) -> None:
    """Pick a runbook, an environment and a group, see the hosts, choose a value, run: in the channel of the command."""
    person = desk.slack.person()
    view = opened(desk)
    assert labels(view) == ["Runbook"]
    view = pick(desk, view, "form_runbook", "restart")
    assert labels(view)[:3] == ["Runbook", "Environment", "Hosts and groups"]
    assert "service" in labels(view)
    view = pick(desk, view, "form_environment", "lab")
    assert "Runs on 5 hosts" in texts(view)
    found = person.suggest(view, "form_hosts", "we")
    assert [each["value"] for each in found] == ["web", "web1", "web2", "web3"]
    view = pick(desk, view, "form_hosts", [found[0]])
    assert "Runs on 3 hosts" in texts(view)
    assert "web2" in texts(view)
    fill_value(view, "restart", "service", {"type": "static_select", "selected_option": option("nginx")})
    assert person.submit(view).answer == {"response_action": "clear"}
    run = desk.run()
    assert (run.plan.runbook, run.plan.target.hosts) == ("restart", ("web1", "web2", "web3"))
    assert run.plan.parameters == {"service": "nginx", "tcp_port": 80}
    assert str(run.conversation) == "slack:C1"
    assert desk.slack.violations == []


def test_errors_stand_at_their_fields(desk: Desk) -> None:
    """A pattern that matches nothing and a number that is none: the form stays, each field says why."""
    person = desk.slack.person()
    view = pick(desk, opened(desk, "run restart in lab"), "form_pattern", "nothing*")
    assert "nothing" in texts(view)
    fill_value(view, "restart", "service", {"type": "static_select", "selected_option": option("nginx")})
    answer = person.submit(view).answer
    assert answer["response_action"] == "errors"
    assert list(answer["errors"]) == ["pattern"]
    assert person.modal() is not None
    desk.settle()
    assert desk.runs() == []
    person.fill(view, form_pattern="web1")
    assert person.submit(view).answer == {"response_action": "clear"}
    assert desk.run().plan.target.hosts == ("web1",)
    assert desk.slack.violations == []


def test_a_command_without_a_value_that_it_needs_opens_the_form_with_the_rest(desk: Desk) -> None:
    """`run restart on web1` lacks the service: what was said stands in the form."""
    view = opened(desk, "run restart on web1 in lab tcp_port=8080 --check")
    assert initial(view, "Environment")["value"] == "lab"
    assert initial(view, "or a pattern") == "web1"
    assert initial(view, "tcp_port") == "8080"
    assert initial(view, "Mode") is not None
    assert "Runs on 1 host" in texts(view)
    fill_value(view, "restart", "service", {"type": "static_select", "selected_option": option("redis")})
    desk.slack.person().submit(view)
    run = desk.run()
    assert run.plan.parameters == {"service": "redis", "tcp_port": 8080}
    assert run.plan.options.check
    assert run.plan.target.hosts == ("web1",)


def test_a_mention_leads_to_the_form_by_a_button(desk: Desk) -> None:
    """Slack opens forms only after something was pressed."""
    person = desk.slack.person()
    person.mention("run restart in lab")
    shown = until(desk.told, "the button")[-1]
    assert shown.thread_ts == desk.slack.messages()[0].ts
    person.press(shown, "form_open")
    view = desk.modal()
    assert "service" in labels(view)
    fill_value(view, "restart", "service", {"type": "static_select", "selected_option": option("redis")})
    person.submit(person.fill(view, form_environment="lab"))
    assert desk.run().conversation.thread == shown.thread_ts


def test_the_global_shortcut_answers_in_direct_messages(desk: Desk) -> None:
    """There is no channel: the run is shown to whoever asked for it."""
    person = desk.slack.person()
    person.shortcut("run_runbook")
    view = pick(desk, desk.modal(), "form_runbook", "ping")
    person.submit(person.fill(view, form_environment="lab"))
    assert desk.run().conversation.channel == desk.slack.workspace.direct("U1").id


def test_an_alerts_text_fills_the_form(desk: Desk) -> None:
    """The message stands above the form as long as it is open, and the hosts that it names are picked."""
    person = desk.slack.person()
    alert = person.say("[FIRING] DiskFull on web2, also web3 (db is fine) &amp; <https://x.example|graph>")
    person.message_shortcut("run_on_message", alert)
    view = desk.modal()
    assert "[FIRING] DiskFull on web2" in texts(view)
    view = pick(desk, view, "form_runbook", "ping")
    assert "[FIRING] DiskFull on web2" in texts(view)
    assert initial(view, "Environment")["value"] == "lab"
    assert [each["value"] for each in initial(view, "Hosts and groups")] == ["web2", "web3"]
    assert "Runs on 2 hosts" in texts(view)
    person.submit(view)
    run = desk.run()
    assert run.plan.target.hosts == ("web2", "web3")
    assert run.conversation.thread == alert.ts


def test_a_message_that_is_a_command_fills_the_whole_form(desk: Desk) -> None:
    """Somebody wrote what to do; somebody else checks it and runs it."""
    person = desk.slack.person()
    wish = desk.slack.person("U2").say("restart nginx on web1")
    person.message_shortcut("run_on_message", wish)
    view = desk.modal()
    assert initial(view, "Runbook")["value"] == "restart"
    assert initial(view, "service")["value"] == "nginx"
    assert initial(view, "or a pattern") == "web1"


@pytest.mark.parametrize("count", [1, 2])
def test_the_same_form_sent_in_twice_runs_once(desk: Desk, count: int) -> None:
    """Slack tells a submission again, or somebody presses twice."""
    person = desk.slack.person()
    view = pick(desk, opened(desk), "form_runbook", "ping")
    person.fill(view, form_environment="lab")
    delivery = person.submit(view)
    for _ in range(count):
        assert desk.slack.app.tell(delivery.outgoing).status in {200, 401}  # 401: to the byte, within the same second
    desk.settle()
    assert len(desk.runs()) == 1


def test_a_form_of_somebody_who_may_no_more_starts_nothing(desk: Desk) -> None:
    """The policy counts when the form is sent in; the refusal is shown where the form was opened, and kept."""
    person = desk.slack.person()
    view = pick(desk, opened(desk), "form_runbook", "ping")
    desk.policy(desk.policy_file.read_text().replace("slack:U1", "slack:U9"))
    person.submit(person.fill(view, form_environment="lab"))
    assert "slack:U1" in desk.said()
    assert desk.runs() == []
    assert [row.status for row in desk.app.ledger.recorded()] == ["refused"]


def test_quick_changes_end_with_the_last_one(desk: Desk) -> None:
    """Two things are picked before the form has followed the first, which comes to Slack after the second."""
    view = pick(desk, opened(desk), "form_runbook", "ping")
    view = pick(desk, view, "form_environment", "lab")
    fault = desk.slack.faults.add(method="views.update", kind="slow_before", delay=0.5, times=1)
    desk.press(view, "form_pattern", "web1")
    until(lambda: fault.hits, "the first change")
    desk.press(view, "form_pattern", "db")
    desk.settle()
    assert "Runs on 2 hosts" in texts(desk.modal())
    assert desk.said() == desk.direct() == ""


def test_a_form_that_was_closed_meanwhile_is_no_trouble(desk: Desk) -> None:
    """Nobody is told about a form that they have closed themselves."""
    person = desk.slack.person()
    view = opened(desk)
    fault = desk.slack.faults.add(method="views.update", kind="slow_before", delay=0.5, times=1)
    person.press(person.fill(view, form_runbook="ping"), "form_runbook", "ping")
    until(lambda: fault.hits, "the change")
    person.close(view)
    desk.settle()
    assert desk.said() == desk.direct() == ""


def test_a_trigger_that_is_too_old_is_said(quiet_desk: Desk) -> None:
    """The form could not be opened within three seconds: the person learns it, and asks again."""
    quiet_desk.slack.faults.add(method="views.open", kind="error", error="expired_trigger_id", times=1)
    quiet_desk.start()
    quiet_desk.slack.person().slash("/ansible", "run")
    assert "could not be opened in time" in quiet_desk.said()


def test_an_inventory_that_takes_long_costs_no_acknowledgement(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dynamic inventory is being read: the form is taken without its check, and checked before it runs."""
    person = desk.slack.person()
    view = pick(desk, opened(desk), "form_runbook", "ping")
    person.fill(view, form_environment="lab")
    start, slow = desk.parts.form.start, threading.Event()
    target = type(start).target

    def waits(*arguments: Any) -> Any:
        slow.wait(60)
        return target(*arguments)

    monkeypatch.setattr(type(start), "target", waits)
    delivery = person.submit(view)
    assert delivery.acked
    slow.set()
    assert desk.run().plan.runbook == "ping"


def test_the_home_shows_what_runs_and_starts_what_is_run_often(desk: Desk) -> None:
    """Active runs with their buttons, my last runs, favorites, and the way to the form."""
    person = desk.slack.person()
    person.slash("/ansible", "run ping in lab")
    run = desk.run()
    person.open_home()
    home = until(lambda: desk.slack.workspace.homes.get("U1"), "the home")
    shown = texts(home)
    assert f"Run {run.id}" in shown
    assert "1 host" in shown or "5 hosts" in shown
    person.press(home, "run_details")
    assert f"{run.id}" in until(desk.direct, "details")
    buttons = [b for b in home.body["blocks"] if b.get("accessory", {}).get("action_id") == "form_open"]
    assert [b["accessory"]["value"] for b in buttons] == ["ping"]
    person.press(home, "form_open", block=buttons[0]["block_id"])
    assert "Environment" in labels(desk.modal())
    assert desk.slack.violations == []


def test_people_without_a_role_see_no_runs_in_their_home(desk: Desk) -> None:
    """What runs is nobody's business who may not ask."""
    desk.slack.person("U1").slash("/ansible", "run ping in lab")
    desk.run()
    desk.slack.person("U2").open_home()
    desk.settle()
    assert "U2" not in desk.slack.workspace.homes


def test_long_answers_have_pages(desk: Desk) -> None:
    """Next turns the page in place of the one before, as things are by then."""
    for number in range(120):
        desk.runbook(f"extra-{number:03}", "")
    person = desk.slack.person()
    person.slash("/ansible", "runbooks")
    first = until(desk.told, "the answer")[-1]
    before = str(first.blocks)
    person.press(first, "page_next")
    until(lambda: str(first.blocks) != before, "the next page")
    assert "Page 2" in str(first.blocks)
    person.press(first, "page_previous")
    until(lambda: "Page 1" in str(first.blocks), "the page before")
    assert desk.slack.violations == []


def test_the_form_shows_what_one_may_use(desk: Desk) -> None:
    """Given a person who may use one runbook in one of two environments, when the form opens, then it offers those."""
    desk.write("inventories/prod/hosts.yml", "all: {hosts: {p1: {}}}\n")
    desk.policy("roles: {some: {members: ['slack:U1'], may: [{runbooks: [ping], environments: [lab]}]}}\n")
    view = opened(desk)
    (picker,) = [block["element"] for block in view.body["blocks"] if block["type"] == "input"]
    assert [each["value"] for each in picker["options"]] == ["ping"]
    view = pick(desk, view, "form_runbook", "ping")
    environment = next(block["element"] for block in view.body["blocks"] if block.get("block_id") == "environment")
    assert [each["value"] for each in environment["options"]] == ["lab"]
    assert desk.slack.violations == []
