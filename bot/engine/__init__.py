"""The engine: a plan and its secrets enter, Ansible carries it out, RunEvents leave through a sink, and an outcome.

The real one is not imported here (`bot.engine.real`): only a worker needs ansible-runner, and only it waits for that.
"""

from bot.engine.door import Cancel, Engine, Outcome, Sink
from bot.engine.scripted import ScriptedEngine
from bot.engine.sweep import Sweep, drop
from bot.engine.warm.cold import Cold
from bot.engine.warm.state import told as told_warm

__all__ = ["Cancel", "Cold", "Engine", "Outcome", "ScriptedEngine", "Sink", "Sweep", "drop", "told_warm"]
