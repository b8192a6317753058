"""People's mistakes go in; one clear sentence, what would be right, and the documented exit status come out."""

import json
from typing import Any

import pytest

from tests.e2e.place import Place
from tests.e2e.talk import Result

pytestmark = pytest.mark.xdist_group("e2e-mistakes")

ECHO = [{"name": "Say", "debug": {"msg": "{{ number }}"}}]
NUMBER = {"number": {"type": "int", "required": True, "choices": [1, 2, 3], "description": "Which"}}

REFUSED = [
    ("run nope in local", "no runbook", "ping"),
    ("rnu ping in local", "no command", "run"),
    ("run pingg in local", 'no runbook "pingg"', "ping"),
    ("run counted in local", "number", "number"),
    ("run counted in local number=7", "number", "1"),
    ("run counted in local number=many", "number", ""),
    ("run counted in local number=1 nunber=2", "nunber", "number"),
    ("run ping in lcoal", "lcoal", "local"),
    ("run ping", "In which environment", "local"),
    ("run ping on wbe1 in local", "wbe1", "web1"),
    ("run ping on 'web1:!web1' in local", "", ""),
    ("run ping on @/etc/passwd in local", "", ""),
    ("run ping in prod", "protected", "signalbox.yml"),
    ("show 999", "999", ""),
    ("cancel 999", "999", ""),
    ("show many", "", ""),
    ("run ping in local --chekc", "--chekc", "--check"),
    ("run ping in local ansible_user=x", "ansible_user", ""),
]


@pytest.fixture(scope="module")
def here(town: Place) -> Place:
    """The place with a runbook that wants a number, and an environment that is protected."""
    town.playbook("counted", ECHO, parameters=NUMBER)
    town.inventory("prod", {"all_of_it": ["p1"]})
    return town


def test_everything_refused_says_why_and_what_would_be_right(here: Place) -> None:
    """Each mistake gets one refusal that names it and the remedy; no run comes of any, and the status is 2."""
    before = here.rows("SELECT count(*) AS n FROM runs")
    result = here.ask(stdin="".join(f"{line}\n" for line, _, _ in REFUSED))
    replies = result.of("reply")
    assert len(replies) == len(REFUSED)
    assert result.status == 2
    for reply, (line, named, remedy) in zip(replies, REFUSED, strict=True):
        assert reply["refused"], line
        assert named in reply["what"] + " ".join(reply["problems"]), (line, reply)
        assert remedy in reply["text"], (line, reply)
        assert reply["remedy"] or reply["what"].endswith("Write one."), line
        assert "Traceback" not in reply["text"]
    assert here.rows("SELECT count(*) AS n FROM runs") == before
    audit = here.rows("SELECT count(*) AS n FROM automation_events WHERE status='refused'")
    assert audit[0]["n"] >= len(REFUSED)


BROKEN = {
    "syntax": ("- hosts: all\n  tasks:\n    - debug: {msg: 'x'\n", ["syntax.yml"]),
    "nolist": ("just: text\n", ["nolist.yml"]),
    "norole": ("- {hosts: all, gather_facts: false, roles: [absent_role]}\n", ["absent_role", "not found"]),
    "nomodule": ("- {hosts: all, gather_facts: false, tasks: [{no_such_module: {}}]}\n", ["no_such_module"]),
    "nohosts": ("- {hosts: mars, gather_facts: false, tasks: [{debug: {msg: x}}]}\n", ["No play"]),
    "empty": ("", ["empty"]),
    "nofile": ("- {hosts: all, gather_facts: false, tasks: [{include_tasks: absent.yml}]}\n", ["absent.yml"]),
}


def test_a_broken_playbook_is_told_in_one_sentence(here: Place) -> None:
    """A syntax error, a missing role, module or file, no play for the hosts: one sentence each, exit status 1."""
    for name, (text, _) in BROKEN.items():
        here.write(f"playbooks/{name}.yml", text)
        here.runbook(name)
    result = here.ask(*(f"run {name} on web1 in local" for name in BROKEN))
    assert result.status == 1
    ends = {each["runbook"]: each for each in result.of("run") if each["status"] != "queued"}
    refused = {reply["text"] for reply in result.of("reply")}
    for name, (_, wanted) in BROKEN.items():
        end = ends.get(name)
        told = end["reason"] if end else next((text for text in refused if name in text), "")
        assert end is None or end["status"] in {"error", "failed"}
        assert told, name
        assert "Traceback" not in told
        assert "\n" not in told
        assert all(word in told for word in wanted), (name, told)


@pytest.mark.parametrize(
    ("stdin", "status"),
    [
        ("run ping on web1 in local\nenvs\n", 0),
        ("run nope in local\nenvs\n", 0),
        ("envs\nrun nope in local\n", 2),
        ("run ping on web1 in local\nrun failing on web1 in local\n", 1),
        ("", 0),
        ("\n  \n\n", 0),
        ("envs", 0),
    ],
)
def test_the_status_is_that_of_the_last_line(here: Place, stdin: str, status: int) -> None:
    """Lines of standard input are commands, blank ones are passed over, and the last one decides."""
    result = here.chat(stdin=stdin)
    assert result.status == status, result.out
    assert not result.err


def test_a_secret_without_anybody_to_ask_is_refused(here: Place) -> None:
    """A runbook that needs a secret, with nothing on standard input, is refused with the way to give it."""
    result = here.ask("run set-token on web1 in local application=mail")
    assert result.status == 2
    assert "standard input" in result.said


def test_json_tells_a_run_from_queued_to_its_end(here: Place) -> None:
    """One run object first, contiguous events, one run object last, and replies for all else, each a line of ASCII."""
    result = here.ask("envs", "run failing on web1,web2 in local", "show 1", as_="anna")
    assert [each["type"] for each in result.objects[:2]] == ["reply", "run"]
    first, last = result.of("run")
    assert (first["status"], last["status"], last["actor"]) == ("queued", "failed", "terminal:anna")
    events = result.of("event")
    assert [event["counter"] for event in events] == list(range(1, len(events) + 1))
    assert events[-1]["kind"] == "run_ended"
    assert events[-1]["data"]["final_counter"] == len(events)
    assert {event["run_id"] for event in events} == {first["id"]} == {last["id"]}
    kinds = [each["type"] for each in result.objects]
    assert kinds == ["reply", "run", *["event"] * len(events), "run", "reply"]
    assert result.out.isascii()
    assert _stored(here, first["id"]) == [(event["counter"], event["kind"], event["host"]) for event in events]


def _stored(place: Place, number: int) -> list[tuple[Any, ...]]:
    sql = "SELECT counter, kind, host FROM run_events WHERE run_id=? ORDER BY counter"
    return [tuple(row.values()) for row in place.rows(sql, number)]


def test_an_option_that_does_not_exist_is_status_two(here: Place) -> None:
    """A wrong option of the program itself is status 2 with a usage line, as every program has it."""
    result = here.chat("envs", env={"SIGNALBOX_RUN_TIMEOUT": "soon"})
    assert (result.status, "SIGNALBOX_RUN_TIMEOUT" in result.err) == (2, True)
    assert "Traceback" not in result.err


def test_an_outcome_that_is_not_as_expected_is_not_successful(here: Place) -> None:
    """A playbook that works but does not print what its runbook expects is a failure with that reason."""
    here.playbook("silent", [{"debug": {"msg": "nothing"}}], expect=[{"pattern": "^active"}])
    result: Result = here.ask("run silent on web1 in local")
    assert (result.status, result.run["status"]) == (1, "failed")
    assert "not as expected" in result.run["reason"]
    assert json.dumps(result.run)
