"""A forked process and a call of ansible-playbook enter; the process becomes that very ansible-playbook, and ends."""

import atexit
import contextlib
import ctypes
import fcntl
import gc
import io
import os
import secrets
import signal
import sys
import tempfile
import termios
import threading
from typing import Any, NoReturn

from bot.engine.environment import MARK
from bot.engine.warm.ask import Ask

SLOT = 128
"""Bytes that a server keeps free for a run's mark in its own environment."""

YOUNG = 20_000
"""Objects until the garbage collector looks: a play makes many that live as long as it does."""

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGCHLD, signal.SIGUSR1)


class Slot:
    """Where the kernel finds a process's environment: a mark written there is seen in `/proc/<pid>/environ`."""

    def __init__(self) -> None:
        getenv = ctypes.CDLL(None).getenv
        getenv.restype = ctypes.c_void_p
        self._address = getenv(MARK.encode())
        if not self._address or len(os.environ.get(MARK, "")) != SLOT:
            raise OSError("The server was started without room for a run's mark.")

    def write(self, mark: str) -> None:
        """Show the mark of a run; OSError when it is too long."""
        encoded = mark.encode()
        if len(encoded) > SLOT:
            raise OSError("The mark of the run is too long.")
        ctypes.memmove(self._address, encoded.ljust(SLOT, b"\0"), SLOT)


def become(ask: Ask) -> NoReturn:
    """Carry the run out; never returns."""
    status: Any = 250
    try:
        _take_over(ask)
        _refresh()
        status = _carry_out()
    except SystemExit as end:
        status = end.code
    except BaseException as error:  # noqa: BLE001 (above us is the server's stack, which is none of the run's business)
        os.write(2, f"ERROR! Ansible could not be started: {type(error).__name__}.\n".encode())
    _leave(status)


def _take_over(ask: Ask) -> None:
    """Terminal, files, signals, folder and environment of the shim."""
    os.setsid()
    for number, file in enumerate(ask.files):
        os.dup2(file, number)
        os.close(file)
    with contextlib.suppress(OSError):  # standard input is no terminal
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in ask.deaf:
        signal.signal(number, signal.SIG_IGN)
    os.umask(ask.umask)
    os.chdir(ask.folder)
    os.environ.clear()
    os.environ.update(ask.environment)
    sys.argv = list(ask.argv)
    sys.path[0] = os.path.dirname(ask.argv[0])  # noqa: PTH120 (as Python itself does)
    sys.stdin, sys.stdout, sys.stderr = _opened(0, "r"), _opened(1, "w"), _opened(2, "w")
    for name in [name for name in sys.modules if name.partition(".")[0] == "bot"]:
        del sys.modules[name]  # a project may have a package of that name


def _opened(number: int, mode: str) -> io.TextIOWrapper:
    raw: Any = open(number, f"{mode}b", closefd=False)  # noqa: SIM115 (a descriptor, for good)
    errors = "backslashreplace" if number == 2 else "surrogateescape"  # noqa: PLR2004 (standard error)
    return io.TextIOWrapper(raw, encoding="utf-8", errors=errors, line_buffering=number == 2 or os.isatty(number))  # noqa: PLR2004


def _refresh() -> None:
    """What Ansible made of its environment when the server loaded it, made anew from that of the run."""
    from ansible import constants
    from ansible.config.manager import cleanup_tmp_file
    from ansible.utils import vars as ansible_vars
    from ansible.utils.display import Display

    gc.set_threshold(YOUNG)
    tempfile.tempdir = None
    atexit.unregister(cleanup_tmp_file)  # it would remove the server's
    known = vars(constants)  # the default is made of others
    local = constants.config.get_config_value("DEFAULT_LOCAL_TMP", variables=known)
    constants.set_constant("DEFAULT_LOCAL_TMP", local, export=known)
    ansible_vars.random_int = secrets.token_hex(4)
    ansible_vars.cur_id = 0
    display = Display()
    for seen in (display._warns, display._errors, display._deprecations):  # noqa: SLF001 (there is no other way)
        seen.clear()
    display._set_column_width()  # noqa: SLF001


def _carry_out() -> Any:
    from ansible.cli.playbook import main

    main(sys.argv)
    return 0


def _leave(status: Any) -> NoReturn:
    """End as Python ends, without taking everything apart first."""
    if isinstance(status, str):
        sys.stderr.write(f"{status}\n")
    with contextlib.suppress(BaseException):
        threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001 (waits for threads, as at Python's own end)
        atexit._run_exitfuncs()  # noqa: SLF001
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(status if isinstance(status, int) else int(status is not None))
