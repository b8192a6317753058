"""What Ansible does is what is reported: outcomes, items, retries, handlers, diffs, checks, single module calls."""

from pathlib import Path

import pytest

from bot.engine.pump import EVERY, MAX_BATCH, SLOWER
from bot.model.command import RunOptions
from bot.model.event import ENDED, STATUS, Result
from bot.model.runbook import Expectation
from bot.model.status import RunStatus
from tests.engine.world import Project, Recorder, a_plan

CLOSED = {
    "ansible_connection": "ssh",
    "ansible_host": "127.0.0.1",
    "ansible_port": 1,
    "ansible_ssh_args": "-F /dev/null",
}


def outcome(told: Recorder) -> tuple[RunStatus, str]:
    """Status and reason."""
    assert told.outcome is not None
    return told.outcome.status, told.outcome.reason


def test_a_run_from_start_to_end(project: Project) -> None:
    """Given two hosts, when both do what they are told, then every event comes once, in order, with what was said."""
    told = project.run([{"command": "echo hello", "name": "greet"}], hosts=("a", "b"))
    assert outcome(told) == (RunStatus.SUCCESSFUL, "")
    kinds = [event.kind for event in told.events]
    assert kinds[:5] == [STATUS, STATUS, "playbook_on_start", "playbook_on_play_start", "playbook_on_task_start"]
    assert [event.data["status"] for event in told.events[:2]] == ["starting", "running"]
    assert kinds[-2:] == ["playbook_on_stats", ENDED]
    assert [event.counter for event in told.events] == list(range(1, len(told.events) + 1))
    greeted = told.of("runner_on_ok", host="a")[0]
    assert (greeted.play, greeted.task, greeted.result) == ("all", "greet", Result.CHANGED)
    assert greeted.message == "hello"
    assert greeted.duration is not None
    assert told.events[0].at <= greeted.at <= told.events[-1].at
    assert told.events[-2].data["stats"]["b"] == {
        "ok": 1, "changed": 1, "failures": 0, "dark": 0, "skipped": 0, "rescued": 0, "ignored": 0
    }  # fmt: skip
    assert told.events[-1].data["final_counter"] == told.events[-1].counter


def test_a_failure_says_on_which_host_and_why(project: Project) -> None:
    """Given two hosts of which one fails, when the run ends, then the reason names it, its task and its error."""
    told = project.run(
        [{"shell": "echo broken >&2; exit 3", "name": "do it", "when": "inventory_hostname == 'b'"}], hosts=("a", "b")
    )
    assert outcome(told) == (
        RunStatus.FAILED,
        "1 of 2 hosts failed: b (TASK do it: non-zero return code (rc 3) broken).",
    )
    assert told.of("runner_on_failed")[0].message == "non-zero return code (rc 3)\nbroken"
    assert told.of("runner_on_skipped", host="a")[0].result is Result.SKIPPED


def test_rescued_and_ignored_failures_do_not_fail_a_run(project: Project) -> None:
    """Given a failure that is rescued and one that is ignored, when the run ends, then it is successful."""
    told = project.run(
        [
            {"block": [{"fail": {"msg": "oh"}}], "rescue": [{"debug": {"msg": "saved"}}]},
            {"fail": {"msg": "never mind"}, "ignore_errors": True},
        ]
    )
    assert outcome(told) == (RunStatus.SUCCESSFUL, "")
    assert [event.result for event in told.of("runner_on_failed")] == [Result.FAILED, Result.IGNORED]


def test_a_host_that_cannot_be_reached(project: Project) -> None:
    """Given a host behind a closed port, when the run ends, then it is unreachable, and the other one is through."""
    project.hosts("up", down=CLOSED)
    told = project.run([{"command": "echo hi"}], hosts=("up", "down"))
    status, reason = outcome(told)
    assert status is RunStatus.FAILED
    assert reason.startswith("1 of 2 hosts unreachable: down (TASK command: ")
    assert "Connection refused" in reason
    assert told.of("runner_on_unreachable", host="down")[0].result is Result.UNREACHABLE
    assert told.of("runner_on_ok", host="up")[0].message == "hi"


def test_items_retries_and_handlers(project: Project) -> None:
    """Given a loop, a task that is retried and a handler, when they run, then each item and attempt is an event."""
    project.write(
        "playbooks/more.yml",
        [
            {
                "name": "All of it",
                "hosts": "all",
                "gather_facts": False,
                "tasks": [
                    {"command": "echo {{ item.n }}", "loop": [{"n": 1}, {"n": 2}], "notify": "later"},
                    {"command": "false", "register": "r", "until": "r.rc == 0", "retries": 1, "delay": 0,
                     "ignore_errors": True},
                ],
                "handlers": [{"name": "later", "debug": {"msg": "handled"}}],
            }
        ],
    )  # fmt: skip
    told = project.run("playbooks/more.yml")
    assert [(e.item, e.message, e.result) for e in told.of("runner_item_on_ok")] == [
        ('{"n": 1}', "1", Result.CHANGED),
        ('{"n": 2}', "2", Result.CHANGED),
    ]
    assert [event.message for event in told.of("runner_retry")] == [
        "attempt 1 of 2 failed: non-zero return code (rc 1)"
    ]
    assert told.of("runner_on_ok", task="later")[0].message == "handled"
    assert any(event.data.get("handler") for event in told.of("playbook_on_task_start"))


def test_check_changes_nothing_and_expects_nothing(project: Project, tmp_path: Path) -> None:
    """Given a check with a diff, when it runs, then the diff is told, nothing is written, and no output is missed."""
    target = tmp_path / "motd"
    told = project.run(
        [{"copy": {"content": "welcome\n", "dest": str(target)}}, {"command": "echo active"}],
        options=RunOptions(check=True, diff=True),
        expect=[Expectation(pattern="^active$")],
    )
    assert outcome(told) == (RunStatus.SUCCESSFUL, "")
    assert "+welcome" in told.of("runner_on_file_diff")[0].diff
    assert not target.exists()


def test_tags_forks_and_verbosity(project: Project) -> None:
    """Given tags and skipped tags, when the run goes, then only what they leave is carried out."""
    tasks = [{"debug": {"msg": name}, "tags": [name]} for name in ("one", "two", "three")]
    told = project.run(tasks, options=RunOptions(tags=("one", "two"), skip_tags=("two",), forks=3, verbosity=2))
    assert [event.message for event in told.of("runner_on_ok")] == ["one"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (RunOptions(tags=("a b",)), "'a b' is no tag."),
        (RunOptions(tags=("--become",)), "'--become' is no tag."),
        (RunOptions(skip_tags=("$(id)",)), "'$(id)' is no tag."),
        (RunOptions(forks=0), "0 forks are not possible."),
        (RunOptions(verbosity=9), "Verbosity 9 is not possible."),
    ],
)
def test_options_that_cannot_be(project: Project, options: RunOptions, said: str) -> None:
    """Given an option that makes no sense, when the run is to start, then it is an error with the reason."""
    told = project.run([{"debug": {}}], options=options)
    status, reason = outcome(told)
    assert status is RunStatus.ERROR
    assert reason.startswith(said)
    assert [event.kind for event in told.events] == [STATUS, ENDED]


def test_one_module_call(project: Project) -> None:
    """Given a runbook with one call of the project's own module, when it runs, then its parameters are only data."""
    project.hosts("web1")
    project.write("library/greet.sh", '#!/bin/sh\n. "$1"\nprintf \'{"changed": true, "msg": "hello %s"}\' "$name"\n')
    told = Recorder()
    plan = a_plan(module="greet", module_args={"name": "{{ who }}"}, parameters={"who": "{{ 1 + 1 }}"}, summary="Greet")
    told.outcome = project.engine().carry_out(1, plan, {}, told, lambda: False)
    assert outcome(told) == (RunStatus.SUCCESSFUL, "")
    (event,) = told.of("runner_on_ok")
    assert (event.task, event.message) == ("Greet", "hello {{ 1 + 1 }}")


def test_expected_output(project: Project) -> None:
    """Given expectations, when one host does not say what is required, then the reason names host and pattern."""
    told = project.run(
        [{"shell": "echo is; if [ {{ inventory_hostname }} = a ]; then echo active; fi"}],
        hosts=("a", "b"),
        expect=[Expectation(pattern="^active$"), Expectation(pattern="restarted", allow_failure=True)],
    )
    assert outcome(told) == (
        RunStatus.FAILED,
        "The output is not as expected: nothing matches `^active$` on b.",
    )


def test_hoped_for_output(project: Project) -> None:
    """Given an expectation that may fail, when nothing matches, then the run is successful with a warning."""
    told = project.run([{"command": "echo x"}], expect=[Expectation(pattern="restarted", allow_failure=True)])
    assert outcome(told) == (RunStatus.SUCCESSFUL, "")
    assert told.events[-2].kind == "warning"
    assert told.events[-2].warnings == ("The output is not as hoped: nothing matches `restarted` on web1.",)


def test_roles_and_collections_of_the_project_are_found(project: Project) -> None:
    """Given a role and a collection in the project, when a playbook names them, then they are found as they are."""
    project.write("roles/hello/tasks/main.yml", [{"debug": {"msg": "from the role"}}])
    project.write("collections/ansible_collections/our/own/roles/hi/tasks/main.yml", [{"debug": {"msg": "from ours"}}])
    told = project.run([{"include_role": {"name": "hello"}}, {"include_role": {"name": "our.own.hi"}}])
    assert [event.message for event in told.of("runner_on_ok") if event.message] == ["from the role", "from ours"]


def test_the_projects_configuration_is_honored(project: Project) -> None:
    """Given an ansible.cfg with callback plugins and host key checking, when a run goes, then both count."""
    project.write("ansible.cfg", "[defaults]\ncallback_plugins = callbacks\ncallbacks_enabled = ours\n")
    project.write(
        "callbacks/ours.py",
        "from ansible.plugins.callback import CallbackBase\n"
        "class CallbackModule(CallbackBase):\n"
        "    CALLBACK_VERSION = 2.0\n    CALLBACK_NAME = 'ours'\n    CALLBACK_TYPE = 'aggregate'\n"
        "    def v2_playbook_on_stats(self, stats):\n        open('seen', 'w').close()\n",
    )
    told = project.run(
        [
            {"debug": {"msg": "{{ lookup('config', 'HOST_KEY_CHECKING') }}"}},
            {"debug": {"msg": "{{ lookup('config', 'CACHE_PLUGIN') }}"}},
        ]
    )
    assert [event.message for event in told.of("runner_on_ok")] == ["true", "memory"]
    assert (project.root / "seen").exists()


def test_a_huge_result_arrives_whole_in_pieces(project: Project) -> None:
    """Given two megabytes of output, when the run ends, then all of it is in the stream, in bounded events."""
    told = project.run([{"command": "seq -f 'line %g of a long output' 75000"}])
    (event,) = told.of("runner_on_ok")
    text = told.whole(event)
    assert len(text) > 2_000_000
    assert text.splitlines()[0] == "line 1 of a long output"
    assert text.splitlines()[-1] == "line 75000 of a long output"
    assert max(len(e.message) for e in told.events) <= 8192
    assert event.cut == len(text) - len(event.message)


def test_events_come_in_batches(project: Project) -> None:
    """Given fifty hosts, when they all report, then the sink is called for many events at once, and early."""
    hosts = tuple(f"h{n}" for n in range(50))
    told = project.run([{"debug": {"msg": "x"}}] * 3, hosts=hosts, options=RunOptions(forks=10))
    assert outcome(told) == (RunStatus.SUCCESSFUL, "")
    assert len(told.of("runner_on_ok")) == 150
    seconds = told.calls[-1][0] - told.calls[0][0]
    soon = EVERY / SLOWER / 2 + 6  # so many come sooner: the first ones, and the end
    assert len(told.calls) <= seconds / EVERY + soon
    assert max(count for _, count in told.calls) <= MAX_BATCH
