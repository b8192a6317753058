"""The home enters; whether state can be kept there leaves, as a sentence."""

import os
import shutil
from pathlib import Path

from bot.errors import SignalboxError

LEAST_MB = 200
"""Free space below which `doctor` warns: a run of thousands of hosts, or a growing database, needs some."""


def room(home: Path) -> str:
    """How much is free where the home is, or is to be; SignalboxError when too little is, or nothing can be written."""
    there = next(path for path in (home, *home.parents) if path.exists())
    if not os.access(there, os.W_OK | os.X_OK):
        raise SignalboxError("SIGNALBOX_HOME cannot be written.", "Mend its rights, or mount it so that it can be.")
    free = shutil.disk_usage(there).free // 2**20
    if free < LEAST_MB:
        raise SignalboxError(f"{free} MB are free in SIGNALBOX_HOME.", f"Make room: {LEAST_MB} MB at least.")
    return f"{free} MB are free"
