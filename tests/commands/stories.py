"""What the stories share: one vocabulary, and strategies for commands and hostile text."""

from dataclasses import replace

from hypothesis import strategies as st

from bot.commands import parse, topics
from bot.commands.alerting import ANY, SELECTORS
from bot.commands.grammar import strip
from bot.errors import Refused
from bot.model.command import (
    AskAcknowledge,
    AskAlerts,
    AskApply,
    AskApprove,
    AskAssign,
    AskAudit,
    AskCancel,
    AskClose,
    AskConfirm,
    AskDemote,
    AskDeny,
    AskDescribe,
    AskEnvironments,
    AskFreeze,
    AskHelp,
    AskHosts,
    AskIncident,
    AskLock,
    AskLog,
    AskMute,
    AskMutes,
    AskNext,
    AskNote,
    AskPromote,
    AskPromotions,
    AskRelease,
    AskReplay,
    AskRerun,
    AskRetry,
    AskRun,
    AskRunbooks,
    AskRuns,
    AskSchedules,
    AskShow,
    AskSimulate,
    AskStats,
    AskSuggestions,
    AskTake,
    AskTimeline,
    AskUnfreeze,
    AskUnlock,
    AskUnmute,
    AskWhy,
    Command,
    RunOptions,
    Vocabulary,
)
from bot.model.waves import Waves

VOCABULARY = Vocabulary(
    runbooks=("ping", "restart-service", "clear-cache", "collect-logs", "disk-usage", "on"),
    environments=("local", "staging", "prod", "in"),
    hosts=("all", "web", "web1", "web2", "db", "db1", "two words"),
    phrases={
        "ping": ("ping {limit} in {environment}",),
        "restart-service": (
            "restart {service} on {limit} in {environment}",
            "restart {service}",
            "Restart {service} in {environment}",
        ),
        "clear-cache": ("clear cache on {limit}",),
        "disk-usage": ("clear {what}", "which disks on {limit} in {environment} are over {threshold} percent"),
        "collect-logs": ("collect {unit} {lines}", "run away {x}", "{x} first"),
    },
    parameters={
        "restart-service": {"service": ("nginx", "redis server"), "wait_port": ()},
        "disk-usage": {"threshold": ("80", "90")},
    },
)

HOSTILE = (
    "{{ lookup('pipe','touch /tmp/x') }}",
    "{% raw %}{{ x }}{% endraw %}",
    "; rm -rf /",
    "$(id)",
    "`id`",
    "<!channel>",
    "<@U1|root>",
    "\u202egnp.exe\u202c",
    "\u200fright to left\u200e",
    "a=b a=b",
    'say "yes"',
    "it's",
    "\u201csmart\u201d and \u2018single\u2019",
    "\\",
    '\\"',
    "C:\\new\\table",
    "~web\\d+",
    "--check",
    "\u2014check",
    "[a, b]",
    "a,b",
    "",
    " ",
    "\xa0\u3000",
    "\ufeff\u200b",
    "two\nlines\tand a tab",
    "carriage\r\nreturn",
    "\U0001f9e8\u0301\u0302",
    "\u2028\u2029",
    "=",
    "on web in prod",
)

ALLOWED = st.characters(exclude_categories=("Cs", "Cc"))
VALUES = st.text(ALLOWED | st.sampled_from("\t\n\r\"'\\[], =-\u201c\u201d\u2018\u2019\u2014\xa0\u200b"), max_size=40)
NAMES = st.text(ALLOWED | st.sampled_from("\"'\\[], =-\u201c\u201d"), min_size=1, max_size=20).filter(
    lambda name: name.strip("\u200b\ufeff").strip().strip("\u200b\ufeff") != "" and bool(name.strip())
)
TAGS = st.lists(
    NAMES.map(lambda name: name.replace(",", "").strip()).filter(lambda tag: tag.strip("\u200b\ufeff \xa0") != ""),
    max_size=3,
).map(tuple)
KEYS = st.from_regex(r"\A[A-Za-z_][A-Za-z0-9_.-]{0,10}\Z")
RUN_IDS = st.integers(1, 2**31 - 1)

REASONS = (
    VALUES.map(lambda text: " ".join(text.split()))
    .map(lambda text: text.strip("\u200b\ufeff "))
    .map(lambda text: " ".join(text.split()))
    .filter(lambda text: bool(text) and text == text.strip("\u200b\ufeff "))
)
PLACES = st.sampled_from(VOCABULARY.environments)
SECONDS = st.none() | st.integers(1, 10**8)

OPTIONS = st.builds(
    RunOptions,
    check=st.booleans(),
    diff=st.booleans(),
    tags=TAGS,
    skip_tags=TAGS,
    forks=st.none() | st.integers(1, 500),
    verbosity=st.integers(0, 4),
    waves=st.none()
    | st.builds(
        Waves,
        canary=st.integers(1, 100_000),
        batch=st.just("") | st.integers(1, 100).map(lambda share: f"{share}%") | st.integers(1, 100_000).map(str),
        pause_on_failure=st.booleans(),
        max_fail=st.none() | st.integers(0, 100),
    ),
)
RUNS = st.builds(
    AskRun,
    runbook=st.sampled_from(VOCABULARY.runbooks),
    limit=st.none() | NAMES,
    environment=st.none() | st.sampled_from(VOCABULARY.environments),
    parameters=st.dictionaries(KEYS, VALUES | st.lists(VALUES, max_size=4), max_size=5),
    options=OPTIONS,
)
GLOBS = NAMES.map(lambda name: name[:200]).filter(lambda glob: bool(strip(glob).strip("*")))
COMMANDS: st.SearchStrategy[Command] = st.one_of(
    RUNS,
    st.builds(AskHelp, word=st.none() | NAMES),
    st.builds(AskRunbooks, word=st.none() | NAMES),
    st.builds(AskDescribe, runbook=st.sampled_from(VOCABULARY.runbooks)),
    st.builds(AskEnvironments),
    st.builds(
        AskHosts,
        pattern=NAMES,
        environment=st.none() | st.sampled_from(VOCABULARY.environments),
        variables=st.booleans(),
    ),
    st.builds(AskRuns, which=st.sampled_from(["all", "mine", "active", "failed"]), last=st.integers(1, 1000)),
    st.builds(
        AskAudit,
        last=st.integers(1, 1000),
        run_id=st.none() | RUN_IDS,
        actor=st.none() | NAMES,
        environment=st.none() | st.sampled_from(VOCABULARY.environments),
    ),
    *(st.builds(kind, run_id=RUN_IDS) for kind in (AskShow, AskLog, AskCancel, AskRerun, AskRetry, AskApply)),
    st.builds(AskConfirm, run_id=RUN_IDS),
    st.builds(AskApprove, run_id=RUN_IDS, reason=st.just("") | REASONS, break_glass=st.booleans()),
    st.builds(AskDeny, run_id=RUN_IDS, reason=st.just("") | REASONS),
    st.builds(AskLock, environment=PLACES, limit=st.none() | NAMES, seconds=SECONDS, reason=REASONS),
    st.builds(AskUnlock, environment=PLACES, limit=st.none() | NAMES, reason=st.just("") | REASONS),
    st.builds(AskFreeze, environment=st.none() | PLACES, seconds=SECONDS, reason=REASONS),
    st.builds(AskUnfreeze, environment=st.none() | PLACES, reason=st.just("") | REASONS),
    st.builds(AskRelease, environment=PLACES, reason=REASONS),
    st.just(AskPromotions()),
    st.builds(AskAlerts, closed=st.booleans(), last=st.integers(1, 1000)),
    st.just(AskMutes()),
    st.builds(AskStats, days=st.integers(1, 366)),
    st.builds(
        AskMute,
        matchers=st.dictionaries(st.sampled_from([*SELECTORS, "labels.zone"]), GLOBS, min_size=1, max_size=3),
        seconds=st.integers(1, 10**6),
        reason=REASONS,
    ),
    st.builds(AskMute, matchers=GLOBS.map(lambda glob: {ANY: glob}), seconds=st.integers(1, 10**6), reason=REASONS),
    st.builds(AskUnmute, mute_id=RUN_IDS, reason=st.just("") | REASONS),
    *(st.builds(kind, incident_id=RUN_IDS) for kind in (AskIncident, AskTimeline, AskNext, AskReplay, AskAcknowledge)),
    st.builds(AskAssign, incident_id=RUN_IDS, to=NAMES),
    st.builds(AskNote, incident_id=RUN_IDS, text=REASONS),
    st.builds(AskClose, incident_id=RUN_IDS, reason=st.just("") | REASONS),
    st.just(AskSuggestions()),
    st.just(AskSchedules()),
    st.builds(AskTake, suggestion_id=RUN_IDS),
    st.builds(
        AskSimulate,
        service=st.text(ALLOWED, min_size=1, max_size=20),
        symptom=VALUES,
        host=VALUES,
        severity=st.sampled_from(["", "warning", "critical"]),
    ),
    st.builds(AskDemote, runbook=st.sampled_from(VOCABULARY.runbooks), environment=PLACES, reason=REASONS),
    st.builds(
        AskPromote,
        runbook=st.sampled_from(VOCABULARY.runbooks),
        environment=PLACES,
        run_id=st.integers(1, 10**8),
    ),
    st.builds(
        AskPromote,
        runbook=st.sampled_from(VOCABULARY.runbooks),
        environment=PLACES,
        url=st.from_regex(r"\Ahttps://[a-z]{1,9}(/[a-z0-9.?=&%#-]{0,20})?\Z"),
    ),
    st.builds(
        AskWhy,
        command=RUNS | st.one_of(*(st.builds(kind, run_id=RUN_IDS) for kind in (AskRerun, AskRetry, AskApply))),
    ),
)
FRAGMENTS = st.sampled_from(
    [
        *(topic.word for topic in topics()),
        *VOCABULARY.runbooks,
        *HOSTILE,
        *"\"'\u201c\u201d\u2018\u2019[],=-\u2014\0\ud800\x85\x1c",
        "on",
        "in",
        "a=",
        "key=[",
        "--tags",
        "--forks=",
        "-vv",
        "#1",
        "last",
        "because",
        "--break-glass",
        "restart",
        "can i",
        "web:&dc1",
    ]
)
ANYTHING = (
    st.text(st.characters(), max_size=80)
    | st.lists(FRAGMENTS, max_size=12).map(" ".join)
    | st.lists(FRAGMENTS, max_size=12).map("".join)
)


def without_phrase(command: Command) -> Command:
    """The command without what only the phrase knew: as it comes back from its canonical text."""
    if isinstance(command, AskWhy):
        return replace(command, command=without_phrase(command.command))
    return replace(command, fixed={}) if isinstance(command, AskRun) else command


def parsed(text: str, vocabulary: Vocabulary = VOCABULARY) -> Command:
    """The command that the text means in the stories' world."""
    return parse(text, vocabulary)


def refusal(text: str, vocabulary: Vocabulary = VOCABULARY) -> Refused:
    """The refusal of a text that must be refused."""
    try:
        command = parse(text, vocabulary)
    except Refused as refused:
        return refused
    raise AssertionError(f"{text!r} was understood as {command}")
