"""A provider and a wish enter; the argument lists that grant it leave, to be carried out one after the other."""

import sys
from collections.abc import Callable, Mapping

from bot.errors import CouldNotRun
from bot.model.provider import MACHINE, Provider, Wish

Commands = tuple[tuple[str, ...], ...]
FLEET = (sys.executable, "-m", "bot", "fleet")

_KEPT: Mapping[str, tuple[str, ...]] = {
    "fleet": ("SIGNALBOX_FLEET*",),
    "vagrant": ("VAGRANT_*", "LIBVIRT_*", "VBOX_*", "XDG_RUNTIME_DIR", "DISPLAY"),
    "command": (),
}


def commands(provider: Provider, wish: Wish) -> Commands:
    """What to carry out; CouldNotRun for a name that can't be one, and for what the provider has no command for."""
    for name in (*wish.machines, *([wish.name] if wish.verb in {"snapshot", "restore"} else [])):
        if not MACHINE.fullmatch(name):
            raise CouldNotRun(f"{name[:60]!r} is no name.", "Names are letters, digits and `_ . -`.")
    return _BY_KIND[provider.kind](provider, wish)


def closing(provider: Provider, wish: Wish) -> Commands:
    """What tells afterwards how the machines are, where the commands themselves do not."""
    if provider.kind == "fleet" or wish.verb == "status":
        return ()
    return commands(provider, Wish(verb="status", environment=wish.environment, timeout=wish.timeout))


def kept(provider: Provider) -> tuple[str, ...]:
    """Names of the variables that its commands may see besides the usual ones."""
    return (*_KEPT[provider.kind], *provider.keep)


def _fleet(_provider: Provider, wish: Wish) -> Commands:
    kept = {"snapshot": ("snapshot", "save", wish.name), "restore": ("snapshot", "restore", wish.name)}
    machines = () if wish.verb == "status" else wish.machines
    return ((*FLEET, "--json", *kept.get(wish.verb, (wish.verb,)), *machines),)


def _vagrant(_provider: Provider, wish: Wish) -> Commands:
    if wish.verb in {"snapshot", "restore"}:
        verb = ("vagrant", "snapshot", *(("save", "--force") if wish.verb == "snapshot" else ("restore",)))
        each: list[tuple[str, ...]] = [(machine,) for machine in wish.machines] or [()]
        return tuple((*verb, *machine, wish.name, "--machine-readable") for machine in each)
    verb = ("destroy", "-f") if wish.verb == "down" else (wish.verb,)
    return (("vagrant", *verb, *wish.machines, "--machine-readable"),)


def _own(provider: Provider, wish: Wish) -> Commands:
    key = {"up": "create", "status": "list", "down": "destroy"}.get(wish.verb, wish.verb)
    said: tuple[str, ...] = getattr(provider, key)
    if not said:
        what = f"The provider of {wish.environment} has no command for {wish.verb}."
        raise CouldNotRun(what, f"Write `{key}:` in signalbox.yml.")
    machines = () if wish.verb == "status" else wish.machines
    return ((*said, *([wish.name] if wish.verb in {"snapshot", "restore"} else []), *machines),)


_BY_KIND: Mapping[str, Callable[[Provider, Wish], Commands]] = {"fleet": _fleet, "vagrant": _vagrant, "command": _own}
