"""Runs the machine's own tools: a list of words goes in, their output or one FleetBroken comes out."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence

from bot.errors import FleetBroken

TOOLS = {
    "mmdebstrap": "mmdebstrap",
    "systemd-nspawn": "systemd-container",
    "socat": "socat",
    "ssh": "openssh-client",
    "ssh-keygen": "openssh-client",
    "ip": "iproute2",
    "tc": "iproute2",
}
NOT_ROOT = "The fleet boots real hosts in their own network namespaces, which only root on Linux may do."
AS_ROOT = "Run it as root, for example with sudo."


def is_root() -> bool:
    """True when this process may make namespaces and cgroups at all."""
    return sys.platform == "linux" and os.geteuid() == 0


def require_machine() -> None:
    """Raise FleetBroken unless this is root on a Linux machine that has every tool the fleet calls."""
    if not is_root():
        raise FleetBroken(NOT_ROOT, AS_ROOT)
    missing = sorted({package for tool, package in TOOLS.items() if shutil.which(tool) is None})
    if missing:
        raise FleetBroken(f"The fleet lacks {', '.join(missing)}.", f"Run `apt-get install {' '.join(missing)}`.")


def run(
    argv: Sequence[str], *, timeout: float = 60.0, check: bool = True, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `argv` without a terminal for at most `timeout` seconds; FleetBroken when it fails and `check` is set."""
    try:
        done = subprocess.run(  # noqa: S603 (a list of words, never a shell's line)
            argv,
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            env=env,
        )
    except subprocess.TimeoutExpired as error:
        raise FleetBroken(f"`{' '.join(argv[:4])} ...` did not end within {timeout:g} s.") from error
    if check and done.returncode != 0:
        said = (done.stderr or done.stdout).strip()[-800:]
        raise FleetBroken(f"`{' '.join(argv)}` ended with {done.returncode}: {said}")
    return done
