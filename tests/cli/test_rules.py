"""Rules as the app wires them, on a real Redis and a real database: from a sensor's event to a run and its end."""

from pathlib import Path

import pytest

from bot.app import App
from bot.model.people import Origin
from bot.model.status import RunStatus
from bot.model.suggestion import SuggestionState
from bot.rules import RedisRuleStates
from bot.sensors import RedisSensed, Sensed
from bot.settings import load
from tests.queue.redis_server import RedisServer

POLICY = """
roles:
  robots: {members: ["rule:site/*"], may: [{runbooks: [ping], environments: [local]}]}
"""
BOOK = """
- name: site
  hosts: all
  rules:
    - name: look
      condition: event.status == "firing" and event.symptom == "down"
      action: {run_runbook: {runbook: ping, environment: local, limit: "{{ event.host }}", verify: 5m}}
"""


def alert(uuid: str, status: str) -> Sensed:
    """What a sensor says."""
    said = {"subject": "s", "title": "t", "symptom": "down", "host": "web1", "status": status}
    return Sensed(ruleset="site", event={"alert": said, "meta": {"uuid": uuid}})


def test_from_an_event_to_a_verified_fix(project: Path, server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a rule and a sensor's alert, when a relay has its turns, then it is asked for, and in the end verified."""
    monkeypatch.setenv("REDIS_URL", f"unix://{server.socket}")
    (project / "signalbox.yml").write_text(POLICY)
    (project / "rulebooks").mkdir()
    (project / "rulebooks/site.yml").write_text(BOOK)
    with (project / "playbooks/ping.runbook.yml").open("a") as opened:
        opened.write("  automation: safe\n")
    app = App(load())
    waiting = RedisSensed(app.redis)
    waiting.put(alert("a", "firing"))
    app.rules.work.handle(0.0)
    (run,) = app.ledger.find()
    assert (str(run.actor), run.origin, run.command) == ("rule:site/look", Origin.ALERT, "run ping on web1 in local")
    assert app.queue.depth() == 1
    for status in (RunStatus.STARTING, RunStatus.RUNNING, RunStatus.SUCCESSFUL):
        app.ledger.set_status(run.id, status)
    waiting.put(alert("b", "resolved"))
    app.rules.work.handle(10.0)
    (made,) = app.ledger.suggestions().find(*SuggestionState)
    assert (made.state, made.incident_id, made.run_id) == (SuggestionState.VERIFIED, 1, run.id)
    story = [event.kind for event in app.ledger.incidents().timeline(1)]
    assert story == ["opened", "run_asked", "closed", "verified"]
    assert RedisRuleStates(app.redis).read("site").open == ()
    assert app.counters.totals()["signalbox_fixes_total", "verified"] == 1
    app.ledger.close()
