"""Logging for every process: structlog to standard error, one line an event, with run_id, runbook and actor."""

import logging
import sys
from pathlib import Path
from typing import IO, TextIO

import structlog

MOST_BYTES = 10_000_000


def opened(path: Path) -> IO[bytes]:
    """A log to append to; when it has grown over 10 MB it makes way first, and one older log is kept (`.1`)."""
    if path.exists() and path.stat().st_size > MOST_BYTES:
        path.replace(path.with_name(f"{path.name}.1"))
    return path.open("ab")


def set_up(level: str = "INFO", *, stream: TextIO | None = None) -> None:
    """Configure structlog and the standard library's logging (RQ, Alembic, gunicorn) to write alike."""
    stream = stream or sys.stderr
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer = structlog.dev.ConsoleRenderer() if stream.isatty() else structlog.processors.JSONRenderer()
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            renderer,
        ],
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for noisy in ("rq.worker", "rq", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
