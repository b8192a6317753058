"""GET /metrics: nothing enters, what Prometheus reads leaves."""

from collections.abc import Callable

from flask import Blueprint, Response

from bot.metrics.page import CONTENT_TYPE


def metrics_page(render: Callable[[], bytes]) -> Blueprint:
    """The page; 200 also when a store is away, which its own metric says."""
    page = Blueprint("metrics", __name__)

    @page.get("/metrics")
    def metrics() -> Response:
        return Response(render(), content_type=CONTENT_TYPE)

    return page
