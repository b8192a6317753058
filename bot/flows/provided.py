"""An environment that is asked to come up or go down enters; who provides it, and the target of that run, leave."""

import hashlib

from bot.errors import BadTarget, ProjectBroken, UnknownName, WrongState
from bot.guards import Policy
from bot.model.codec import encode
from bot.model.provider import WHOLE, Provider
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
    """The machines by their names in the inventory, none when it has none yet; the fingerprint is the provider's."""
    if environment not in inventories.names():
        raise UnknownName("There is no such environment.", "`envs` tells about them.")
    provider = provider_of(policy, environment)
    fingerprint = hashlib.sha256(encode(provider).encode()).hexdigest()
    try:
        hosts = inventories.resolve(environment, limit).hosts
    except (BadTarget, ProjectBroken):
        if limit not in {None, WHOLE}:
            raise
        hosts = ()
    return Target(environment=environment, limit=limit or WHOLE, hosts=hosts, fingerprint=fingerprint)
