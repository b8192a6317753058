"""The engine: a plan and its secrets enter, Ansible carries it out, RunEvents leave through a sink, and an outcome."""

from bot.engine.door import Cancel, Engine, Outcome, Sink
from bot.engine.private import sweep
from bot.engine.real import AnsibleEngine
from bot.engine.scripted import ScriptedEngine

__all__ = ["AnsibleEngine", "Cancel", "Engine", "Outcome", "ScriptedEngine", "Sink", "sweep"]
