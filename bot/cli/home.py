"""The settings of a process enter; it goes on only where its home can be written to, else the disk's reason is raised.

The sentence for that is `told`'s. Whoever finds out later, in a child or in the middle of something, could not say it.
"""

import tempfile

from bot.settings import Settings


def ready(settings: Settings, *, always: bool = False) -> None:
    """Make the home if it is missing, and see that a file can be made in it; OSError when the disk refuses.

    Where Redis, SQL and the key are elsewhere, only those need a home that keep something else there: `always`.
    """
    if always or settings.keeps_state:
        home = settings.home_dir
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            tempfile.TemporaryFile(dir=home).close()
        except OSError as error:  # it names a file that nobody knows
            raise OSError(error.errno, error.strerror, str(home)) from None
