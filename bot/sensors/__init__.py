"""Sensors: a source of a rulebook enters, the events that its plugin makes leave, for rules and for incidents.

A sensor is an event source plugin of Event-Driven Ansible, unchanged: `main(queue, args)` in a file of its own. Each
runs in a process of its own; its events wait in Redis until a relay has dealt with them.
"""

from bot.sensors.finding import FILTER, SOURCE, Found, find, roots
from bot.sensors.hiding import hidden
from bot.sensors.inbox import MemorySensed, RedisSensed, Sensed, SensedEvents
from bot.sensors.running import run_source
from bot.sensors.wired import Wired, wired

__all__ = [
    "FILTER",
    "SOURCE",
    "Found",
    "MemorySensed",
    "RedisSensed",
    "Sensed",
    "SensedEvents",
    "Wired",
    "find",
    "hidden",
    "roots",
    "run_source",
    "wired",
]
