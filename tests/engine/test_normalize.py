"""From the runner's events to ours, without Ansible."""

import pytest

from bot.engine.normalize import MAX_TEXT, Normalizer
from bot.engine.text import clean, one_line, pieces
from bot.model.event import MORE_TEXT, Result, RunEvent
from tests.engine.world import heard, raw


def fed(*events: dict[str, object]) -> list[RunEvent]:
    """What a fresh normalizer makes of `events`."""
    normalizer = Normalizer(7)
    return [made for event in events for made in normalizer.feed(event)] + normalizer.flush()


def message(kind: str, **res: object) -> str:
    """The message of one result."""
    return fed(raw(kind, host="h", task="t", res=res))[0].message


@pytest.mark.parametrize(
    ("kind", "data", "result"),
    [
        ("runner_on_ok", {"res": {"changed": False}}, Result.OK),
        ("runner_on_ok", {"res": {"changed": True}}, Result.CHANGED),
        ("runner_on_failed", {"res": {"msg": "x"}}, Result.FAILED),
        ("runner_on_failed", {"res": {"msg": "x"}, "ignore_errors": True}, Result.IGNORED),
        ("runner_on_skipped", {}, Result.SKIPPED),
        ("runner_on_unreachable", {"res": {"msg": "x"}}, Result.UNREACHABLE),
        ("runner_item_on_failed", {"res": {"msg": "x"}}, Result.FAILED),
        ("runner_on_start", {}, None),
        ("some_new_kind", {}, None),
    ],
)
def test_results(kind: str, data: dict[str, object], result: Result | None) -> None:
    """Given an event of some kind, when it is translated, then its kind is unchanged and its result is known."""
    (event,) = fed(raw(kind, play="p", task="t", host="h", **data))
    assert (event.kind, event.result, event.play, event.task, event.host, event.run_id) == (
        kind,
        result,
        "p",
        "t",
        "h",
        7,
    )
    assert event.at == pytest.approx(1795226532.370008)


def test_messages_come_from_results() -> None:
    """Given results of all sorts, when they are told, then the text is what a person looks for first."""
    assert message("runner_on_failed", msg="non-zero return code", rc=2, stderr="e", stdout="o") == (
        "non-zero return code (rc 2)\ne\no"
    )
    assert message("runner_on_failed", msg="MODULE FAILURE", module_stderr="Traceback\n  x\nKeyError: 1") == (
        "MODULE FAILURE\nTraceback\n  x\nKeyError: 1"
    )
    assert message("runner_on_failed", msg="boom", exception='File "x"\nValueError: bad') == "boom\nValueError: bad"
    assert message("runner_on_failed", reason="no role") == "no role"
    assert message("runner_on_failed", msg=["a", "b"]) == "a\nb"
    assert message("runner_on_ok", stdout="out", msg="", changed=True) == "out"
    assert message("runner_on_ok", msg="All items completed", changed=True) == ""
    assert message("runner_on_ok", _ansible_verbose_always=True, changed=False, my_var=[1]) == "my_var: [\n  1\n]"
    assert message("runner_on_ok", _ansible_verbose_always=True, changed=False, db_password="x") == "db_password: ***"
    assert message("runner_on_ok", censored="…") == "(hidden: no_log)"
    assert message("runner_on_ok") == "(the result was too large for Ansible's event, and is not here)"


def test_the_runners_rendering_is_never_read() -> None:
    """Given an event whose `stdout` quotes the playbook, when it is translated, then nothing of it is told."""
    assert "never read" not in repr(fed(raw("runner_on_failed", host="h", res={"msg": "x"})))


def test_long_text_is_cut_and_goes_on() -> None:
    """Given a message and a diff that are too long, when translated, then all of both follows, in bounded pieces."""
    text = "x" * (MAX_TEXT * 2 + 5)
    first, *more = fed(raw("runner_on_file_diff", host="h", diff={"prepared": text}))
    assert [event.kind for event in more] == [MORE_TEXT, MORE_TEXT]
    assert [dict(event.data) for event in more] == [
        {"of": 1, "field": "diff", "part": 1},
        {"of": 1, "field": "diff", "part": 2},
    ]
    assert first.diff + "".join(event.message for event in more) == text
    assert first.cut == MAX_TEXT + 5
    assert [event.counter for event in (first, *more)] == [1, 2, 3]


def test_warnings_and_errors_without_excerpts() -> None:
    """Given what Ansible wrote outside of events, then each warning is one event, without the lines it quotes."""
    lines = [
        "Using /x/ansible.cfg as config file",
        "\x1b[1;35m[WARNING]: Could not match supplied host pattern, ignoring: zzz\x1b[0m",
        "[DEPRECATION WARNING]: old thing.",
        " It will go.",
        "[ERROR]: YAML parsing failed: Mapping values are not allowed in this context.",
        "Origin: /p/playbooks/syntax.yml:7:11",
        "",
        "5     password: hunter2",
    ]
    events = fed(*(heard(line) for line in lines))
    assert [(event.kind, event.message, event.warnings) for event in events] == [
        ("warning", "", ("Could not match supplied host pattern, ignoring: zzz",)),
        ("deprecated", "", ("old thing. It will go.",)),
        ("error", "YAML parsing failed: Mapping values are not allowed in this context.", ()),
    ]


def test_an_error_event_of_several_lines() -> None:
    """Given an error in one event with an excerpt, when translated, then its sentence alone is told, with its place."""
    event = {
        **raw("error", play="p", task="t"),
        "stdout": "[ERROR]: the role 'x' was not found in /a:/b\r\nOrigin: /y:1:2\r\n\r\n1 pw: z",
    }
    (made,) = fed(event)
    assert (made.kind, made.message, made.task) == ("error", "the role 'x' was not found in /a:/b", "t")


def test_a_warning_is_told_once() -> None:
    """Given a warning that Ansible prints and returns, when both come, then it is told with its host only."""
    result = raw("runner_on_ok", host="h", res={"changed": False, "warnings": ["Found 1\nerror."]})
    (event,) = fed(heard("[WARNING]: Found 1"), heard("error."), result)
    assert (event.host, event.warnings) == ("h", ("Found 1\nerror.",))


def test_stats_by_host() -> None:
    """Given Ansible's stats, when translated, then every host that took part has all its counts."""
    (event,) = fed(raw("playbook_on_stats", ok={"a": 2}, dark={"b": 1}, processed={"a": 1, "b": 1}, failures={}))
    assert event.data["stats"]["b"] == {
        "ok": 0, "changed": 0, "failures": 0, "dark": 1, "skipped": 0, "rescued": 0, "ignored": 0
    }  # fmt: skip


def test_diffs() -> None:
    """Given what modules call a diff, when translated, then it is a unified diff, or a note where there is none."""

    def diff(*entries: object) -> str:
        return fed(raw("runner_on_file_diff", host="h", diff=list(entries)))[0].diff

    text = diff({"before": "a\nb\n", "after": "a\nc\n", "before_header": "/f", "after_header": "/f"})
    assert text == "--- before: /f\n+++ after: /f\n@@ -1,2 +1,2 @@\n a\n-b\n+c"
    assert diff({"before": {"state": "absent"}, "after": {"state": "file"}}).endswith(
        '-  "state": "absent"\n+  "state": "file"\n }'
    )
    assert diff({"dst_binary": 1}) == "(dst is binary, no diff)"
    assert diff({"src_larger": 99}) == "(src is larger than 99 bytes, no diff)"
    assert len(diff({"before": "a\n" * 4000, "after": "b\n" * 4000})) == MAX_TEXT


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("a\x1b[31mb\x1b[0m", "ab"),
        ("\x1b]0;title\x07x", "x"),
        ("\x1b]never ended\nnext line", "\nnext line"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("a\x00\x07\x9b31mb", "ab"),
        ("tab\tnew\n", "tab\tnew\n"),
        ("\ud83d x", "\ufffd x"),
        ("höhe 😀 \u200f", "höhe 😀 \u200f"),
    ],
)
def test_clean(text: str, plain: str) -> None:
    """Given text with terminal sequences and control characters, when cleaned, then plain text is left."""
    assert clean(text) == plain


def test_pieces_and_lines() -> None:
    """Given a text, when cut or put on one line, then nothing is lost, or it is said."""
    assert pieces("abcde", 2) == ["ab", "cd", "e"]
    assert pieces("", 2) == [""]
    assert one_line("a\n b", 9) == "a b"
    assert one_line("abcdef", 4) == "abc…"
