"""The two sensors that are shipped: a URL that stops answering, and lines of a log."""

import asyncio
import http.server
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from bot.alerts import sensed
from bot.model.alert import AlertStatus
from bot.model.rule import EventSource
from bot.sensors import run_source, wired

ROOT = Path(__file__).resolve().parents[2]
FIRING, RESOLVED = AlertStatus.FIRING, AlertStatus.RESOLVED


def alerts(plugin: str, arguments: dict[str, Any], story: Callable[[int], bool]) -> list[Any]:
    """The alerts of a sensor; `story` is told how many there are again and again, until it says that it is over."""
    found: list[Any] = []
    made = wired(EventSource(name=plugin, plugin=plugin, arguments=arguments), ROOT, ())

    async def play() -> None:
        task = asyncio.ensure_future(run_source(made, found.append))
        try:
            async with asyncio.timeout(20):
                while not task.done() and not story(len(found)):  # noqa: ASYNC110 (the story is told step by step)
                    await asyncio.sleep(0.02)
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    asyncio.run(play())
    return [sensed(event) for event in found]


class Site:
    """A server that answers with a status, or not at all."""

    def __init__(self) -> None:
        self.status, self.looks = 200, 0
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            """Answers."""

            def do_GET(self) -> None:
                site.looks += 1
                self.send_response(site.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"


@contextmanager
def serving() -> Iterator[Site]:
    """A site, as long as the context lasts."""
    site = Site()
    thread = threading.Thread(target=site.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.server.shutdown()
        site.server.server_close()
        thread.join()


def test_a_url_that_stops_answering_and_answers_again() -> None:
    """Given a site, when it fails twice in a row and then answers, then one alert begins, and the same one ends."""
    with serving() as site:

        def story(count: int) -> bool:
            if count == 0 and site.looks >= 2:
                site.status = 503
            if count == 1:
                site.status = 404  # an answer
            return count == 2

        urls = [{"url": site.url, "service": "site", "host": "web1"}]
        first, second = alerts("url_answers", {"urls": urls, "every": 0.02, "after": 2, "severity": "critical"}, story)
    assert (first.status, second.status) == (FIRING, RESOLVED)
    assert first.subject == second.subject == site.url
    assert (first.service, first.host, first.symptom) == ("site", "web1", "does not answer")
    assert (str(first.severity), first.annotations["why"]) == ("critical", "status 503")
    assert first.key != second.key


def test_a_url_that_never_answered_is_no_alert() -> None:
    """Given a site that is not up yet, when it is looked at many times, then nothing is said."""
    with serving() as site:
        site.status = 500
        assert alerts("url_answers", {"urls": [{"url": site.url}], "every": 0.01}, lambda _: site.looks > 5) == []


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://x/"])
def test_only_http_is_looked_at(url: str) -> None:
    """Given a URL of another kind, when it is to be looked at, then the sensor fails."""
    with pytest.raises(ValueError, match="http"):
        alerts("url_answers", {"urls": [{"url": url}]}, lambda _: False)


def test_lines_of_a_log(tmp_path: Path) -> None:
    """Given a log, when lines fit the pattern, then the first new one is an alert, which ends when it is quiet."""
    log = tmp_path / "app.log"
    log.write_text("Traceback of before\n")
    steps = iter(["fine\n", "half a Trace", "back\n", "Traceback again\n"])

    def story(count: int) -> bool:
        line = next(steps, None)
        if line is not None:
            with log.open("a") as opened:
                opened.write(line)
        return count == 2

    arguments = {"path": str(log), "pattern": "Traceback", "service": "app", "every": 0.01, "quiet": 0.3}
    first, second = alerts("log_lines", arguments, story)
    assert (first.status, second.status) == (FIRING, RESOLVED)
    assert first.annotations["line"] == "half a Traceback"
    assert first.title == "app logs Traceback"


def test_a_log_that_is_put_in_place_of_the_old_one(tmp_path: Path) -> None:
    """Given a log that is rotated, or comes late, when the new one has such a line, then it is found."""
    log, looks = tmp_path / "app.log", iter(range(1000))

    def story(count: int) -> bool:
        if next(looks) == 10:
            (tmp_path / "new").write_text("Traceback\n")
            (tmp_path / "new").rename(log)
        return count == 1

    (found,) = alerts("log_lines", {"path": str(log), "pattern": "Trace", "every": 0.01}, story)
    assert found.status is FIRING
