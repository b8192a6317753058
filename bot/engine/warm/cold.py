"""Why Ansible was started anew for a run, though it could have waited loaded: a closed set, each with a sentence."""

from collections.abc import Mapping
from enum import StrEnum


class Cold(StrEnum):
    """One reason; the value is what the metric shows, and what the shim writes."""

    OFF = "off"
    STARTING = "starting"
    CONFIGURATION = "configuration"
    ANSIBLE = "ansible"
    INTERPRETER = "interpreter"
    SELF_TEST = "self_test"
    GONE = "gone"
    NO_ANSWER = "no_answer"

    @classmethod
    def _missing_(cls, value: object) -> "Cold":  # noqa: ARG003
        """A word that nobody knows: a shim that was killed as it wrote, or one of another version."""
        return cls.GONE

    @property
    def sentence(self) -> str:
        """What people read."""
        return _SENTENCES[self]


_SENTENCES: Mapping[Cold, str] = {
    Cold.OFF: "SIGNALBOX_WARM is false, or this is not Linux.",
    Cold.STARTING: "Ansible is still being loaded.",
    Cold.CONFIGURATION: "Ansible was loaded under another configuration: ansible.cfg or a variable has changed.",
    Cold.ANSIBLE: "Another Ansible was loaded, or other packages, than are installed now.",
    Cold.INTERPRETER: "ansible-playbook has another interpreter than the worker, or one that can't be told.",
    Cold.SELF_TEST: "Ansible failed the self-test before any run; the worker's log says what it was.",
    Cold.GONE: "No process has Ansible loaded: it ended, or none was started.",
    Cold.NO_ANSWER: "The process that has Ansible loaded did not answer in time.",
}


class Unfit(Exception):
    """A run that no server may carry out."""

    def __init__(self, reason: Cold) -> None:
        super().__init__(reason.sentence)
        self.reason = reason
