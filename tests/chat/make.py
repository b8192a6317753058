"""Cards for tests, made from a few words."""

from typing import Any

from bot.model.run import HostOutcome
from bot.model.status import RunStatus
from bot.model.view import Failure, RunCard, RunView

START = 1_700_000_000.0


def view(**changed: Any) -> RunView:
    """A run that is in its third task, on 8 hosts, two of them out."""
    fields: dict[str, Any] = {
        "run_id": 12,
        "status": RunStatus.RUNNING,
        "counter": 40,
        "play": "Restart nginx",
        "task": "Wait until it answers",
        "task_number": 3,
        "task_started_at": START + 20,
        "task_done": 3,
        "task_total": 6,
        "task_hosts": ("web5", "web6", "web7"),
        "task_hosts_more": 1,
        "started_at": START,
        "outcomes": (
            HostOutcome(host="web2", ok=1, unreachable=1),
            HostOutcome(host="web3", ok=2, failed=1),
            *(HostOutcome(host=f"web{n}", ok=2, changed=1) for n in (1, 4, 5)),
            *(HostOutcome(host=f"web{n}", ok=2, skipped=1) for n in (6, 7, 8)),
        ),
        "failures": (
            Failure(host="web2", task="Gather facts", message="ssh: connect: No route to host", unreachable=True),
            Failure(host="web3", task="Restart", message="Job for nginx.service failed.\nSee journalctl -xe."),
        ),
        "failure_count": 2,
        "warnings": ("Platform linux uses the discovered interpreter.",),
    }
    return RunView(**{**fields, **changed})


def ended(**changed: Any) -> RunView:
    """The same run when it has failed."""
    fields: dict[str, Any] = {
        "status": RunStatus.FAILED,
        "ended_at": START + 84,
        "reason": "2 of 8 hosts failed: web2, web3.",
        "final_counter": 60,
        "counter": 60,
        "task_hosts": (),
        "task_hosts_more": 0,
    }
    return view(**{**fields, **changed})


def card(looks: RunView | None = None, **changed: Any) -> RunCard:
    """A card of that run."""
    fields: dict[str, Any] = {
        "run_id": 12,
        "runbook": "restart-service",
        "summary": "Restart a service and wait until it answers",
        "environment": "staging",
        "limit": "web:&dc1",
        "hosts": tuple(f"web{n}" for n in range(1, 9)),
        "actor": "terminal:anna",
        "revision": "3f2a1bc, dirty tree",
        "check": False,
        "view": looks or view(),
    }
    return RunCard(**{**fields, **changed})
