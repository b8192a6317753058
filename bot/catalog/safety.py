"""The safety policy of a runbook: the shape that was read enters, the frozen value, or flaws in it, leave."""

from bot.catalog.flaws import Flaw, did_you_mean, shown
from bot.catalog.shape_safety import RequiresFile, SafetyFile
from bot.model.runbook import Parameter
from bot.model.safety import Approvals, ApprovalWhen, Concurrency, Confirm, Cooldown, Safety

_WHEN = ("safety", "requires_approval", "when", "parameters")


def safety_of(found: SafetyFile) -> Safety:
    """What the file says, as it travels."""
    approvals, confirm, cooldown, concurrency = found.approvals, found.confirm, found.cooldown, found.concurrency
    return Safety(
        scopes=None if found.scopes is None else tuple(found.scopes),
        requires_approval=_requires(found.requires_approval),
        approvals=Approvals(
            count=approvals.count,
            roles=tuple(approvals.roles),
            exclude_requester=approvals.exclude_requester,
            expires=approvals.expires,
        ),
        confirm=None if confirm is None else Confirm(message=confirm.message.strip(), timeout=confirm.timeout),
        max_hosts=found.max_hosts,
        cooldown=None if cooldown is None else Cooldown(host=cooldown.host, runbook=cooldown.runbook),
        concurrency=None if concurrency is None else Concurrency(mode=concurrency.mode, per=concurrency.per),
        timeout=found.timeout,
        check_first=found.check_first,
        automation_safe=found.automation == "safe",
    )


def safety_flaws(found: SafetyFile, parameters: tuple[Parameter, ...]) -> list[Flaw]:
    """Conditions on parameters that nobody declares, or whose values no guard ever sees."""
    requires = found.requires_approval
    named = requires.when.parameters if requires and requires.when else {}
    known = {parameter.name: parameter for parameter in parameters}
    flaws = []
    for name in named:
        if name not in known:
            what, remedy = f"{shown(name)} is no declared parameter.", did_you_mean(name, known)
            flaws.append(Flaw(place=(*_WHEN, name), what=what, remedy=remedy or "Declare it, or leave it out."))
        elif known[name].no_log:
            what = f"{name} is secret: no guard sees its value."
            flaws.append(Flaw(place=(*_WHEN, name), what=what, remedy="Leave it out."))
    return flaws


def _requires(found: RequiresFile | None) -> bool | ApprovalWhen:
    if found is None or found.when is None:
        return found is not None
    when = found.when
    return ApprovalWhen(
        environments=tuple(when.environments),
        hosts_over=when.hosts_over,
        parameters={name: tuple(values) for name, values in when.parameters.items()},
    )
