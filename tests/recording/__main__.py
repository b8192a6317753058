"""`python -m tests.recording`: sits down at a real chat and writes docs/recording.svg and docs/recording.txt."""

import sys
import tempfile
from pathlib import Path

from tests.recording.picture import svg
from tests.recording.session import COLUMNS, ROOT, Session, session

MOST_BYTES = 100_000


def main() -> int:
    """1 when the picture is not fit to be shown; nothing is written then."""
    with tempfile.TemporaryDirectory(prefix="sb-", dir="/tmp") as folder, session(Path(folder)) as person:
        picture = _play(person)
        text = "\n".join(line.plain for line in [*person.screen.gone, *person.screen.lines]) + "\n"
        foreign = [word for word in (folder, str(ROOT)) if word in picture + text]
    if foreign or len(picture.encode()) > MOST_BYTES or picture.count("http") != picture.count("http://www.w3.org/"):
        print(f"Not written: {len(picture.encode())} bytes, names {foreign} or an address.", file=sys.stderr)
        return 1
    (ROOT / "docs" / "recording.svg").write_text(picture, encoding="utf-8")
    (ROOT / "docs" / "recording.txt").write_text(text, encoding="utf-8")
    print(f"docs/recording.svg ({len(picture.encode())} bytes), docs/recording.txt ({len(text.splitlines())} lines)")
    return 0


def _play(person: Session) -> str:
    """A preview, a run that fails, its retry, and a slow one: the picture is taken while that goes on."""
    person.sees("help")
    person.says("hosts web in local").sees("web3")
    person.says("run failing on web in local how=command").sees("#1 failing", "next:")
    person.says("retry 1").sees("#2 failing", "next: log 2")
    person.says("run slow on web in local seconds=4 steps=3 jitter=100")
    person.sees("TASK 4 Step 2 of 3", "1 of 3 hosts")
    picture = svg(person.screen.lines, COLUMNS, "make chat")
    person.sees("#3 slow ✔ successful", "next: log 3")
    person.leaves()
    return picture


if __name__ == "__main__":
    sys.exit(main())
