"""Alerts in a storm in which processes are killed: none is lost, none is doubled, and people see what happened."""

import json
import os
import signal
import urllib.error
import urllib.request
from threading import Thread

from tests.e2e import processes
from tests.e2e.place import Place

POLICY = """
roles:
  everybody: {members: ["terminal:*"], may: [{runbooks: ["*"], environments: ["*"]}]}
alerts:
  alertmanager: {auth: {type: bearer, secret_env: ALERT_TOKEN}}
  cards: ["terminal:ops"]
"""
SENDERS, EACH = 4, 30


def send(url: str, number: int, status: str) -> bool:
    """Whether the alert of a host was answered 200."""
    alert = {"status": status, "labels": {"alertname": "Errors", "service": "pay"}, "fingerprint": f"f{number}"}
    headers = {"Authorization": "Bearer t0ken", "Content-Type": "application/json"}
    body = json.dumps({"version": "4", "alerts": [alert]}).encode()
    request = urllib.request.Request(f"{url}/alerts/alertmanager", data=body, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


class Sender(Thread):
    """Sends its alerts as monitoring systems do: again, until each was answered 200."""

    def __init__(self, url: str, first: int) -> None:
        super().__init__()
        self.url, self.first = url, first
        self.again = 0

    def run(self) -> None:
        """One after the other."""
        for number in range(self.first, SENDERS * EACH, SENDERS):
            while not send(self.url, number, "firing"):
                self.again += 1


def killed(place: Place, name: str) -> None:
    """SIGKILL for each process of one kind."""
    for pid in processes.named(place.root, "-m", "bot", name):
        os.kill(pid, signal.SIGKILL)


def test_a_storm_in_which_everybody_is_killed(place: Place) -> None:
    """Given a storm, when serve and relay are killed in it, then every alert is there once."""
    place.write("signalbox.yml", POLICY)
    place.extra["ALERT_TOKEN"] = "t0ken"
    with place.up() as url:
        senders = [Sender(url, first) for first in range(SENDERS)]
        for sender in senders:
            sender.start()
        sql = "SELECT count(*) AS n FROM alerts"
        for share, name in ((0.2, "serve"), (0.6, "relay"), (0.7, "serve")):
            processes.until(lambda share=share: place.rows(sql)[0]["n"] > share * SENDERS * EACH, 60, name)
            killed(place, name)
        for sender in senders:
            sender.join()
        assert sum(sender.again for sender in senders)
        assert place.rows("SELECT count(*) AS n, count(DISTINCT subject) AS each FROM alerts") == [
            {"n": SENDERS * EACH, "each": SENDERS * EACH}
        ]
        assert [row["id"] for row in place.rows("SELECT id FROM incidents")] == [1]
        waiting = "SELECT count(*) AS n FROM alert_news WHERE NOT ruled"
        processes.until(lambda: place.rows(waiting)[0]["n"] == 0, 60, "rules to be told")
        assert place.rows("SELECT count(*) AS n FROM alert_news")[0]["n"] == SENDERS * EACH
        shown = "SELECT c.shown = i.edition AS new FROM incident_cards AS c JOIN incidents AS i ON i.id = c.incident_id"
        processes.until(lambda: place.rows(shown) == [{"new": 1}], 60, "the card")
        told = place.chat("alerts", "incident 1 ack", "incident 1")
        assert "Errors of pay" in told.out
        assert f"{SENDERS * EACH} alerts fire" in told.out
        assert told.status == 0
