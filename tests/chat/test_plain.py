"""What pipes and programs are given: lines and JSON."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.terminal import event_json, event_lines, header_lines, recap_lines
from bot.model.codec import from_plain
from bot.model.event import ENDED, MORE_TEXT, STATUS, Result, RunEvent
from tests.chat.make import card, ended
from tests.chat.test_text import HOSTILE


def event(kind: str, **fields: object) -> RunEvent:
    """An event of run 12."""
    return RunEvent(run_id=12, counter=1, kind=kind, at=0.0, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("told", "lines"),
    [
        (event("playbook_on_play_start", play="Web servers"), ["PLAY Web servers"]),
        (event("playbook_on_task_start", play="Web servers", task="Restart"), ["TASK Restart"]),
        (event("playbook_on_task_start", task="Reload", data={"handler": True}), ["HANDLER Reload"]),
        (event("playbook_on_handler_task_start", task="Reload"), ["HANDLER Reload"]),
        (event("runner_on_ok", host="web1", result=Result.OK, message="hidden"), ["  ok: web1"]),
        (event("runner_on_ok", host="web1", result=Result.CHANGED), ["  changed: web1"]),
        (event("runner_on_skipped", host="web1", result=Result.SKIPPED), ["  skipped: web1"]),
        (event("runner_on_failed", host="web1", result=Result.FAILED, message="no\nway"), ["  failed: web1: no way"]),
        (event("runner_on_failed", host="web1", result=Result.IGNORED, message="no"), ["  ignored: web1: no"]),
        (event("runner_on_unreachable", host="web1", message="gone"), ["  unreachable: web1: gone"]),
        (
            event("runner_item_on_failed", host="web1", item="b", result=Result.FAILED, message="no"),
            ["  failed: web1 (item b): no"],
        ),
        (event("runner_item_on_ok", host="web1", item="b", result=Result.OK), []),
        (event("runner_on_start", host="web1"), []),
        (event(STATUS, data={"status": "running"}), []),
        (event(MORE_TEXT, message="rest"), []),
        (event(ENDED, data={"status": "failed"}), []),
        (event("warning", warnings=("old python", "old ssh")), ["  warning: old python", "  warning: old ssh"]),
        (event("error", message="no such role"), ["  error: no such role"]),
        (event("playbook_on_no_hosts_matched"), ["  no host of this run matches the play"]),
        (
            event("runner_on_ok", host="web1", result=Result.CHANGED, diff="-a\n+b\n"),
            ["  changed: web1", "    -a", "    +b"],
        ),
    ],
)
def test_lines_of_an_event(told: RunEvent, lines: list[str]) -> None:
    """Given an event, then the lines are those a person wants to read, often none."""
    assert event_lines(told) == lines


def test_messages_of_good_results_on_request() -> None:
    """Given a result that is well, then its message shows only when asked for."""
    told = event("runner_on_ok", host="web1", result=Result.OK, message="up 3 days")
    assert event_lines(told, messages=True) == ["  ok: web1: up 3 days"]


def test_a_long_diff_is_bounded() -> None:
    """Given a diff of 1,000 lines, then 40 are shown and the others counted."""
    lines = event_lines(event("runner_on_file_diff", diff="+x\n" * 1_000))
    assert len(lines) == 41
    assert lines[-1] == "    and 960 more lines of the diff in the log"


@given(st.tuples(*[HOSTILE] * 5), st.sampled_from(["runner_on_failed", "playbook_on_task_start"]))
def test_no_text_breaks_out_of_a_line(texts: tuple[str, ...], kind: str) -> None:
    """Given any text in an event, then each line is one line without a control character."""
    host, task, message, diff, warning = texts
    told = event(kind, host=host, task=task, message=message, diff=diff, warnings=(warning,), result=Result.FAILED)
    assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for one in event_lines(told) for c in one)


@given(HOSTILE, HOSTILE)
def test_json_of_an_event_is_the_event(host: str, message: str) -> None:
    """Given any event, then its JSON is one line from which the event can be made again."""
    told = event("runner_on_ok", host=host, message=message, result=Result.OK, data={"n": 1})
    line = json.dumps(event_json(told))
    assert "\n" not in line
    plain = json.loads(line)
    assert plain.pop("type") == "event"
    assert from_plain(RunEvent, plain) == from_plain(RunEvent, event_json(told))
    assert plain["kind"] == "runner_on_ok"
    assert plain["result"] == "ok"


def test_header_lines() -> None:
    """Given a run about to start, then runbook, target and hosts are told in plain lines."""
    assert header_lines(card(check=True)) == [
        "RUN #12 restart-service (check mode): Restart a service and wait until it answers",
        "  in staging, limit web:&dc1, 8 hosts, asked by terminal:anna, revision 3f2a1bc, dirty tree",
        "  hosts: web1, web2, web3, web4, web5, web6, web7, web8",
    ]


def test_recap_lines() -> None:
    """Given a run that has ended, then the recap is plain lines that begin with a word to look for."""
    lines = recap_lines(card(ended()))
    assert lines[0] == "RECAP"
    assert "  #12 restart-service ✘ failed after 1 min 24 s" in lines
    assert lines[-1] == "  next: log 12 · retry 12"
    assert not any("\x1b" in one for one in lines)
    assert all(one.isascii() for one in recap_lines(card(ended(), runbook="läuft"), ascii_only=True))
