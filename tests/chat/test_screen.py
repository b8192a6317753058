"""What a person at a terminal sees of a run, and what hosts cannot do to it."""

import io
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from bot.chat.terminal import card_lines, live_cards, recap
from bot.chat.terminal.screen import console_for, to_ansi
from bot.chat.terminal.sheet import Sheet
from bot.model.run import HostOutcome
from bot.model.status import RunStatus
from bot.model.view import Failure, RunCard
from tests.chat.make import START, card, ended, view
from tests.chat.test_text import HOSTILE

COLOR = re.compile(r"\x1b\[[0-9;]*m")


def lines(sheet: Sheet, width: int = 80, **console: Any) -> list[str]:
    """What a console that knows no color writes."""
    out = io.StringIO()
    Console(file=out, width=width, **console).print(sheet)
    return [one.rstrip() for one in out.getvalue().splitlines()]


def text(sheet: Sheet, width: int = 80) -> str:
    """The same as one text."""
    return "\n".join(lines(sheet, width))


def test_a_running_card() -> None:
    """Given a run in its third task, then header, task, progress, failures, hosts and totals can be read."""
    assert lines(card_lines(card(), START + 30, 80)) == [
        "#12 restart-service ▶ running for 30 s",
        "Restart a service and wait until it answers",
        "in staging · limit web:&dc1 · 8 hosts · asked by terminal:anna",
        "revision 3f2a1bc, dirty tree",
        "PLAY Restart nginx",
        "TASK 3 Wait until it answers, 10 s",
        "[██████████░░░░░░░░░░] 3 of 6 hosts",
        "2 hosts failed or could not be reached:",
        "  web2 unreachable, in TASK Gather facts",
        "    ssh: connect: No route to host",
        "  web3 failed, in TASK Restart",
        "    Job for nginx.service failed.",
        "    See journalctl -xe.",
        "  web2: unreachable (ok 1, unreachable 1)",
        "  web3: failed (ok 2, failed 1)",
        "  web1: changed (ok 2, changed 1)",
        "  web4: changed (ok 2, changed 1)",
        "  web5: changed (ok 2, changed 1)",
        "  web6: ok (ok 2, skipped 1)",
        "  web7: ok (ok 2, skipped 1)",
        "  web8: ok (ok 2, skipped 1)",
        "hosts: 1 unreachable, 1 failed, 3 changed, 3 ok",
        "1 warning, to be read with: log 12",
    ]


def test_a_long_task_shows_that_it_lives() -> None:
    """Given a task that takes 15 s or more, then the card says which hosts it waits for; before that it does not."""
    beat = "still in TASK Wait until it answers, 2 min, hosts web5, web6 and 2 more"
    assert beat in lines(card_lines(card(), START + 20 + 120, 80))
    assert "still in TASK" in text(card_lines(card(), START + 20 + 15, 80))
    assert "still in TASK" not in text(card_lines(card(), START + 20 + 14.9, 80))


def test_check_mode_is_written_out() -> None:
    """Given a run that changes nothing, then both card and recap say so in words."""
    assert "#12 restart-service (check mode) " in text(card_lines(card(check=True), START, 80))
    assert "#12 restart-service (check mode) " in text(recap(card(ended(), check=True), 80))


def test_a_queued_run_shows_its_hosts() -> None:
    """Given a run that has not started, then its hosts are named."""
    waiting = view(
        status=RunStatus.QUEUED, started_at=None, play="", task="", outcomes=(), failures=(), failure_count=0
    )
    assert "hosts: web1, web2, web3, web4, web5, web6, web7, web8" in lines(card_lines(card(waiting), START, 80))


def test_many_hosts_are_bounded() -> None:
    """Given 47 hosts with results and 3 waiting, then the worst ten are shown and the others counted."""
    outcomes = tuple(HostOutcome(host=f"h{n}", ok=1) for n in range(47))
    shown = text(card_lines(card(view(outcomes=outcomes), hosts=tuple(f"h{n}" for n in range(50))), START, 80))
    assert "  h9: ok" in shown
    assert "h10" not in shown
    assert "  and 37 more" in shown
    assert "hosts: 47 ok, 3 waiting" in shown


def test_a_recap() -> None:
    """Given a run that has failed, then status, failures, a table of hosts, totals and next steps are there."""
    assert lines(recap(card(ended()), 80)) == [
        "#12 restart-service ✘ failed after 1 min 24 s",
        "Restart a service and wait until it answers",
        "in staging · limit web:&dc1 · 8 hosts · asked by terminal:anna",
        "revision 3f2a1bc, dirty tree",
        "2 hosts failed or could not be reached:",
        "  web2 unreachable, in TASK Gather facts",
        "    ssh: connect: No route to host",
        "  web3 failed, in TASK Restart",
        "    Job for nginx.service failed.",
        "    See journalctl -xe.",
        "  host  ok  changed  unreachable  failed  skipped  rescued  ignored",
        "  web2   1        0            1       0        0        0        0",
        "  web3   2        0            0       1        0        0        0",
        "  web1   2        1            0       0        0        0        0",
        "  web4   2        1            0       0        0        0        0",
        "  web5   2        1            0       0        0        0        0",
        "  web6   2        0            0       0        1        0        0",
        "  web7   2        0            0       0        1        0        0",
        "  web8   2        0            0       0        1        0        0",
        "8 hosts: 1 unreachable, 1 failed, 3 changed, 3 ok",
        "1 warning:",
        "  Platform linux uses the discovered interpreter.",
        "next: log 12 · retry 12",
    ]


def test_next_steps_are_those_that_make_sense() -> None:
    """Given a successful check, then it can be applied; given a clean run, then only its log is left to read."""
    well = {
        "status": RunStatus.SUCCESSFUL,
        "outcomes": (HostOutcome(host="web1", ok=1),),
        "failures": (),
        "failure_count": 0,
    }
    assert "next: log 12 · apply 12" in text(recap(card(ended(**well), check=True), 80))
    assert text(recap(card(ended(**well)), 80)).endswith("next: log 12")
    assert "apply" not in text(recap(card(ended(), check=True), 80))


def test_a_run_that_could_not_run_shows_no_empty_table() -> None:
    """Given a run that touched no host, then the recap says so in a line, and why."""
    nothing = tuple(HostOutcome(host=f"web{n}") for n in range(1, 9))
    looks = ended(status=RunStatus.ERROR, outcomes=nothing, failures=(), failure_count=0, reason="No such role.")
    shown = lines(recap(card(looks), 80))
    assert "8 hosts, none with a result" in shown
    assert "No such role." in shown
    assert not any("web1" in one for one in shown)


def test_busy_hosts_are_told() -> None:
    """Given a canceled run, then the recap says on which hosts something may go on."""
    shown = text(recap(card(ended(status=RunStatus.CANCELED, busy_hosts=("web1",))), 80))
    assert "web1 may still be busy with what was started there." in shown


@pytest.mark.parametrize(
    ("rest", "sentence"),
    [
        (HostOutcome(host="x", ok=1), "and 4970 more hosts, all ok"),
        (HostOutcome(host="x", failed=1), "and 4970 more hosts: 4970 failed"),
        (HostOutcome(host="x"), "and 4970 more hosts: 4970 without result"),
    ],
)
def test_a_recap_of_5000_hosts_is_bounded(rest: HostOutcome, sentence: str) -> None:
    """Given 5,000 hosts, then 30 are shown, the worst first, and a sentence tells of the others."""
    outcomes = tuple(HostOutcome(host=f"h{n}", failed=1) for n in range(30)) + (rest,) * 4_970
    found = tuple(Failure(host=f"h{n}", task="t", message="no\n" * 900) for n in range(30))
    looks = ended(outcomes=outcomes, failures=found, failure_count=30)
    shown = lines(recap(card(looks, hosts=tuple(f"h{n}" for n in range(5_000))), 80))
    assert f"  {sentence}" in shown
    assert "  and 20 more failures, to be read with: log 12" in shown
    assert len(shown) < 130


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp437"])
def test_a_terminal_without_utf8_gets_ascii(encoding: str) -> None:
    """Given a terminal of another encoding, then everything is written in ASCII and nothing fails."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    console = console_for(stream)
    console.print(card_lines(card(runbook="läuft", actor="terminal:日本"), START + 62, 80))
    console.print(recap(card(ended()), 80))
    console.print("日本")
    stream.flush()
    shown = raw.getvalue().decode("ascii")
    assert "[##########----------] 3 of 6 hosts" in shown
    assert "#12 l?uft running for 1 min 2 s" in shown


def test_no_color_is_honored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given NO_COLOR, then no color is written, and with color or without it the words are the same."""
    colored = to_ansi(recap(card(ended()), 80), 80)
    monkeypatch.setenv("NO_COLOR", "1")
    plain = to_ansi(recap(card(ended()), 80), 80)
    assert re.search(r"\x1b\[[0-9;]*3[0-7]m", colored)
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", plain)
    assert COLOR.sub("", colored) == COLOR.sub("", plain)


def test_markup_in_names_stays_text() -> None:
    """Given rich's own markup and emoji codes in what hosts say, then they are shown as they are."""
    found = (Failure(host="[red]web1[/red]", task=":boom:", message="[link=http://x]click[/link]"),)
    shown = text(recap(card(ended(failures=found, failure_count=1)), 80))
    assert "[red]web1[/red] failed, in TASK :boom:" in shown
    assert "[link=http://x]click[/link]" in shown
    assert to_ansi("[red]as it is[/red] :boom:", 80) == "[red]as it is[/red] :boom:\n"


def test_live_cards_share_the_room() -> None:
    """Given three runs and twelve lines, then each has its header there, and no more than twelve lines are taken."""
    cards = [card(run_id=number) for number in (12, 13, 14)]
    shown = lines(live_cards(cards, START + 62, 80, 12))
    assert len(shown) == 12
    assert [one.split()[0] for one in shown if one.startswith("#")] == ["#12", "#13", "#14"]


def test_a_card_says_what_it_leaves_out() -> None:
    """Given less room than a card needs, then the last line says how much is hidden."""
    shown = lines(card_lines(card(), START + 62, 80, 5))
    assert len(shown) == 5
    assert shown[-1] == "and 20 more lines"


names = HOSTILE.map(lambda one: one or "x")
failures = st.builds(Failure, host=names, task=HOSTILE, message=HOSTILE, unreachable=st.booleans())
outcomes = st.builds(
    HostOutcome, host=names, ok=st.integers(0, 3), failed=st.integers(0, 10**12), rescued=st.integers(0, 1)
)


@st.composite
def cards(draw: st.DrawFn) -> RunCard:
    """A card with anything in its texts."""
    looks = view(
        status=draw(st.sampled_from(list(RunStatus))),
        play=draw(HOSTILE),
        task=draw(HOSTILE),
        task_hosts=tuple(draw(st.lists(names, max_size=3))),
        outcomes=tuple(draw(st.lists(outcomes, max_size=4))),
        failures=tuple(draw(st.lists(failures, max_size=3))),
        warnings=tuple(draw(st.lists(HOSTILE, max_size=5))),
        reason=draw(HOSTILE),
        busy_hosts=tuple(draw(st.lists(names, max_size=2))),
        ended_at=draw(st.none() | st.just(START + 10)),
    )
    texts = {name: draw(HOSTILE) for name in ("runbook", "summary", "environment", "limit", "actor", "revision")}
    return card(looks, hosts=tuple(draw(st.lists(names, max_size=12))), check=draw(st.booleans()), **texts)


@settings(max_examples=300, deadline=None)
@given(cards(), st.sampled_from([20, 40, 75, 80, 200]), st.sampled_from(["utf-8", "ascii"]), st.floats(0, 100_000))
def test_no_text_breaks_out_of_a_card(shown: RunCard, width: int, encoding: str, seconds: float) -> None:
    """Given any text in any field, then nothing raises, no escape but our colors is written, no line is too wide."""
    for sheet in (card_lines(shown, START + seconds, width), recap(shown, width), live_cards([shown], START, width, 9)):
        written = COLOR.sub("", to_ansi(sheet, width, encoding))
        assert "\x1b" not in written
        assert all(cell_len(one) <= width for one in written.split("\n"))
        assert written.isascii() or encoding == "utf-8"
