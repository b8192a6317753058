"""Builds the root file system that all hosts share: a package list goes in, the path of a finished tree comes out."""

import contextlib
import fcntl
import hashlib
import os
import platform
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bot.errors import FleetBroken
from bot.fleet.shell import run

CACHE = Path("/var/cache/signalbox-fleet")
CACHE_VARIABLE = "SIGNALBOX_FLEET_CACHE"
PACKAGES = (
    "ca-certificates",
    "dbus",
    "iproute2",
    "iputils-ping",
    "libnss-myhostname",
    "nginx-light",
    "openssh-server",
    "procps",
    "python3-apt",
    "python3-minimal",
    "sudo",
    "systemd",
    "systemd-sysv",
)
CUSTOMIZE = Path(__file__).with_name("customize.sh")
APT = Path("/etc/apt")
BUILD_SECONDS = 900.0


def cache_dir() -> Path:
    """The folder of finished trees: $SIGNALBOX_FLEET_CACHE, else /var/cache/signalbox-fleet."""
    return Path(os.environ.get(CACHE_VARIABLE) or CACHE)


def ensure(cache: Path | None = None) -> Path:
    """Return the tree for today's package list, building it first (half a minute) when the cache has none.

    Raises FleetBroken when the packages cannot be fetched. Two callers at once build once.
    """
    cache = cache or cache_dir()
    tree = cache / stamp()
    if tree.is_dir():
        return tree
    cache.mkdir(parents=True, exist_ok=True)
    with _locked(cache):
        if not tree.is_dir():
            _build(cache, tree)
    return tree


def stamp() -> str:
    """A name that changes when the packages, their set-up script, the release or the architecture change."""
    parts = "\n".join([codename(), platform.machine(), *PACKAGES, CUSTOMIZE.read_text()])
    return f"rootfs-{codename()}-{hashlib.sha256(parts.encode()).hexdigest()[:16]}"


def codename() -> str:
    """The release this machine runs (`bookworm`); hosts get the same one, from the same mirrors."""
    name = platform.freedesktop_os_release().get("VERSION_CODENAME", "")
    if not name:
        raise FleetBroken("The fleet needs a released Debian or Ubuntu, whose /etc/os-release has a VERSION_CODENAME.")
    return name


def sources(apt: Path = APT) -> list[Path]:
    """The machine's own apt source files that serve its release; third-party ones are left out."""
    suite = re.compile(rf"(?<![\w-]){re.escape(codename())}(-updates|-security)?(?![\w-])")
    files = [apt / "sources.list", *sorted((apt / "sources.list.d").glob("*"))]
    return [file for file in files if file.suffix in {".list", ".sources"} and _serves(file, suite)]


def _serves(file: Path, suite: re.Pattern[str]) -> bool:
    if not file.is_file():
        return False
    lines = [line for line in file.read_text(errors="replace").splitlines() if not line.lstrip().startswith("#")]
    return any(suite.search(line) for line in lines if line.startswith(("deb", "Suites:")))


def acquire_options() -> list[str]:
    """How this machine reaches its mirrors (proxies, certificates, retries), as apt configuration lines."""
    wanted = re.compile(r"Acquire::(https?|ftp|Check-[\w-]+|Retries|Max-[\w-]+)\b")
    return [line for line in run(["apt-config", "dump"]).stdout.splitlines() if wanted.match(line)]


@contextlib.contextmanager
def _locked(cache: Path) -> Iterator[None]:
    with (cache / "build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(cache: Path, tree: Path) -> None:
    # Under the lock nobody else builds, so a half-made tree can only be what a killed build left.
    for stale in cache.glob("building-*"):
        shutil.rmtree(stale, ignore_errors=True)
    work = Path(tempfile.mkdtemp(prefix="building-", dir=cache))
    try:
        options = work / "apt.conf"
        options.write_text("\n".join(acquire_options()) + "\n")
        run(_mmdebstrap(work / "tree", options), timeout=BUILD_SECONDS)
        (work / "tree").chmod(0o755)
        (work / "tree").rename(tree)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _mmdebstrap(tree: Path, options: Path) -> list[str]:
    mirrors = [str(file) for file in sources()]
    if not mirrors:
        raise FleetBroken(f"No file under {APT} serves {codename()}; add the release's own source there.")
    return [
        "mmdebstrap",
        "--mode=root",
        "--variant=minbase",
        "--format=directory",
        "--quiet",
        f"--include={','.join(PACKAGES)}",
        f"--aptopt={options}",
        "--dpkgopt=path-exclude=/usr/share/man/*",
        "--dpkgopt=path-exclude=/usr/share/locale/*",
        f"--customize-hook={CUSTOMIZE}",
        codename(),
        str(tree),
        *mirrors,
    ]
