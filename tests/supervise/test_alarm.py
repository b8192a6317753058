"""Signals to a supervisor: the first asks for the end, a later one to hurry; an echo of the first is none."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LISTENER = """
from bot.supervise import Alarm
alarm = Alarm()
print("ready", flush=True)
while not alarm.wait(60): pass
print("ended", flush=True)
while not alarm.wait_on(0.1 if alarm.hurried else float(input())): print("waits", flush=True)
print("hurried", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_hurries_and_an_echo_does_not(number: signal.Signals) -> None:
    """Given a process that was told to end, when it is told again at once, and later, then only that hurries it."""
    command = [sys.executable, "-c", LISTENER]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        os.kill(process.pid, number)
        os.kill(process.pid, number)
        assert process.stdout.readline() == "ended\n"
        for _ in range(2):  # the first may have been cut short by the echo
            process.stdin.write("0.5\n")
            process.stdin.flush()
            assert process.stdout.readline() == "waits\n"
        process.stdin.write("60\n")
        process.stdin.flush()
        os.kill(process.pid, number)
        assert process.stdout.readline() == "hurried\n"
