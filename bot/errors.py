"""Every error Signalbox raises on purpose; each carries a sentence that is safe to show and says what to do next.

SignalboxError
├── Refused                 what was asked will not happen; nothing was started
│   ├── NotUnderstood       the text is no command
│   ├── UnknownName         a runbook, environment, host, run or parameter that does not exist
│   ├── BadParameters       values that do not fit what the runbook declares
│   ├── BadTarget           a limit that is refused, or that matches no host
│   ├── NotAllowed          a guard said no
│   ├── BadAlert            what a monitoring system sent is no alert that we can read
│   └── WrongState          the run is not in a state in which this can be done
│       └── AskedBefore     there is a run already for the very thing that asks
├── CouldNotRun             the run was accepted, and could not be carried out (status `error`)
│   ├── PlanChanged         hosts, revision or parameters are no longer those that were shown
│   └── ProjectBroken       the Ansible project or its configuration cannot be used
├── FleetBroken             hosts of a fleet cannot be made, reached, hurt or healed
├── Misconfigured           settings that cannot work
└── Unavailable             Redis, SQL or another process we rely on does not answer
"""


class SignalboxError(Exception):
    """An error with a sentence for people (`what`) and one that says what would be right (`remedy`)."""

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(what, remedy)
        self.what = what
        self.remedy = remedy

    @property
    def in_full(self) -> str:
        """All its sentences, in one text."""
        return " ".join(part for part in (self.what, *getattr(self, "problems", ()), self.remedy) if part)

    def __str__(self) -> str:
        return f"{self.what} {self.remedy}".strip()


class Refused(SignalboxError):
    """What was asked will not happen; nothing was started."""


class NotUnderstood(Refused):
    """The text is no command."""


class UnknownName(Refused):
    """A runbook, environment, host, run or parameter that does not exist."""


class BadParameters(Refused):
    """Values that do not fit what the runbook declares; `problems` holds one sentence each."""

    def __init__(self, what: str, remedy: str = "", problems: tuple[str, ...] = ()) -> None:
        super().__init__(what, remedy)
        self.problems = problems


class BadTarget(Refused):
    """A limit that is refused, or that matches no host."""


class NotAllowed(Refused):
    """A guard said no; `guards` are the names of all that did."""

    def __init__(self, what: str, remedy: str = "", guards: tuple[str, ...] = ()) -> None:
        super().__init__(what, remedy)
        self.guards = guards


class BadAlert(Refused):
    """What a monitoring system sent is no alert that we can read."""


class WrongState(Refused):
    """The run is not in a state in which this can be done."""


class AskedBefore(WrongState):
    """There is a run already for the very thing that asks, such as one firing of a schedule: `run_id`."""

    def __init__(self, what: str, remedy: str = "", *, run_id: int) -> None:
        super().__init__(what, remedy)
        self.run_id = run_id


class CouldNotRun(SignalboxError):
    """The run was accepted, and could not be carried out (status `error`)."""


class PlanChanged(CouldNotRun):
    """Hosts, revision or parameters are no longer those that were shown."""


class ProjectBroken(CouldNotRun):
    """The Ansible project or its configuration cannot be used."""


class FleetBroken(SignalboxError):
    """Hosts of a fleet cannot be made, reached, hurt or healed."""


class Misconfigured(SignalboxError):
    """Settings that cannot work."""


class Unavailable(SignalboxError):
    """Redis, SQL or another process we rely on does not answer."""
