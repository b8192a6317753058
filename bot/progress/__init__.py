"""RunEvents enter, in the order of their counters; a RunView leaves, which is what the run looks like now."""

from bot.progress.progress import Progress, fold

__all__ = ["Progress", "fold"]
