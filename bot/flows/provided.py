"""An environment that is asked to come up or go down enters; who provides it, and the target of that run, leave."""

import hashlib
from dataclasses import replace

from bot.errors import BadTarget, ProjectBroken, UnknownName, WrongState
from bot.guards import Policy
from bot.model.codec import encode
from bot.model.provider import MACHINE, WHOLE, Provider
from bot.model.run import Target
from bot.targets import Inventories


def provider_of(policy: Policy, environment: str) -> Provider:
    """Who brings it up and down; WrongState when nobody does."""
    provider = policy.provider(environment)
    if provider is None:
        what = f"Nothing brings {environment} up or down."
        raise WrongState(what, "`environments:` in signalbox.yml names a `provider` for test environments.")
    return provider


def provided_target(policy: Policy, inventories: Inventories, environment: str, limit: str | None) -> Target:
    """The machines that are meant; the fingerprint is the provider's.

    An inventory may know only those that run: what it does not know are names, which the provider knows or refuses.
    """
    if environment not in inventories.names():
        raise UnknownName("There is no such environment.", "`envs` tells about them.")
    target = unknown_target(policy, environment, limit)
    try:
        hosts = inventories.resolve(environment, limit).hosts
    except (BadTarget, ProjectBroken):
        hosts = () if limit in {None, WHOLE} else tuple(dict.fromkeys(str(limit).split(",")))
        if not all(MACHINE.fullmatch(host) for host in hosts):
            raise
    return replace(target, hosts=hosts)


def unknown_target(policy: Policy, environment: str, limit: str | None) -> Target:
    """As long as nobody can know which machines there are: none of them, and who provides them."""
    fingerprint = hashlib.sha256(encode(provider_of(policy, environment)).encode()).hexdigest()
    return Target(environment=environment, limit=limit or WHOLE, hosts=(), fingerprint=fingerprint)
