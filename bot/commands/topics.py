"""What can be said: nothing enters, one Topic for each command leaves, for `help`, completion and the docs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A command: its first word, how it is written, what it does in one sentence, and lines that work."""

    word: str
    usage: str
    sentence: str
    examples: tuple[str, ...]


HELP = (
    Topic(
        word="help",
        usage="help [word]",
        sentence="Lists what you can say, or tells more about one command.",
        examples=("help", "help run"),
    ),
    Topic(
        word="runbooks",
        usage="runbooks [word]",
        sentence="Lists the runbooks, or those that have the word in their name or summary.",
        examples=("runbooks", "runbooks disk"),
    ),
    Topic(
        word="describe",
        usage="describe <runbook>",
        sentence="Shows a runbook's parameters, the ways to ask for it, and where it may run.",
        examples=("describe ping",),
    ),
    Topic(
        word="envs",
        usage="envs",
        sentence="Lists the environments, and what is locked, frozen or stopped there.",
        examples=("envs",),
    ),
    Topic(
        word="hosts",
        usage="hosts <pattern> [in <environment>] [--vars]",
        sentence="Shows which hosts a pattern means, or why one is in its groups and what it is set to; nothing runs.",
        examples=(
            "hosts all in local",
            "hosts web:!web3",
            "hosts ~web[12] in local",
            "hosts web1 in local --vars",
            "hosts os=debian and version<12",
        ),
    ),
    Topic(
        word="run",
        usage=(
            "run <runbook> [on <limit>] [in <environment>] [key=value ...] "
            "[--check] [--diff] [--tags a,b] [--skip-tags a,b] [--forks n] "
            "[--canary n] [--batch n|n%] [--pause-on-failure] [--max-fail n%] [--up] [-v..-vvvv]"
        ),
        sentence="Runs a runbook; what follows its name may come in any order.",
        examples=(
            "run ping in local",
            "run ping on web:!web3 in local --check",
            "run ping on web --canary 1 --batch 25% --max-fail 10%",
            "run ping on os=debian and version<12 in local",
            'run ping on all note="two words" hosts=[a, b, "c d"] --forks 10 -v',
        ),
    ),
    Topic(
        word="stats",
        usage="stats [last <days>]",
        sentence="Shows which runbooks help or hurt, and what makes the most noise, in the last days.",
        examples=("stats", "stats last 7"),
    ),
    Topic(
        word="rehearse",
        usage="rehearse <runbook> [on <limit>] [in <environment>] [key=value ...] [--restore <snapshot>] [--down]",
        sentence="Tries a runbook out where that does no harm: check, run, second run; it is evidence for `promote`.",
        examples=(
            "rehearse ping in local",
            "rehearse restart-service on web in local service=nginx --restore clean --down",
        ),
    ),
    Topic(
        word="env",
        usage="env up|status|halt|down <environment> [machine ...], env snapshot save|restore <name> in <environment>",
        sentence="Brings a test environment up or down, tells how its machines are, or keeps them as they are.",
        examples=(
            "env up local",
            "env status local",
            "env down local web1 web2",
            "env snapshot save clean in local",
        ),
    ),
    Topic(
        word="why",
        usage="why <command>",
        sentence="Tells what every guard says to a command that starts a run, and does nothing; `can I` does the same.",
        examples=("why run ping in local", "why rerun 12"),
    ),
    Topic(
        word="simulate",
        usage="simulate [service=text] [symptom=text] [host=name] [severity=word]",
        sentence="Tells what rules would make of an alert that is made up, and does nothing.",
        examples=(
            'simulate service=payments symptom="elevated 5xx"',
            "simulate symptom=down host=web1 severity=critical",
        ),
    ),
    Topic(
        word="suggestions",
        usage="suggestions",
        sentence="Lists what rules suggest to run, and what the guards would say to you.",
        examples=("suggestions",),
    ),
    Topic(
        word="take",
        usage="take <number>",
        sentence="Asks for the run that a rule suggests, in your name.",
        examples=("take 3",),
    ),
    Topic(
        word="schedules",
        usage="schedules",
        sentence="Lists what is asked for at set times, when it comes next, and how it went last.",
        examples=("schedules",),
    ),
    Topic(
        word="runs",
        usage="runs [mine|active|failed] [last N]",
        sentence="Lists runs, the newest first.",
        examples=("runs", "runs mine", "runs failed last 5"),
    ),
    Topic(
        word="show",
        usage="show <id>",
        sentence="Shows a run: who asked, where it ran, how it went on every host.",
        examples=("show 12", "show #12"),
    ),
    Topic(
        word="log",
        usage="log <id>",
        sentence="Shows everything that Ansible reported in a run.",
        examples=("log 12",),
    ),
    Topic(
        word="audit",
        usage="audit [run N] [last N] [actor <who>] [environment <environment>]",
        sentence="Shows what was asked, decided and done, the newest first.",
        examples=("audit", "audit run 12", "audit actor slack:U1 last 20", "audit environment staging"),
    ),
    Topic(
        word="cancel",
        usage="cancel <id>",
        sentence="Ends a run that waits or is under way.",
        examples=("cancel 12",),
    ),
    Topic(
        word="confirm",
        usage="confirm <id>",
        sentence="Says yes again to a run that has to be confirmed, or go to one that waits between two waves.",
        examples=("confirm 12",),
    ),
    Topic(
        word="approve",
        usage="approve <id> [--break-glass] [because ...]",
        sentence="Says yes to a run that somebody else asked for.",
        examples=(
            "approve 12",
            "approve 12 because the change was reviewed",
            "approve 12 --break-glass because it burns",
        ),
    ),
    Topic(
        word="deny",
        usage="deny <id> [because ...]",
        sentence="Says no to a run that waits for an approval, and ends it.",
        examples=("deny 12", "deny 12 because it is Friday"),
    ),
    Topic(
        word="rerun",
        usage="rerun <id>",
        sentence="Runs the same again: runbook, target, parameters and options.",
        examples=("rerun 12",),
    ),
    Topic(
        word="retry",
        usage="retry <id>",
        sentence="Runs the same again, only on the hosts that failed or were unreachable.",
        examples=("retry 12",),
    ),
    Topic(
        word="apply",
        usage="apply <id>",
        sentence="Does for real exactly what a run with --check showed.",
        examples=("apply 12",),
    ),
    Topic(
        word="lock",
        usage="lock <environment|hosts in environment> [for 2h] because <reason>",
        sentence="Keeps an environment or hosts for you alone, for 2 hours unless you say how long.",
        examples=("lock staging because the disks are swapped", "lock web1,web2 in local for 30m because I look at it"),
    ),
    Topic(
        word="unlock",
        usage="unlock <environment|hosts in environment> [because <reason>]",
        sentence="Takes your locks off, or those of others where you may approve.",
        examples=("unlock staging", "unlock web1 in local because it is done"),
    ),
    Topic(
        word="freeze",
        usage="freeze <environment|all> [for 2h] because <reason>",
        sentence="Lets nothing start in an environment, or anywhere, until it is over or somebody unfreezes it.",
        examples=("freeze staging for 1h because we take a backup", "freeze all because of the outage"),
    ),
    Topic(
        word="unfreeze",
        usage="unfreeze <environment|all> [because <reason>]",
        sentence="Takes a freeze off.",
        examples=("unfreeze staging", "unfreeze all because it is over"),
    ),
    Topic(
        word="release",
        usage="release <environment> because <reason>",
        sentence="Lets rules start runs again in an environment whose brake has stopped them.",
        examples=("release staging because the cause is mended",),
    ),
    Topic(
        word="alerts",
        usage="alerts [closed] [last N] | mutes | mute <what> for 2h because <reason> | unmute N",
        sentence="Lists open incidents, or keeps alerts silent for a while: a name, or selectors such as service=db.",
        examples=(
            "alerts",
            "alerts closed last 5",
            "alerts mutes",
            "alerts mute payments for 2h because we migrate it",
            "alerts mute service=db host=db* labels.zone=eu for 30m because of the backup",
            "alerts unmute 3",
        ),
    ),
    Topic(
        word="incident",
        usage="incident <id> [timeline | next | replay] | ack | assign <who> | note <text> | close [because ...]",
        sentence="Shows an incident, its story, or what could be done next; takes it, hands it over, closes it.",
        examples=(
            "incident 12",
            "incident 12 timeline",
            "incident 12 next",
            "incident 12 replay",
            "incident 12 ack",
            "incident 12 assign me",
            "incident 12 note the disk of db1 is full",
            "incident 12 close because the disk is larger now",
        ),
    ),
    Topic(
        word="promote",
        usage="promote <runbook> to <environment> because <run N|URL>",
        sentence="Lets a runbook run in one more environment, as it is now, on the evidence of a run or a page.",
        examples=("promote ping to staging because run 12", "promote ping to prod because https://ci.example.org/7"),
    ),
    Topic(
        word="promotions",
        usage="promotions",
        sentence="Lists what was promoted where, and whether it still holds.",
        examples=("promotions",),
    ),
    Topic(
        word="demote",
        usage="demote <runbook> in <environment> because <reason>",
        sentence="Takes a promotion back.",
        examples=("demote ping in staging because it did harm",),
    ),
)


def topics() -> tuple[Topic, ...]:
    """Every command, in the order in which `help` lists them."""
    return HELP
