"""Logging for every process: structlog to standard error, one line an event, with run_id, runbook and actor."""

import fcntl
import logging
import os
import shutil
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO, TextIO

import structlog

MOST_BYTES = 10_000_000
IN_HOME = ("chat.log", "stack.log", "redis/redis.log")
"""The logs that we write into a home; whoever writes one has it from `opened`."""


def opened(path: Path) -> IO[bytes]:
    """A log to append to, which makes way first."""
    make_way(path)
    return path.open("ab")


def make_way(path: Path) -> None:
    """A log that has grown over 10 MB begins anew; its last 10 MB are kept as `.1`.

    It stays the same file, because others append to it; what they write in this very moment may be lost. What the disk
    refuses is left for the next time.
    """
    with suppress(OSError):
        if path.stat().st_size > MOST_BYTES:
            with path.open("r+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _begin_anew(file, path.with_name(f"{path.name}.1"))


def _begin_anew(file: IO[bytes], older: Path) -> None:
    if file.seek(0, os.SEEK_END) > MOST_BYTES:  # still, now that nobody else is at it
        file.seek(-MOST_BYTES, os.SEEK_END)
        with older.open("wb") as kept:
            shutil.copyfileobj(file, kept)
        file.truncate(0)


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
