"""A run that people have said yes to enters the queue, with what they said in its envelope."""

from dataclasses import replace

from bot.model.consent import Pending
from bot.queue import RunQueue


def release(queue: RunQueue, pending: Pending) -> bool:
    """Queue it, unless a worker (or a cancel) has it; False when its envelope is gone. May be repeated."""
    run_id = pending.run_id
    if queue.claimed(run_id) or queue.waiting(run_id):
        return True
    envelope = queue.envelope(run_id)
    if envelope is None or envelope.asked is None:
        return False
    queue.submit(replace(envelope, asked=replace(envelope.asked, consent=pending.given)))
    return True
