"""`python -m tests.torture --minutes 15 --seed N`: torture a whole installation, and look through what is left."""

import argparse
import json
import random
import sys
import time
from dataclasses import asdict
from pathlib import Path

from tests.e2e import processes
from tests.torture.checks import breaches
from tests.torture.crew import Crew, crew
from tests.torture.gather import look, rest
from tests.torture.ground import Ground
from tests.torture.load import Load
from tests.torture.report import Torture, lines
from tests.torture.striker import Striker

TURN_SECONDS = 0.1
REST_SECONDS = 420.0
"""So long the installation may take to come to rest: Slack lets through 50 cards a minute."""


def main() -> int:
    """0 when everything held, 1 when it did not."""
    given = _given()
    ground = Ground(postgres=given.postgres)
    try:
        with crew(ground, workers=given.workers, relays=given.relays) as made:
            torture = _torture(made, given)
            if not torture.well and given.keep:
                print(f"Everything is kept in {ground.place.root}; the workers go when you press return.")
                input()
    finally:
        ground.close()
    report = "\n".join(lines(torture)) + "\n"
    print(report)
    if given.report:
        Path(given.report).write_text(report, encoding="utf-8")
    return 0 if torture.well else 1


def _torture(made: Crew, given: argparse.Namespace) -> Torture:
    load, striker = Load(made, given.seed), Striker(made, given.seed)
    load.begin()
    deadline = time.monotonic() + given.minutes * 60
    try:
        while time.monotonic() < deadline:
            striker.turn()
            made.mind(but=striker.away)
            time.sleep(TURN_SECONDS)
    finally:
        striker.calm()
        load.end()
    processes.until(made.well, 120, "an installation that is well")
    _until_answered(made, load)
    unrest = rest(made, REST_SECONDS)
    seen = look(made, strikes=striker.strikes, asks=load.asks, broken=load.broken)
    if given.logs:
        _keep_logs(made, Path(given.logs))
        said = [json.dumps(asdict(strike)) for strike in striker.strikes]
        Path(given.logs, "strikes").write_text("\n".join(said), encoding="utf-8")
    return Torture(
        seed=given.seed,
        minutes=given.minutes,
        database="PostgreSQL" if given.postgres else "SQLite",
        workers=given.workers,
        relays=given.relays,
        seen=seen,
        breaches=breaches(seen),
        unrest=[f"still under way: {each}" for each in unrest],
    )


def _until_answered(made: Crew, load: Load) -> None:
    """Nobody is there any more to say yes or no."""
    deadline = time.monotonic() + REST_SECONDS
    while load.call_off() and time.monotonic() < deadline:
        made.mind()
        time.sleep(3)


def _keep_logs(made: Crew, folder: Path) -> None:
    """Copies of what the processes have logged, and of SQL's file."""
    folder.mkdir(parents=True, exist_ok=True)
    place = made.ground.place
    for path in [*place.root.glob("*.log"), *place.home.glob("signalbox.db*"), made.ground.marks_file]:
        if path.exists():
            (folder / path.name).write_bytes(path.read_bytes())


def _given() -> argparse.Namespace:
    wanted = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    wanted.add_argument("--minutes", type=float, default=15.0, help="how long (default: 15)")
    wanted.add_argument("--seed", type=int, default=None, help="the same choices again; random when left out")
    wanted.add_argument("--workers", type=int, default=3, help="how many (default: 3)")
    wanted.add_argument("--relays", type=int, default=2, help="how many (default: 2)")
    wanted.add_argument("--postgres", action="store_true", help="PostgreSQL in place of SQLite; it goes away at times")
    wanted.add_argument("--report", metavar="FILE", help="write the report there, too")
    wanted.add_argument("--logs", metavar="FOLDER", help="copy logs and SQL's file there in the end")
    wanted.add_argument("--keep", action="store_true", help="when something did not hold, wait before all is removed")
    given = wanted.parse_args()
    given.seed = random.SystemRandom().randrange(1_000_000) if given.seed is None else given.seed
    return given


if __name__ == "__main__":
    sys.exit(main())
