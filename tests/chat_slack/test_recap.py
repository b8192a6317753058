"""What is posted into a run's thread: failures as they happen, the recap at the end."""

from hypothesis import given, settings

from bot.chat.slack.recap import recap_message, trouble_messages
from bot.model.run import HostOutcome
from bot.model.status import RunStatus
from bot.model.view import Failure, RunCard
from tests.chat.make import card, ended, view
from tests.chat_slack.looks import assert_sound, buttons, read
from tests.chat_slack.strange import cards


def failed(host: str, counter: int) -> Failure:
    """A failure that the event with this counter told of."""
    return Failure(host=host, task="Restart", message=f"exit {counter - 10}", counter=counter)


def failing(count: int, *, told: int | None = None) -> RunCard:
    """A run under way in which so many hosts have failed, the last one of them unreachable."""
    failures = [failed(f"web{n}", n + 10) for n in range(count - 1)]
    failures.append(Failure(host="db1", task="Ping", message="No route to host", unreachable=True, counter=9))
    return card(view(failures=tuple(failures[-50:]), failure_count=count if told is None else told))


def test_the_worst_come_first_and_the_others_are_counted() -> None:
    """Of 40 new failures the unreachable host and two more are told in full, then `and 37 more`."""
    trouble = trouble_messages(failing(40), ())
    shown = read(trouble.messages[0])
    assert len(trouble.messages) == 1
    assert shown.index("db1 unreachable, in task Ping") < shown.index("web0 failed, in task Restart")
    assert "No route to host" in shown
    assert "and 37 more failed or could not be reached" in shown
    assert trouble.messages[0].text == "Run 12: db1 unreachable, in TASK Ping and 39 more"
    assert_sound(trouble.messages[0])


def test_what_the_thread_was_told_is_not_told_again() -> None:
    """Only failures that are new make a message; without any there is none."""
    first = trouble_messages(failing(2), ())
    assert trouble_messages(failing(2), first.posted).messages == ()
    later = trouble_messages(failing(3), first.posted)
    assert "web1" in read(later.messages[0])
    assert "web0" not in read(later.messages[0])
    assert later.posted == {9, 10, 11}


def test_a_failure_may_be_rescued_and_the_thread_says_so_once() -> None:
    """Nobody knows yet whether the playbook takes it up: the first message says it, the next ones need not."""
    first = trouble_messages(failing(2), ())
    later = trouble_messages(failing(3), first.posted)
    assert "may still rescue or ignore a failure" in read(first.messages[0])
    assert "rescue" not in read(later.messages[0])


def test_a_host_that_was_rescued_and_fails_again_is_told_of_again() -> None:
    """The thread knows failures, not hosts: the later one, which counts in the end, is told too."""
    before = trouble_messages(card(view(failures=(failed("web1", 20),), failure_count=1)), ())
    again = card(view(failures=(failed("web1", 31),), failure_count=1))
    later = trouble_messages(again, before.posted)
    assert "exit 21" in read(later.messages[0])
    assert "more" not in later.messages[0].text
    assert trouble_messages(again, later.posted).messages == ()


def test_a_thread_is_not_flooded() -> None:
    """After twenty failures the thread says that the card counts the rest, and is silent until the recap."""
    full = trouble_messages(failing(25), ())
    assert "Further failures are counted in the card" in read(full.messages[0])
    assert trouble_messages(failing(45), full.posted).messages == ()


def test_a_run_without_failures_makes_no_trouble() -> None:
    """Nothing is posted when nothing is wrong."""
    assert trouble_messages(card(view(failures=(), failure_count=0)), ()).messages == ()


def test_a_recap_tells_how_it_came_out() -> None:
    """Status, reason, failures, hosts, warnings and what can be done now."""
    message = recap_message(card(ended(busy_hosts=("web5",))))
    shown = read(message)
    assert_sound(message)
    for said in (
        "Run 12 restart-service · ❌ failed after 1 min 24 s",
        "2 hosts failed or could not be reached",
        "Job for nginx.service failed.",
        "✅ web8 ok (ok 2, skipped 1)",
        "8 hosts: 1 unreachable, 1 failed, 3 changed, 3 ok",
        "1 warning\n• Platform linux uses the discovered interpreter.",
        "web5 may still be busy",
    ):
        assert said in shown
    assert buttons(message) == ["Log", "Retry failed", "Run again", "Details"]
    assert message.metadata is not None
    assert message.metadata["event_payload"] == {"kind": "recap", "run": 12, "sequence": 60}


def test_a_recap_says_each_failure_once() -> None:
    """The sentence about failed hosts stands below as a list; why a run was ended is said all the same."""
    shown = read(recap_message(card(ended())))
    assert "2 of 8 hosts failed" not in shown
    assert shown.count("Job for nginx.service failed.") == 1
    stopped = ended(status=RunStatus.TIMEOUT, reason="It took longer than its 300 s and was ended.")
    assert "It took longer than its 300 s" in read(recap_message(card(stopped)))


def test_a_recap_names_hosts_whose_failures_were_rescued() -> None:
    """The thread told of them; in the end nothing is wrong with them."""
    outcomes = (HostOutcome(host="web1", ok=3, rescued=1), HostOutcome(host="web2", failed=1, rescued=1))
    shown = read(recap_message(card(ended(outcomes=outcomes))))
    assert "Failures on 1 host were rescued or ignored: web1" in shown


def test_a_recap_without_results_says_so() -> None:
    """A run that never reached a host has no list of hosts."""
    looks = ended(status=RunStatus.ERROR, outcomes=(), failures=(), failure_count=0, reason="No such file.")
    shown = read(recap_message(card(looks)))
    assert "No such file." in shown
    assert "8 hosts, none with a result." in shown


def test_a_recap_of_5000_hosts_is_bounded() -> None:
    """Thirty hosts by name, the others counted, with failures of 10 kB each."""
    hosts = tuple(f"a-rather-long-name-of-a-host-{n}.example.com" for n in range(5_000))
    outcomes = tuple(HostOutcome(host=host, unreachable=1) for host in hosts)
    failures = tuple(Failure(host=host, task="x" * 500, message="&" * 10_000, unreachable=True) for host in hosts[:50])
    looks = ended(outcomes=outcomes, failures=failures, failure_count=5_000, warnings=("w" * 500,) * 50)
    message = recap_message(card(looks, hosts=hosts))
    assert_sound(message)
    assert "and 4994 more failures" in read(message)
    assert "and 4970 more hosts: 4970 unreachable" in read(message)
    assert "and 47 more, to be read in the log" in read(message)
    assert buttons(message) == ["Log", "Retry failed", "Run again", "Details"]


@settings(max_examples=100, deadline=None)
@given(cards())
def test_any_run_makes_messages_that_slack_takes(shown: RunCard) -> None:
    """Whatever hosts reported, thread and recap fit, and nothing in them acts."""
    for message in (recap_message(shown), *trouble_messages(shown, ()).messages):
        assert_sound(message)
