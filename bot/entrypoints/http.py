"""HTTP: a GET of /healthz enters, one line for each dependency leaves."""

from collections.abc import Callable, Iterable

from flask import Flask, Response

from bot.model.health import Finding

Health = Callable[[], Iterable[Finding]]


def health_page(health: Health) -> Flask:
    """The web application: 200 when every dependency answers, 503 when one does not."""
    flask = Flask("signalbox")

    @flask.get("/healthz")
    def healthz() -> Response:
        findings = list(health())
        text = "".join(f"{finding.name}: {'ok' if finding.ok else 'FAILS'} {finding.what}\n" for finding in findings)
        return Response(text, 200 if all(finding.ok for finding in findings) else 503, mimetype="text/plain")

    return flask
