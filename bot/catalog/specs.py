"""Declared parameters: options in Ansible's argument-spec format in, Parameters and every flaw out."""

import keyword
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.catalog import ansible_door
from bot.catalog.flaws import Flaw, Place, did_you_mean, shown
from bot.model.runbook import Parameter

_MAX_PARAMETERS = 100


class _Spec(BaseModel):
    """What may stand in one entry; `fallback` may not, since it would read this machine's environment."""

    model_config = ConfigDict(extra="forbid", strict=True)

    type: str = "str"
    required: bool = False
    default: Any = None
    choices: list[Any] | None = None
    description: str | list[str] = ""
    short_description: str = ""
    no_log: bool = False
    elements: str | None = None
    options: dict[str, Any] | None = None
    aliases: list[str] = []
    apply_defaults: bool = False
    mutually_exclusive: list[Any] | None = None
    required_together: list[Any] | None = None
    required_one_of: list[Any] | None = None
    required_if: list[Any] | None = None
    required_by: dict[str, Any] | None = None
    version_added: Any = None
    author: Any = None


def read_parameters(
    options: Any, place: Place, reserved: frozenset[str] = frozenset()
) -> tuple[tuple[Parameter, ...], list[Flaw]]:
    """The parameters that `options` (name to argument-spec entry) declares, and the flaws found at `place`."""
    if not isinstance(options, dict):
        remedy = "Write a mapping of names, such as service: {type: str, required: true}."
        return (), [Flaw(place=place, what="The parameters are no mapping of names.", remedy=remedy)]
    if len(options) > _MAX_PARAMETERS:
        what = f"There are {len(options)} parameters."
        return (), [Flaw(place=place, what=what, remedy=f"Declare at most {_MAX_PARAMETERS}.")]
    flaws: list[Flaw] = []
    made: list[Parameter] = []
    for name, entry in options.items():
        parameter, found = _parameter(name, {} if entry is None else entry, (*place, str(name)), reserved)
        flaws += found
        if parameter is not None:
            made.append(parameter)
    return tuple(made), flaws or _name_clashes(made, place)


def _parameter(name: Any, entry: Any, place: Place, reserved: frozenset[str]) -> tuple[Parameter | None, list[Flaw]]:
    flaws = _name_flaws(name, place, reserved)
    spec, found = _entry(entry, place)
    flaws += found
    if spec is None:
        return None, flaws
    for alias in spec.aliases:
        flaws += _name_flaws(alias, (*place, "aliases"), reserved)
    if not flaws:
        flaws = _default_flaws(name, entry, place)
    description = spec.description or spec.short_description
    return Parameter(
        name=str(name),
        type=spec.type,
        required=spec.required,
        default=spec.default,
        choices=tuple(spec.choices or ()),
        description=description.strip() if isinstance(description, str) else " ".join(description).strip(),
        no_log=spec.no_log,
        spec=entry,
    ), flaws


def _name_flaws(name: Any, place: Place, reserved: frozenset[str]) -> list[Flaw]:
    """Why `name` cannot be a variable that chat sets."""
    remedy = "Use small letters, digits and underscores, such as service_name."
    if not isinstance(name, str) or not name.isidentifier() or not name.isascii() or keyword.iskeyword(name):
        return [Flaw(place=place, what=f"{shown(name)} is no name for a variable.", remedy=remedy)]
    if name.lower().startswith("ansible_"):
        what = f"{shown(name)} cannot be a parameter: names with ansible_ decide how Ansible itself works."
        return [Flaw(place=place, what=what, remedy="Choose another name.")]
    if name in ansible_door.reserved_names() or name in reserved:
        what = f"{shown(name)} cannot be a parameter: the name has a meaning of its own."
        return [Flaw(place=place, what=what, remedy=f"Choose another, such as the_{name} or service_{name}.")]
    return []


def _entry(entry: Any, place: Place) -> tuple[_Spec | None, list[Flaw]]:
    """One argument-spec entry, sub-options included."""
    if not isinstance(entry, dict):
        remedy = "Write a mapping, such as {type: str, required: true}."
        return None, [Flaw(place=place, what=f"{shown(place[-1])} is declared by no mapping.", remedy=remedy)]
    try:
        spec = _Spec.model_validate({str(key): value for key, value in entry.items()})
    except ValidationError as error:
        return None, [_shape_flaw(one, place) for one in error.errors(include_url=False, include_input=False)]
    flaws = _sense_flaws(spec, place)
    for name, sub in (spec.options or {}).items():
        inner = (*place, "options", str(name))
        found, sub_flaws = _entry(sub, inner)
        flaws += sub_flaws
        if found is not None and found.no_log:
            what = f"no_log of the sub-option {shown(name)} cannot be kept."
            flaws.append(Flaw(place=(*inner, "no_log"), what=what, remedy="Declare the whole parameter no_log."))
        if found is not None and found.aliases:  # Ansible would print a warning when both names are given
            what = f"The aliases of the sub-option {shown(name)} are not supported."
            flaws.append(Flaw(place=(*inner, "aliases"), what=what, remedy="Leave them out."))
    return spec, flaws


def _shape_flaw(error: Any, place: Place) -> Flaw:
    key = shown(error["loc"][0]) if error["loc"] else ""
    where = (*place, *error["loc"])
    if error["type"] == "extra_forbidden":
        what = f"There is no key {key} in the argument spec of {shown(place[-1])}."
        return Flaw(place=where, what=what, remedy=did_you_mean(key, _Spec.model_fields))
    what = f"{key} of {shown(place[-1])} cannot be used: {error['msg'][:1].lower()}{error['msg'][1:]}."
    return Flaw(place=where, what=what, remedy="See Ansible's argument-spec format.")


def _sense_flaws(spec: _Spec, place: Place) -> list[Flaw]:
    """Combinations that Ansible would take, and that cannot mean anything good."""
    name = shown(place[-1])
    flaws: list[Flaw] = []
    for key, kind in (("type", spec.type), ("elements", spec.elements)):
        if kind is not None and kind not in ansible_door.type_names():
            what, remedy = f"{name} has an unknown type, {shown(kind)}.", did_you_mean(kind, ansible_door.type_names())
            flaws.append(Flaw(place=(*place, key), what=what, remedy=remedy))
    if spec.elements is not None and spec.type != "list":
        what = f"{name} has elements and is no list."
        flaws.append(Flaw(place=(*place, "elements"), what=what, remedy="Write type: list, or leave elements out."))
    if spec.options is not None and spec.type != "dict" and (spec.type, spec.elements) != ("list", "dict"):
        what = f"{name} has options and is no dict."
        flaws.append(Flaw(place=(*place, "options"), what=what, remedy="Write type: dict, or a list of dict."))
    if spec.required and spec.default is not None:
        what = f"{name} is required and has a default."
        flaws.append(Flaw(place=(*place, "default"), what=what, remedy="Leave one of the two out."))
    if spec.choices is not None and not spec.choices:
        what = f"{name} has no choice at all."
        flaws.append(Flaw(place=(*place, "choices"), what=what, remedy="List the choices, or leave the key out."))
    return flaws


def _default_flaws(name: str, entry: Mapping[str, Any], place: Place) -> list[Flaw]:
    """Whether the default is a value that the parameter itself takes."""
    if entry.get("default") is None:
        return []
    _, messages = ansible_door.check({name: entry}, {})
    if not messages:
        return []
    why = "it does not fit" if entry.get("no_log") else shown(messages[0], 200)
    what = f"The default of {name} cannot be used: {why}."
    return [Flaw(place=(*place, "default"), what=what, remedy="Write a default of the declared type and choices.")]


def _name_clashes(parameters: list[Parameter], place: Place) -> list[Flaw]:
    """Aliases that are already the name of something else."""
    taken = {parameter.name for parameter in parameters}
    flaws = []
    for parameter in parameters:
        for alias in parameter.spec.get("aliases", ()):
            if alias in taken:
                what = f"The alias {shown(alias)} of {parameter.name} is taken."
                flaws.append(Flaw(place=(*place, parameter.name, "aliases"), what=what, remedy="Choose another."))
            taken.add(alias)
    return flaws
