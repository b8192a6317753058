"""Where a reader of a run's stream stands enters; where it may read on leaves, past an entry that can't be read."""

import structlog

from bot.stream import Damaged, EventStream

_log = structlog.get_logger(__name__)


def past_damage(stream: EventStream, run_id: int, after: int) -> int:
    """The counter of the entry behind `after` when it is damaged: it is left out, loudly, and what follows is not."""
    try:
        stream.read(run_id, after, 1)
    except Damaged as damage:
        _log.error("event left out", run_id=run_id, counter=damage.counter)
        return damage.counter
    return after
