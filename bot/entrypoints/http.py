"""HTTP: a GET of /healthz enters, one line for each dependency leaves; other doors join as pages."""

from collections.abc import Callable, Iterable

from flask import Blueprint, Flask, Response

from bot.model.health import Finding

Health = Callable[[], Iterable[Finding]]


def web(health: Health, *pages: Blueprint) -> Flask:
    """The web application: 200 when every dependency answers, 503 when one does not."""
    flask = Flask("signalbox")

    @flask.get("/healthz")
    def healthz() -> Response:
        findings = list(health())
        text = "".join(f"{finding.name}: {'ok' if finding.ok else 'FAILS'} {finding.what}\n" for finding in findings)
        return Response(text, 200 if all(finding.ok for finding in findings) else 503, mimetype="text/plain")

    for page in pages:
        flask.register_blueprint(page)
    return flask
