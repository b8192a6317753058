"""What queues are called: by the policy, which binds environments to them, and by workers, which listen to them."""

DEFAULT = "default"
"""The queue of environments that are bound to none, and of workers that are told of none."""
PATTERN = r"[a-z0-9][a-z0-9_-]{0,39}"
