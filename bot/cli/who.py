"""Who speaks on the command line: a name enters, or nothing; an Actor leaves."""

import getpass
import re

from bot.errors import Misconfigured
from bot.model.people import AUTOMATIC, Actor

_SLACK = re.compile(r"[UW][A-Z0-9]+")


def login_name() -> str:
    """The name of the user that runs this process; Misconfigured when there is none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in many containers
        raise Misconfigured("This user has no login name.", "Say who speaks: `--as NAME`.") from None


def anybody(name: str) -> Actor:
    """`slack:U1`, `terminal:anna`, `rule:town/disk-full` or `schedule:night` as it stands.

    `U1` alone is an id of Slack, all else a terminal. Only a rehearsal takes this word for it: nothing comes of it.
    """
    transport, colon, rest = name.partition(":")
    if colon and transport in {"slack", "terminal", *AUTOMATIC} and rest:
        return Actor(transport=transport, name=rest)
    return Actor(transport="slack" if _SLACK.fullmatch(name) else "terminal", name=name)
