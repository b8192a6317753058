"""Why there was nothing to run: the sentences, from what Ansible 2.19 really said, and on real runs."""

import pytest

from bot.engine.reason import reason_from
from bot.engine.tally import Tally
from bot.engine.verdict import Ending, verdict
from bot.model.event import Result, RunEvent
from bot.model.runbook import Expectation
from bot.model.status import RunStatus
from tests.engine.world import Project

SAID = [
    (
        (
            "[ERROR]: YAML parsing failed: Mapping values are not allowed in this context.\n"
            "Origin: /p/playbooks/syntax.yml:7:11\n\n5     - name: x\n6       password: hunter2"
        ),
        "playbooks/syntax.yml line 7 is not valid YAML: Mapping values are not allowed in this context.",
    ),
    (
        "[ERROR]: YAML parsing failed: Colons in unquoted values must be followed by a non-space character.",
        "A file of the project is not valid YAML: Colons in unquoted values must be followed by a non-space character.",
    ),
    (
        "[ERROR]: conflicting action statements: debug, copy\nOrigin: /p/playbooks/a.yml:3:7\n\n1 - hosts: all",
        "conflicting action statements: debug, copy (playbooks/a.yml line 3).",
    ),
    (
        (
            "[ERROR]: the role 'nosuchrole' was not found in /p/playbooks/roles:/root/.ansible/roles\n"
            "Origin: /p/playbooks/norole.yml:2:11\n"
        ),
        "The role nosuchrole was not found (asked for in playbooks/norole.yml line 2).",
    ),
    (
        (
            "[WARNING]: Error loading plugin 'no.such.module': No module named 'ansible_collections.no'\n"
            "[ERROR]: couldn't resolve module/action 'no.such.module'. This often indicates a misspelling, missing"
            " collection, or incorrect module path.\nOrigin: /p/playbooks/m.yml:3:7\n"
        ),
        "The module no.such.module was not found (asked for in playbooks/m.yml line 3); is its collection installed?",
    ),
    (
        (
            "[ERROR]: Unable to retrieve file contents.\n"
            "Could not find or access '/p/playbooks/nofile.yml' on the Ansible Controller.\n"
            "If you are using a module and expect the file to exist on the remote, see the remote_src option"
        ),
        "The file playbooks/nofile.yml was not found.",
    ),
    (
        "[ERROR]: Attempting to decrypt but no vault secrets found.",
        "Something the run needs is vault-encrypted, and no vault password is configured.",
    ),
    (
        "[ERROR]: Decryption failed (no vault secrets were found that could decrypt).",
        "The vault password is wrong: something the run needs could not be decrypted with it.",
    ),
    (
        (
            "[WARNING]: Error getting vault password file (default): The vault password file /x/key was not found\n"
            "[ERROR]: The vault password file /x/key was not found"
        ),
        "The vault password could not be read: the vault password file /x/key was not found.",
    ),
    (
        (
            "[WARNING]: Could not match supplied host pattern, ignoring: zzz\n"
            "[ERROR]: Specified inventory, host pattern and/or --limit leaves us with no hosts to target."
        ),
        "None of the hosts is in the inventory any more.",
    ),
    (
        "[ERROR]: 'tsks' is not a valid attribute for a Play\nOrigin: /p/a.yml:2:3",
        "'tsks' is not a valid attribute for a Play (a.yml line 2).",
    ),
    ("[ERROR]: Empty playbook, nothing to do: /p/playbooks/empty.yml", "The playbook is empty."),
    ("[ERROR]: the playbook: playbooks/x.yml could not be found", "The playbook playbooks/x.yml was not found."),
    (
        (
            "ERROR! Syntax Error while loading YAML.\n  did not find expected key\n\n"
            "The error appears to be in '/p/a.yml': line 4"
        ),
        "a.yml line 4 is not valid YAML: did not find expected key.",
    ),
    (
        (
            "[ERROR]: Unexpected Exception, this is probably a bug: 'NoneType' object is not iterable\n"
            "the full traceback was:\n\nTraceback (most recent call last):\n  File x"
        ),
        "Ansible itself failed: 'NoneType' object is not iterable.",
    ),
    ("", "ansible-playbook ended with exit code 4 and gave no reason."),
    (
        "usage: ansible-playbook\nunrecognized arguments: --x",
        "ansible-playbook ended with exit code 4: unrecognized arguments: --x.",
    ),
]


@pytest.mark.parametrize(("text", "sentence"), SAID)
def test_one_sentence(text: str, sentence: str) -> None:
    """Given what Ansible said, when the reason is told, then it is one sentence without excerpt or traceback."""
    assert reason_from(text.splitlines(), 4, ["/p"]) == sentence


def test_reasons_are_bounded() -> None:
    """Given an endless message, when the reason is told, then it has an end."""
    assert len(reason_from(["[ERROR]: " + "x " * 9999], 1)) <= 400


@pytest.mark.parametrize(
    ("play", "status", "part"),
    [
        ("- hosts: all\n  tasks:\n   - debug: x\n     : y: z\n", RunStatus.ERROR, "playbooks/play.yml line "),
        (
            "- hosts: all\n  roles: [nosuch]\n",
            RunStatus.ERROR,
            "The role nosuch was not found (asked for in playbooks/",
        ),
        (
            "- hosts: all\n  tasks:\n    - no.such.module: {password: hunter2}\n",
            RunStatus.ERROR,
            "The module no.such.module",
        ),
        ("- hosts: nobody\n  tasks: []\n", RunStatus.ERROR, "No play of the playbook matches any of the hosts"),
        ("", RunStatus.ERROR, "The playbook is empty."),
    ],
)
def test_real_playbooks_that_cannot_run(project: Project, play: str, status: RunStatus, part: str) -> None:
    """Given a playbook that cannot run, when it is tried, then the run is an error with the reason in one sentence."""
    project.write("playbooks/play.yml", play)
    told = project.run("playbooks/play.yml")
    assert told.outcome is not None
    assert told.outcome.status is status
    assert part in told.outcome.reason
    assert "hunter2" not in told.everything()
    assert "Traceback" not in told.everything()


def test_hosts_that_left_the_inventory(project: Project) -> None:
    """Given a host that is no longer in the inventory, when the run starts, then it is an error that says so."""
    project.hosts("web1")
    told = project.run([{"debug": {}}], hosts=("gone",))
    assert told.outcome is not None
    assert (told.outcome.status, told.outcome.reason) == (
        RunStatus.ERROR,
        "None of the hosts is in the inventory any more.",
    )


def counts(**more: int) -> dict[str, int]:
    """The counts of one host."""
    return dict.fromkeys(("ok", "changed", "failures", "dark", "skipped", "rescued", "ignored"), 0) | more


def test_verdicts() -> None:
    """Given how the process ended and what was reported, when judged, then status and reason follow from both."""
    good = Tally(stats={"a": counts(ok=1)})
    assert verdict(Ending(rc=0), good, ()) == (RunStatus.SUCCESSFUL, "")
    assert verdict(Ending(rc=None), good, ()) == (RunStatus.SUCCESSFUL, "")
    assert verdict(Ending(rc=0, stopped=RunStatus.CANCELED), good, ())[0] is RunStatus.SUCCESSFUL
    assert verdict(Ending(rc=None, stopped=RunStatus.CANCELED), Tally(), ()) == (RunStatus.CANCELED, "It was canceled.")
    assert verdict(Ending(rc=250), good, ())[0] is RunStatus.FAILED
    assert verdict(Ending(rc=0), Tally(stats={}), ())[0] is RunStatus.ERROR
    assert verdict(Ending(rc=None), Tally(), ()) == (
        RunStatus.ERROR,
        "ansible-playbook was ended from outside and gave no reason.",
    )
    assert verdict(Ending(rc=None), Tally(results=3), ())[0] is RunStatus.FAILED
    missed = [(Expectation(pattern="^x"), ("a", "b", "c", "d", "e"))]
    assert verdict(Ending(rc=0), good, missed)[1] == (
        "The output is not as expected: nothing matches `^x` on a, b, c and 2 more."
    )


def test_many_failed_hosts() -> None:
    """Given five failed hosts, when the reason is told, then it names three and counts the rest."""
    tally = Tally(stats={f"h{n}": counts(failures=1) for n in range(5)})
    for n in range(5):
        failed = {"task": "t", "host": f"h{n}", "result": Result.FAILED, "message": "no"}
        tally.add(RunEvent(run_id=1, counter=1, kind="runner_on_failed", at=0.0, **failed))  # type: ignore[arg-type]
    assert verdict(Ending(rc=2), tally, ())[1] == (
        "5 of 5 hosts failed: h0 (TASK t: no); h1 (TASK t: no); h2 (TASK t: no); and 2 more."
    )
