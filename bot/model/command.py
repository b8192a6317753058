"""What a person asked for, understood: one small value per thing one can say."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.model.waves import Waves


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """How a runbook is rehearsed: from the snapshot `restore` (empty: from what is there), machines gone in the end."""

    restore: str = ""
    down: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """Options of `ansible-playbook` that a command may set; `forks` None means the project's own.

    Ours are `waves`: how the hosts are taken one group after the other, None for all at once; `up`: machines are
    brought up first; `rehearsal`: check, run and second run, None for a run.
    """

    check: bool = False
    diff: bool = False
    tags: tuple[str, ...] = ()
    skip_tags: tuple[str, ...] = ()
    forks: int | None = None
    verbosity: int = 0
    waves: Waves | None = None
    up: bool = False
    rehearsal: Rehearsal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskRun:
    """`run …` or one of a runbook's own phrases; values as typed (text, or a list of texts), not validated yet.

    `fixed` holds what the phrase (`say` form) said: no `key=value` may say otherwise.
    """

    runbook: str
    limit: str | None = None
    environment: str | None = None
    parameters: Mapping[str, str | list[str]] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    options: RunOptions = field(default_factory=RunOptions)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskHelp:
    word: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskRunbooks:
    word: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskDescribe:
    runbook: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskEnvironments:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class AskHosts:
    """`hosts …`; `variables`: what is known of these hosts too, and why they are in their groups."""

    pattern: str
    environment: str | None = None
    variables: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AskRuns:
    """`which`: all, mine, active or failed; `last`: how many, newest first."""

    which: str = "all"
    last: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class AskShow:
    run_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AskLog:
    run_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AskAudit:
    """Of the audit the newest `last` rows that are about all that is not None."""

    last: int = 10
    run_id: int | None = None
    actor: str | None = None
    environment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskCancel:
    run_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AskRerun:
    run_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AskRetry:
    run_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AskApply:
    run_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AskConfirm:
    run_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AskApprove:
    """`break_glass`: without the others, for the `reason`, which is empty when none was given."""

    run_id: int
    reason: str = ""
    break_glass: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AskDeny:
    run_id: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskWhy:
    """`why …`, `can I …`: what would become of the command, which is not done."""

    command: AskRun | AskRerun | AskRetry | AskApply


@dataclass(frozen=True, slots=True, kw_only=True)
class AskLock:
    """`lock …`: a whole environment, or with a limit hosts in it, for some seconds."""

    environment: str
    limit: str | None = None
    seconds: int | None = None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskUnlock:
    environment: str
    limit: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskFreeze:
    """`freeze …`: an environment, or all of them when it is None."""

    environment: str | None
    seconds: int | None = None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskUnfreeze:
    environment: str | None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskRelease:
    environment: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskPromote:
    """`promote …`: the evidence is a run's number, or an https URL."""

    runbook: str
    environment: str
    run_id: int | None = None
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskDemote:
    runbook: str
    environment: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskPromotions:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class AskAlerts:
    """`alerts`: incidents that are open, or with `closed` all; `last`: how many, newest first."""

    closed: bool = False
    last: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class AskMutes:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class AskMute:
    """`alerts mute …`: silence for alerts whose selectors fit all these globs, for some seconds."""

    matchers: Mapping[str, str]
    seconds: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskUnmute:
    mute_id: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskIncident:
    incident_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AskTimeline:
    incident_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AskStats:
    """`stats`: figures of the last so many days."""

    days: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class AskNext:
    incident_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AskReplay:
    incident_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AskAcknowledge:
    incident_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AskAssign:
    """`incident … assign`: `to` as it was written, `me` for who says so."""

    incident_id: int
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskNote:
    incident_id: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskClose:
    incident_id: int
    reason: str = ""


Attending = AskMute | AskUnmute | AskAcknowledge | AskAssign | AskNote | AskClose
"""Commands that do something about alerts and incidents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskSimulate:
    """`simulate …`: an alert that is made up, in its own words; what would become of it. What is empty was not said."""

    service: str = ""
    symptom: str = ""
    host: str = ""
    severity: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskSuggestions:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class AskSchedules:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class AskTake:
    """`take …`: the run that a rule suggests, in one's own name."""

    suggestion_id: int


Holding = AskLock | AskUnlock | AskFreeze | AskUnfreeze | AskRelease
"""Commands that hold runs back, or let them go."""

Consenting = AskConfirm | AskApprove | AskDeny
"""Commands that answer a run that waits for people."""

Deed = (
    AskRun
    | AskCancel
    | AskRerun
    | AskRetry
    | AskApply
    | Consenting
    | Holding
    | AskPromote
    | AskDemote
    | Attending
    | AskTake
    | AskReplay
)
"""Commands that do something; all others are questions."""

Command = (
    AskRun
    | AskHelp
    | AskRunbooks
    | AskDescribe
    | AskEnvironments
    | AskHosts
    | AskRuns
    | AskShow
    | AskLog
    | AskAudit
    | AskCancel
    | AskRerun
    | AskRetry
    | AskApply
    | AskConfirm
    | AskApprove
    | AskDeny
    | AskWhy
    | Holding
    | AskPromote
    | AskDemote
    | AskPromotions
    | AskAlerts
    | AskMutes
    | AskIncident
    | AskTimeline
    | AskStats
    | AskNext
    | AskReplay
    | Attending
    | AskSimulate
    | AskSuggestions
    | AskTake
    | AskSchedules
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The names that a parser and completion may lean on.

    `phrases` maps a runbook's id to its `say` forms, `parameters` a runbook's id to its parameters' names with the
    choices of each (empty when free).
    """

    runbooks: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    phrases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    parameters: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """`text` replaces the last `replaces` characters before the cursor; `hint` says what it is."""

    text: str
    replaces: int
    hint: str = ""
