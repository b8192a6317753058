"""The stream: RunEvents go in at the worker and come out at relays and pages, in order, one Redis stream a run.

`RedisStream` is the real one, `MemoryStream` its twin, `EventStream` the door both fit.
"""

from bot.stream.entries import Damaged
from bot.stream.memory import MemoryStream
from bot.stream.protocol import EventStream
from bot.stream.real import RedisStream

__all__ = ["Damaged", "EventStream", "MemoryStream", "RedisStream"]
