"""The door to Ansible's argument specs: specs and values in, coerced values and messages out.

Ansible is imported at the first call, because its constants freeze then: `ANSIBLE_CONFIG` must be set before.
"""

import copy
import io
import sys
from collections.abc import Mapping
from contextlib import nullcontext, redirect_stderr
from functools import cache
from typing import Any

Spec = dict[str, Any]

# Names that only exist while templates are rendered, in no list of Ansible's: its constants, and what we add ourselves.
_OUR_OWN = frozenset({"hostvars", "vars", "environment", "limit", "true", "false", "none", "self", "loop"})


@cache
def reserved_names() -> frozenset[str]:
    """Names that Ansible gives a meaning of its own: keywords of plays and tasks, magic variables, template globals."""
    # The first import prints what it thinks of an old-fashioned configuration; this is no place for it.
    with redirect_stderr(io.StringIO()) if "ansible.utils.display" not in sys.modules else nullcontext():
        from ansible import constants
        from ansible.vars.reserved import get_reserved_names

    return _OUR_OWN | frozenset(get_reserved_names()) | frozenset(constants.INTERNAL_STATIC_VARS)


@cache
def type_names() -> frozenset[str]:
    """The types that an argument spec may name."""
    from ansible.module_utils.common.parameters import DEFAULT_TYPE_VALIDATORS

    return frozenset(DEFAULT_TYPE_VALIDATORS)


def check(spec: Mapping[str, Any], values: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """`values` coerced to `spec` with defaults filled in, and Ansible's message for each error.

    `spec` maps names to argument-spec entries, `values` names to values. Messages may quote the values.
    """
    from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

    bare = {name: _bare(entry) for name, entry in spec.items()}
    try:
        result = ArgumentSpecValidator(bare).validate(dict(values))
    except Exception as error:  # noqa: BLE001 (infinity as an int, among others, escapes Ansible's own handling)
        return {}, (f"the value cannot be converted ({type(error).__name__})",)
    return result.validated_parameters, tuple(str(message) for message in result.error_messages)


def _bare(entry: Mapping[str, Any]) -> Spec:
    """`entry` as the validator should see it.

    `no_log` out: it serves masking, which we do ourselves, and fails with a default that is a list. Type `path`
    becomes text: Ansible would fill in `~` and `$VARS` of this machine, which is not the one the path is for.
    """
    made = {key: value for key, value in copy.deepcopy(dict(entry)).items() if key != "no_log"}
    for key in ("type", "elements"):
        if made.get(key) == "path":
            made[key] = "str"
    if "options" in made:
        made["options"] = {name: _bare(sub) for name, sub in made["options"].items()}
    return made
