"""An installation to strike: a project whose playbooks write down what they do, beside a strict fake Slack.

Every line in the file `marks` is `<start of Ansible> <step> <host>`: what really happened, whatever anybody says.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bot.ledger.database import Database
from tests.e2e.place import Place
from tests.fake_slack import FakeSlack
from tests.ledger.postgres import PostgresServer
from tests.torture.seen import Mark

ALERT_TOKEN = "t0ken-of-alertmanager"
HOSTS: Mapping[str, tuple[str, ...]] = {
    "alpha": ("a1", "a2", "a3", "a4"),
    "beta": ("b1", "b2", "b3"),
    "gamma": ("g1", "g2"),
}
CHANNELS = 6
POLICY = """
roles:
  operator: {members: ["slack:U1"], may: [{runbooks: ["*"], environments: ["*"]}]}
  lead: {members: ["slack:U2", "slack:U9"], may: [{runbooks: ["*"], environments: ["*"], approve: true}]}
  robots: {members: ["rule:Torture/*"], may: [{runbooks: [work], environments: [alpha, beta]}]}
alerts:
  alertmanager: {auth: {type: bearer, secret_env: ALERT_TOKEN}}
  cards: ["slack:C0OPS"]
"""
RULES = """
- name: Torture
  hosts: all
  rules:
    - name: work where it hurts
      condition: event.status == "firing" and event.service == "torture"
      action:
        run_runbook:
          runbook: work
          environment: alpha
          limit: "{{ event.host }}"
          parameters: {token: "{{ event.alert.labels.token }}"}
"""
PARAMETERS: Mapping[str, Any] = {
    "token": {"type": "str", "required": True},
    "seconds": {"type": "int", "default": 0},
    "breaks": {"type": "str", "default": ""},
    "go": {"type": "str", "default": ""},
}


def _tasks(marks: Path) -> list[dict[str, Any]]:
    """Begin, wait (for seconds, or for a file), break where that is wanted, end."""

    def mark(step: str) -> dict[str, Any]:
        line = f'echo "$SIGNALBOX_RUN {step} {{{{ inventory_hostname }}}}" >> {marks}'
        return {"name": step.title(), "ansible.builtin.shell": line, "check_mode": False}

    waiting = "timeout 200 sh -c 'until test -e {{ go }}; do sleep 0.05; done'"
    return [
        mark("begin"),
        {"name": "Work", "ansible.builtin.command": "sleep {{ seconds }}", "when": "seconds | int > 0"},
        {"name": "Wait", "ansible.builtin.command": waiting, "when": "go != ''"},
        {"name": "Break", "ansible.builtin.fail": {"msg": "as asked"}, "when": "inventory_hostname == breaks"},
        mark("end"),
    ]


class Ground:
    """The installation. With `postgres` its SQL is a server of its own, else a file."""

    def __init__(self, *, postgres: bool = False) -> None:
        self.slack = FakeSlack().start()
        self.place = Place()
        self.marks_file = self.place.root / "marks"
        self.postgres = PostgresServer() if postgres else None
        self.place.extra = {
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_SIGNING_SECRET": self.slack.signing_secret,
            "SLACK_API_URL": self.slack.api_url,
            "ALERT_TOKEN": ALERT_TOKEN,
        }
        url = f"sqlite:///{self.place.home / 'signalbox.db'}"
        if self.postgres is not None:
            self.postgres.start()
            url = self.place.extra["DATABASE_URL"] = self.postgres.url()
        self.database = Database(url)
        self.slack.workspace.add_channel("incidents", id="C0OPS")
        self.channels = [self.slack.workspace.add_channel(f"c{number}").id for number in range(CHANNELS)]
        self._furnish()

    def _furnish(self) -> None:
        tasks = _tasks(self.marks_file)
        for name, safety in (
            ("work", {"automation": "safe"}),
            ("sure", {"confirm": {"message": "Really?", "timeout": "10m"}}),
            ("guarded", {"requires_approval": True, "check_first": True}),
        ):
            self.place.playbook(name, tasks, parameters=dict(PARAMETERS), safety=safety)
        for name, hosts in HOSTS.items():
            self.place.inventory(name, {"all_of_it": list(hosts)})
        self.place.write("signalbox.yml", POLICY)
        self.place.write("rulebooks/torture.yml", RULES)
        self.place.commit()

    def rows(self, sql: str, **values: Any) -> list[dict[str, Any]]:
        """What SQL answers."""
        with self.database.reading() as connection:
            return [dict(row) for row in connection.execute(text(sql), values).mappings()]

    def run_of(self, token: str) -> int | None:
        """The first run that was asked for with a token."""
        found = self.rows("SELECT min(run_id) AS id FROM run_plans WHERE plan LIKE :like", like=f"%{token}%")
        return None if found[0]["id"] is None else int(found[0]["id"])

    def marks(self) -> list[Mark]:
        """What playbooks have written so far; a line that is being written is left out."""
        lines = self.marks_file.read_text().split("\n")[:-1] if self.marks_file.exists() else []
        return [
            Mark(run=int(start.partition("-")[0]), start=start, step=step, host=host)
            for start, step, host in map(str.split, lines)
        ]

    def close(self) -> None:
        """End what is left, and remove everything."""
        self.slack.app.join()
        self.database.engine.dispose()
        self.place.close()
        self.slack.stop()
        if self.postgres is not None:
            self.postgres.remove()
