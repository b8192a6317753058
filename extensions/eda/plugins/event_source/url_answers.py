"""A URL that stops answering, and answers again: an event source plugin of Event-Driven Ansible.

    sources:
      - url_answers:
          urls:
            - {url: "http://127.0.0.1:8080/healthz", service: signalbox, host: web1}
          every: 10       # seconds from one look to the next
          timeout: 5      # seconds
          after: 2        # looks in a row without an answer
          severity: critical

An answer is any status below 500. Nothing is said of a URL that has not answered since the sensor began: it may not be
up yet. What is said is an alert, so it opens an incident, and closes it when the URL answers again.
"""

import asyncio
import itertools
import urllib.error
import urllib.request
from typing import Any

_FAILED = 500


async def main(queue: asyncio.Queue[Any], args: dict[str, Any]) -> None:
    """Look after all URLs until ended."""
    await asyncio.gather(*(_watch(queue, dict(entry), args) for entry in args["urls"]))


async def _watch(queue: asyncio.Queue[Any], entry: dict[str, Any], args: dict[str, Any]) -> None:
    silent, answered, told = 0, False, False
    for _ in itertools.count():
        why = await asyncio.to_thread(_problem, str(entry["url"]), float(args.get("timeout", 5)))
        silent = silent + 1 if why else 0
        answered = answered or not why
        if answered and not told and silent >= int(args.get("after", 2)):
            told = True
            await queue.put({"alert": _alert(entry, args, "firing", why)})
        elif told and not why:
            told = False
            await queue.put({"alert": _alert(entry, args, "resolved", "")})
        await asyncio.sleep(float(args.get("every", 10)))


def _problem(url: str, timeout: float) -> str:
    """Why the URL counts as silent; empty when it answers."""
    if not url.startswith(("http://", "https://")):
        raise ValueError("url_answers looks at http and https only")
    try:
        with urllib.request.urlopen(url, timeout=timeout):  # noqa: S310 (http and https only, see above)
            return ""
    except urllib.error.HTTPError as error:
        return f"status {error.code}" if error.code >= _FAILED else ""
    except OSError as error:
        return type(error).__name__


def _alert(entry: dict[str, Any], args: dict[str, Any], status: str, why: str) -> dict[str, Any]:
    url = str(entry["url"])
    return {
        "subject": url,
        "status": status,
        "symptom": "does not answer",
        "title": f"{url} does not answer",
        "service": str(entry.get("service", "")),
        "host": str(entry.get("host", "")),
        "severity": str(args.get("severity", "error")),
        "annotations": {"why": why},
        "url": url,
    }
