"""/healthz over a real WSGI application: status, lines, and what it does not tell."""

from collections.abc import Iterable

import pytest

from bot.entrypoints.http import web
from bot.model.health import Finding

WELL = [Finding(name="redis", ok=True, what="answers"), Finding(name="relay", ok=True, what="at work")]
ILL = Finding(name="workers", ok=False, what="No worker listens.", remedy="Start one.")


def get(findings: Iterable[Finding], path: str = "/healthz", method: str = "GET") -> tuple[int, str, str]:
    """Status, text and type of the answer."""
    answer = web(lambda: findings).test_client().open(path, method=method)
    return answer.status_code, answer.get_data(as_text=True), answer.mimetype


def test_all_well_is_200_with_a_line_each() -> None:
    """Given dependencies that answer, when /healthz is asked, then it is 200, one line for each, as plain text."""
    assert get(WELL) == (200, "redis: ok answers\nrelay: ok at work\n", "text/plain")


@pytest.mark.parametrize("findings", [[ILL], [*WELL, ILL], [ILL, *WELL]])
def test_one_ill_is_503(findings: list[Finding]) -> None:
    """Given one dependency that does not answer, when /healthz is asked, then it is 503, and says which, wherever."""
    status, text, _ = get(findings)
    assert status == 503
    assert "workers: FAILS No worker listens.\n" in text
    assert text.count("\n") == len(findings)


def test_health_is_looked_at_each_time() -> None:
    """Given a dependency that comes back, when /healthz is asked again, then it is well again."""
    answers = iter([[ILL], WELL])
    client = web(lambda: next(answers)).test_client()
    assert [client.get("/healthz").status_code for _ in range(2)] == [503, 200]


@pytest.mark.parametrize(("path", "method", "status"), [("/", "GET", 404), ("/healthz", "POST", 405)])
def test_nothing_else_is_there(path: str, method: str, status: int) -> None:
    """Given the health page alone, when something else is asked, then it is not there."""
    assert get(WELL, path, method)[0] == status
