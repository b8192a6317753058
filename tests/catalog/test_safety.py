"""The safety policy in a runbook file: what is written, short or long, becomes one value, or a flaw with its line."""

from typing import Any

import pytest

from bot.model.safety import Approvals, ApprovalWhen, Concurrency, Confirm, Cooldown, Overlap, Per, Safety

from .conftest import Project
from .test_runbook_files import only

HEAD = "id: r\nsummary: S\nplaybook: restart.yml\nparameters: {kind: {type: str}, pin: {type: str, no_log: true}}\n"


def read(project: Project, safety: str) -> Safety:
    """The safety of a runbook file with this mapping."""
    project.runbook(f"{HEAD}safety:\n  {safety}\n")
    return project.catalog().get("r").safety


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("requires_approval: true", {"requires_approval": True}),
        ("requires_approval: false", {}),
        (
            "requires_approval: {when: {environments: prod}}",
            {"requires_approval": ApprovalWhen(environments=("prod",))},
        ),
        (
            "requires_approval: {when: {environments: [prod, 'stag*'], hosts_over: 5}}",
            {"requires_approval": ApprovalWhen(environments=("prod", "stag*"), hosts_over=5)},
        ),
        (
            "requires_approval: {when: {parameters: {kind: full}}}",
            {"requires_approval": ApprovalWhen(parameters={"kind": ("full",)})},
        ),
        (
            "requires_approval: {when: {parameters: {kind: [full, 5, true]}}}",
            {"requires_approval": ApprovalWhen(parameters={"kind": ("full", 5, True)})},
        ),
        ("approvals: {count: 2}", {"approvals": Approvals(count=2)}),
        (
            "approvals: {roles: lead, exclude_requester: false, expires: 4h}",
            {"approvals": Approvals(roles=("lead",), exclude_requester=False, expires=14400)},
        ),
        ("confirm: true", {"confirm": Confirm()}),
        ("confirm: false", {}),
        ("confirm: {message: Really?}", {"confirm": Confirm(message="Really?", timeout=120)}),
        ("confirm: {timeout: 30s}", {"confirm": Confirm(timeout=30)}),
        ("cooldown: 10m", {"cooldown": Cooldown(host=600)}),
        ("cooldown: {runbook: 1h}", {"cooldown": Cooldown(runbook=3600)}),
        ("cooldown: {host: 10m, runbook: 1h}", {"cooldown": Cooldown(host=600, runbook=3600)}),
        ("concurrency: forbid", {"concurrency": Concurrency(mode=Overlap.FORBID, per=Per.HOSTS)}),
        (
            "concurrency: {mode: replace, per: environment}",
            {"concurrency": Concurrency(mode=Overlap.REPLACE, per=Per.ENVIRONMENT)},
        ),
        ("check_first: true", {"check_first": True}),
        ("automation: safe", {"automation_safe": True}),
    ],
)
def test_what_is_written_becomes_a_value(project: Project, written: str, expected: dict[str, Any]) -> None:
    """Given a key of safety, written short or long, when the file is read, then the runbook carries what it means."""
    assert read(project, written) == Safety(**expected)


@pytest.mark.parametrize(
    ("written", "what", "remedy"),
    [
        ("requires_approval: {count: 2}", "no key count in safety.requires_approval", "Known are: when."),
        ("requires_approval: {}", "true, false or a mapping", "{when: "),
        ("requires_approval: {when: {}}", "must say when", "one or more of environments"),
        ("requires_approval: {when: {hosts_over: 0}}", "hosts_over", "one or more of environments"),
        ("requires_approval: {when: {environment: prod}}", "no key environment", "Did you mean environments?"),
        ("requires_approval: {when: {parameters: {knid: x}}}", "knid is no declared", "Did you mean kind?"),
        ("requires_approval: {when: {parameters: {pin: x}}}", "pin is secret", "Leave it out."),
        ("requires_approval: {when: {parameters: {kind: []}}}", "a list of values", "one or more of"),
        ("requires_approval: {when: {parameters: {kind: {a: 1}}}}", "a list of values", "one or more of"),
        ("approvals: {count: 0}", "count", "{count: 2"),
        ("approvals: {count: 21}", "count", "{count: 2"),
        ("approvals: {role: lead}", "no key role in safety.approvals", "Did you mean roles?"),
        ("approvals: {expires: soon}", "must be a duration", "{count: 2"),
        ("approvals: 2", "must be a mapping", "{count: 2"),
        ("confirm: yes please", "true, false or a mapping", "Write true"),
        ('confirm: {message: "two\\tparts"}', "must be plain text", "one sentence"),
        ('confirm: {message: "\\e[31mred"}', "must be plain text", "one sentence"),
        ('confirm: {message: "{{ kind }}"}', "nothing fills in a template", "one sentence"),
        (f"confirm: {{message: {'x' * 501}}}", "at most 500", "one sentence"),
        ("confirm: {timeout: 0}", "at least one second", "Write true"),
        ("cooldown: {}", "must name host, runbook, or both", "{host: 10m"),
        ("cooldown: {hosts: 10m}", "no key hosts in safety.cooldown", "Did you mean host?"),
        ("cooldown: [10m]", "must be a duration", "{host: 10m"),
        ("concurrency: sometimes", "concurrency", "forbid, queue or replace"),
        ("concurrency: {per: hosts}", "The key mode is missing", "forbid, queue or replace"),
        ("concurrency: {mode: queue, per: host}", "concurrency", "forbid, queue or replace"),
        ("check_first: often", "true or false", "Write true or false."),
        ("automation: unsafe", "automation", "Write safe"),
        ("automation: true", "automation", "Write safe"),
        ("check_frist: true", "no key check_frist in safety", "Did you mean check_first?"),
    ],
)
def test_what_cannot_be_meant_is_told_with_its_line(project: Project, written: str, what: str, remedy: str) -> None:
    """Given a mistake in safety, when the file is read, then the line, the key and what would be right are told."""
    project.runbook(f"{HEAD}safety:\n  {written}\n")
    problem = only(project.catalog())
    assert problem.line == 6
    assert what in problem.what
    assert remedy in problem.remedy
