"""Arguments, environment, terminal enter, as ansible-playbook gets them; its exit status leaves.

Called as `python -I -S shim.py SOCKET NOTE ANSIBLE_PLAYBOOK ARGUMENT...`. The server at SOCKET carries the run out;
when it does not take it, the real ANSIBLE_PLAYBOOK is executed instead, and the file NOTE says why, in a word of
`cold.Cold`. It imports next to nothing, neither packages nor what merely makes the standard library nicer (socket,
signal, pathlib): each run waits.
"""

import _signal  # type: ignore[import-not-found]  # typeshed knows signal only
import _socket
import fcntl
import os
import sys
import termios

PATIENCE = 2.0
"""Seconds that a server may take to answer."""

_PASSED_ON = (_signal.SIGHUP, _signal.SIGTERM, _signal.SIGINT, _signal.SIGQUIT)

GO = b"g"
TAKEN = b"y"

GONE = -9
"""The status when whoever carried the run out is gone without a word: that of a process that was killed."""


def main() -> None:
    """Hand the run over, or carry it out with the real program."""
    address, note, binary, *arguments = sys.argv[1:]
    try:
        line = _taken(address, [binary, *arguments])
    except OSError as error:
        with open(note, "w", encoding="utf-8") as file:
            file.write(_why(error, address))
        os.execv(binary, [binary, *arguments])  # noqa: S606 (that is what it is for)
    _leave(_watched(line))


class Refused(OSError):
    """The server's own word for why it does not take the run."""


def _why(error: OSError, address: str) -> str:
    if isinstance(error, Refused):
        return str(error)
    sys.path.insert(0, os.path.dirname(__file__))
    import look  # type: ignore[import-not-found]  # a file beside this one, which only a cold run needs

    return str(look.why(error, address))


def _taken(address: str, argv: list[str]) -> _socket.socket:
    """The line to the server that has taken the run; OSError when it has not."""
    line = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    line.settimeout(PATIENCE)
    folder = os.open(os.path.dirname(address), os.O_PATH | os.O_DIRECTORY)
    line.connect(f"/proc/self/fd/{folder}/{os.path.basename(address)}")
    os.close(folder)
    asked = _asked(argv)
    sent = line.sendmsg(
        [len(asked).to_bytes(4, "big") + asked],
        [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, b"".join(fd.to_bytes(4, sys.byteorder) for fd in (0, 1, 2)))],
    )
    line.sendall((len(asked).to_bytes(4, "big") + asked)[sent:])
    answer = line.recv(100)
    if answer and answer != TAKEN:
        raise Refused(answer.decode(errors="replace"))
    if not answer:
        raise OSError("The server left.")
    return line


def _asked(argv: list[str]) -> bytes:
    """What the server has to know: nothing in it can hold a NUL."""
    umask = os.umask(0o077)
    os.umask(umask)
    deaf = ",".join(str(int(number)) for number in _PASSED_ON if _signal.getsignal(number) == _signal.SIG_IGN)
    variables = [f"{name}={value}" for name, value in os.environ.items()]
    return os.fsencode("\0".join([os.getcwd(), str(umask), deaf, str(len(argv)), *argv, *variables]))


def _watched(line: _socket.socket) -> int:
    """Say go, pass signals on, and wait: the exit status, negative for a signal."""

    def passed_on(number: int, _frame: object) -> None:
        line.send(bytes([number]))

    _signal.signal(_signal.SIGHUP, _signal.SIG_IGN)  # giving up the terminal is no hang-up
    for number in _PASSED_ON[1:]:  # hang-ups have been dealt with
        _signal.signal(number, passed_on)
    try:
        fcntl.ioctl(0, termios.TIOCNOTTY)  # a terminal belongs to one session: the run gets it
    except OSError:
        pass  # there is none
    line.settimeout(None)
    status = b""
    try:
        line.sendall(GO)
        while len(status) < 4:  # noqa: PLR2004 (four bytes)
            if not (more := line.recv(4)):
                return GONE
            status += more
    except OSError:
        return GONE
    return int.from_bytes(status, "big", signed=True)


def _leave(status: int) -> None:
    """End as the run ended."""
    if status < 0:
        _signal.signal(-status, _signal.SIG_DFL) if status != GONE else None
        os.kill(os.getpid(), -status)
    os._exit(status)


if __name__ == "__main__":
    main()
