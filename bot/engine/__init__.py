"""The engine: a plan and its secrets enter, Ansible carries it out, RunEvents leave through a sink, and an outcome."""

from bot.engine.door import Cancel, Engine, Outcome, Sink
from bot.engine.real import AnsibleEngine
from bot.engine.scripted import ScriptedEngine
from bot.engine.sweep import sweep

__all__ = ["AnsibleEngine", "Cancel", "Engine", "Outcome", "ScriptedEngine", "Sink", "sweep"]
