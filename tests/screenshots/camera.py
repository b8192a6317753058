"""HTML enters; a small PNG of what a browser shows of it leaves. Needs Chromium (`apt-get install chromium`)."""

import shutil
import struct
import subprocess
import tempfile
from pathlib import Path

from tests.screenshots.small import small

WIDTH = 760
MOST_HEIGHT = 2_400
_QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)
_TALL = (
    '<script>document.title = "height:" + Math.ceil(document.documentElement.getBoundingClientRect().height)</script>'
)


def picture(html: str, path: Path) -> int:
    """Take it, as high as the page is; the file's size in bytes."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "page.html")
        page.write_text(html.replace("</body>", f"{_TALL}</body>"), encoding="utf-8")
        height = min(_height(_chromium(page, "--dump-dom").decode()), MOST_HEIGHT)
        _chromium(page, f"--screenshot={path}", f"--window-size={WIDTH},{height}")
    assert _size(path) == (WIDTH, height)
    path.write_bytes(small(path.read_bytes()))
    return path.stat().st_size


def _chromium(page: Path, *options: str) -> bytes:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if not program:
        raise RuntimeError("There is no Chromium. Install it: `apt-get install chromium`.")
    with tempfile.TemporaryDirectory() as profile:
        size = () if any(option.startswith("--window-size") for option in options) else (f"--window-size={WIDTH},800",)
        line = [program, *_QUIET, *size, *options, f"--user-data-dir={profile}", page.as_uri()]
        return subprocess.run(line, check=True, capture_output=True, timeout=120).stdout


def _height(dom: str) -> int:
    return int(dom.partition("<title>height:")[2].partition("</title>")[0])


def _size(path: Path) -> tuple[int, int]:
    """Width and height, as a PNG tells them in its first chunk."""
    width, height = struct.unpack(">II", path.read_bytes()[16:24])
    return width, height
