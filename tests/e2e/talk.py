"""Commands go into a chat process; its exit status and what it said come out."""

import json
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.supervise.processes import tied

Objects = list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How a chat ended: `status` its exit status, `seconds` how long it took."""

    status: int
    out: str
    err: str
    seconds: float

    @property
    def lines(self) -> list[str]:
        """What it said, line by line."""
        return self.out.splitlines()

    @property
    def objects(self) -> Objects:
        """What it said with --json."""
        return [json.loads(line) for line in self.out.split("\n") if line]

    def of(self, kind: str) -> Objects:
        """The objects of one type: run, event or reply."""
        return [each for each in self.objects if each["type"] == kind]

    @property
    def run(self) -> dict[str, Any]:
        """The last run object: how the run ended."""
        return self.of("run")[-1]

    @property
    def said(self) -> str:
        """All messages of its events, and the texts of its replies."""
        texts = [each.get("message") or each.get("text") or each.get("reason") or "" for each in self.objects]
        return "\n".join(texts)


class Talking:
    """A chat that goes on while the test does other things; its output is read as it comes."""

    def __init__(self, argv: list[str], environment: Mapping[str, str], folder: Path, stdin: str | None) -> None:
        self._began = time.monotonic()
        self.process = subprocess.Popen(
            tied(argv, "TERM"),  # should the tests themselves be killed
            env=dict(environment),
            cwd=folder,
            stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self._out, self._err = bytearray(), bytearray()
        self._readers = [self._reader(self.process.stdout, self._out), self._reader(self.process.stderr, self._err)]
        if stdin is not None and self.process.stdin is not None:
            self.process.stdin.write(stdin.encode("utf-8", "surrogateescape"))
            self.process.stdin.close()

    @property
    def out(self) -> str:
        """What was said so far."""
        return self._out.decode("utf-8", "replace")

    def until(self, seen: Callable[[str], Any], seconds: float = 180) -> str:
        """Wait until `seen(output)` is true."""
        deadline = time.monotonic() + seconds
        while not seen(self.out):
            ended = self.process.poll() is not None and not seen(self.out)
            assert not ended, f"the chat ended with {self.process.returncode}:\n{self.out}\n{self._err.decode()}"
            assert time.monotonic() < deadline, f"not said within {seconds:g} s:\n{self.out}"
            time.sleep(0.02)
        return self.out

    def result(self, seconds: float = 240) -> Result:
        """Wait for its end; AssertionError with what it said when it does not end."""
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.close()
            raise AssertionError(f"the chat did not end within {seconds:g} s:\n{self.out}") from None
        self._drain()
        took = time.monotonic() - self._began
        return Result(status=status, out=self.out, err=self._err.decode("utf-8", "replace"), seconds=took)

    def close(self) -> None:
        """End it, whatever it does."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._drain()

    def _drain(self) -> None:
        for reader in self._readers:
            reader.join(60)
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe:
                pipe.close()

    def _reader(self, pipe: Any, into: bytearray) -> threading.Thread:
        def read() -> None:
            while chunk := pipe.read1(65536):
                into.extend(chunk)

        thread = threading.Thread(target=read, daemon=True)
        thread.start()
        return thread
