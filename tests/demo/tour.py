"""The tour as data: what is said to the bot, what happens behind its back, and what to look at."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """`note` is for the audience; `say` goes to the bot (`{n}` is the number of the run before), `fleet` to the fleet.

    Once `until` is seen, `then` is said in a second conversation, while the first one goes on.
    """

    note: str
    say: str = ""
    plain: str = ""
    fleet: tuple[str, ...] = ()
    until: str = ""
    then: str = ""


TOUR = (
    Stop(note="Four hosts come up, by chat, as a run like any other.", say="env up fleet"),
    Stop(note="Which hosts would it be? Nothing runs yet.", say="hosts web in fleet"),
    Stop(
        note="A check changes nothing, and says what it would change.",
        say="update web in fleet to 2.0.0 --check",
        plain="run failing on web in fleet how=none --check",
    ),
    Stop(note="The same plan for real: these hosts, these values, this revision.", say="apply {n}"),
    Stop(note="Behind our back the link of web2 goes down.", fleet=("break", "web2", "unreachable")),
    Stop(
        note="One host fails, and says why; the others are done.",
        say="report on web in fleet",
        plain="run failing on web in fleet how=command",
    ),
    Stop(note="Somebody puts the cable back.", fleet=("heal", "web2")),
    Stop(note="Only the host that failed is tried again.", say="retry {n}"),
    Stop(
        note="Something slow, and somebody else who cancels it.",
        say="run slow on all in fleet seconds=300",
        until="TASK Step 1 of 1",
        then="cancel {n}",
    ),
    Stop(note="What happened here?", say="runs"),
    Stop(note="To take machines away has to be confirmed.", say="env down fleet", then="confirm {n}"),
)
