"""The commands of a provider whose machines are files in a folder: create, list, destroy, snapshot and restore."""

import json
import sys
from pathlib import Path


def main(folder: Path, verb: str, words: list[str]) -> None:
    """Do it, and tell of it."""
    folder.mkdir(exist_ok=True)
    name = words.pop(0) if verb in {"snapshot", "restore"} else ""
    kept = folder / f"{name}.kept"
    if verb == "restore" and not kept.exists():
        sys.exit(json.dumps({"error": f"There is no snapshot {name}."}))
    for machine in words or ["web1", "web2"]:
        file = folder / f"{machine}.host"
        if verb == "create":
            print(json.dumps({"host": machine, "state": "starting"}), flush=True)
            file.touch()
        elif verb == "destroy":
            file.unlink(missing_ok=True)
    if verb == "snapshot":
        kept.touch()
    if verb == "list":
        for file in sorted(folder.glob("*.host")):
            print(json.dumps({"host": file.stem, "state": file.read_text() or "running"}), flush=True)


main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
