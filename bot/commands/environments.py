"""`env …`: a branch of the grammar and the vocabulary enter; the run that it asks for leaves, and back."""

from collections.abc import Callable, Iterator

from bot.commands.asking import known_environment
from bot.commands.clauses import plain_name
from bot.commands.grammar import Branch, Leaf
from bot.errors import NotUnderstood
from bot.model.command import AskRun, Vocabulary
from bot.model.provider import PREFIX, SNAPSHOT, about_environment

ENV_VERBS = {
    "up": "bring machines up",
    "status": "how they are",
    "halt": "stop them",
    "down": "destroy them",
    "snapshot": "keep them as they are, or bring that back",
}
"""What can be said after `env`, and what it does."""

_KEPT = {"save": "snapshot", "restore": "restore"}


def ask_env(branch: Branch, vocabulary: Vocabulary) -> AskRun:
    """`env up vagrant web1 web2`: the verb, the environment, and which machines."""
    _, verb, *words = [str(leaf) for leaf in branch.children if isinstance(leaf, Leaf)]
    verb = verb.lower().replace("destroy", "down")
    if not words:
        raise NotUnderstood("Of which environment?", f"Write `env {verb} <environment>`.")
    machines = [plain_name(word, "machine") for word in words[1:]]
    return AskRun(
        runbook=f"{PREFIX}{verb}",
        environment=known_environment(plain_name(words[0], "environment"), vocabulary),
        limit=",".join(machines) or None,
    )


def ask_snapshot(branch: Branch, vocabulary: Vocabulary) -> AskRun:
    """`env snapshot save clean in vagrant`."""
    leaves = [str(leaf) for leaf in branch.children if isinstance(leaf, Leaf)]
    inside = next((str(part.children[-1]) for part in branch.find_data("inside")), None)
    if inside is None:
        raise NotUnderstood("Of which environment?", f"Write `env snapshot {leaves[2].lower()} NAME in <environment>`.")
    return AskRun(
        runbook=f"{PREFIX}{_KEPT[leaves[2].lower()]}",
        environment=known_environment(plain_name(inside, "environment"), vocabulary),
        parameters={SNAPSHOT: plain_name(leaves[3], "name")},
    )


def env_words(ask: AskRun, word: Callable[[str], str]) -> Iterator[str] | None:
    """The words of `env …`; None for a run of any other runbook."""
    if not about_environment(ask.runbook):
        return None
    verb, environment = ask.runbook.removeprefix(PREFIX), word(ask.environment or "")
    if verb in _KEPT.values():
        said = next(key for key, kept in _KEPT.items() if kept == verb)
        return iter(("env", "snapshot", said, word(str(ask.parameters.get(SNAPSHOT, ""))), "in", environment))
    machines = [] if ask.limit in {None, "all"} else [word(each) for each in (ask.limit or "").split(",")]
    return iter(("env", verb, environment, *machines))
