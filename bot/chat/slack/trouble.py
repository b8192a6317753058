"""What went wrong with a call to Slack enters; it leaves as one error of this tree.

SlackTrouble (SignalboxError)            each knows the `method`, Slack's `code` and, for the log, its `details`
├── NotSent        (Unavailable)         Slack was not reached: nothing happened, the call may be made again
├── RateLimited    (Unavailable)         nothing happened; the call may be made again after `seconds`
├── UnknownOutcome (Unavailable)         it may have happened: a post is looked up before it is made again
├── Gone           (Misconfigured)       the token opens nothing any more: stop calling, say so on /healthz
└── SlackRefused   (Refused)             Slack understood and said no; the same call gets the same answer
    ├── PlaceRefused                     the conversation cannot be written to, or read
    ├── ContentRefused                   the message cannot be shown as it is; a plainer one can
    ├── MessageMissing                   the message to change is not there, or may not be changed any more
    └── FilesRefused                     the file is not accepted; text still is
"""

from bot.errors import Misconfigured, Refused, SignalboxError, Unavailable


class SlackTrouble(SignalboxError):
    """A call of `method` that did not do what it should; `code` is Slack's own word, empty when there is none."""

    def __init__(
        self, what: str, remedy: str = "", *, method: str = "", code: str = "", details: tuple[str, ...] = ()
    ) -> None:
        super().__init__(what, remedy)
        self.method = method
        self.code = code
        self.details = details


class NotSent(SlackTrouble, Unavailable):
    """Slack was not reached: nothing happened."""


class RateLimited(SlackTrouble, Unavailable):
    """Nothing happened; the call may be made again after `seconds` (s, above 0)."""

    def __init__(self, what: str, remedy: str = "", *, seconds: float, method: str = "", code: str = "") -> None:
        super().__init__(what, remedy, method=method, code=code)
        self.seconds = seconds


class UnknownOutcome(SlackTrouble, Unavailable):
    """It may have happened: updates and reads are simply made again, a post is looked up first."""


class Gone(SlackTrouble, Misconfigured):
    """The token opens nothing any more."""


class SlackRefused(SlackTrouble, Refused):
    """Slack understood and said no."""


class PlaceRefused(SlackRefused):
    """The conversation cannot be written to, or read."""


class ContentRefused(SlackRefused):
    """The message cannot be shown as it is."""


class MessageMissing(SlackRefused):
    """The message to change is not there, or may not be changed any more."""


class FilesRefused(SlackRefused):
    """The file is not accepted."""
