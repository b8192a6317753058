"""What is built and wired for `lint` alone: neither Redis nor SQL nor a chat, so that a check starts quickly."""

import os

from bot.alerts import configured
from bot.catalog import Catalog
from bot.commands import phrase_problems
from bot.flows.lint import Lint
from bot.guards import PolicyFile
from bot.settings import Settings
from bot.targets import Inventories


def lint_of(settings: Settings) -> Lint:
    """The flow, for the project of the settings."""
    project = settings.project_dir
    if (project / "ansible.cfg").is_file():
        os.environ["ANSIBLE_CONFIG"] = str(project / "ansible.cfg")  # Ansible reads it when it is first imported
    return Lint(
        project=project,
        catalog=Catalog(project, phrase_problem=phrase_problems),
        inventories=Inventories(project),
        policy=PolicyFile(
            settings.config_file,
            named=settings.config is not None,
            check=lambda policy: configured(policy.alerts),
        ),
        policy_path=settings.config_file,
        kept=settings.home_dir / "lint.json",
    )
