"""Small pictures are the same pictures: whatever filter a browser chose for a row, the colors come out."""

import struct
import zlib
from collections.abc import Callable

import pytest

from tests.screenshots.small import _chunk, _chunks, small

WIDTH = 6
SIGNATURE = b"\x89PNG\r\n\x1a\n"
PICTURE = [[(5 * (x * 7 % 51), 5 * (y * 11 % 51), 5 * (x * y % 51)) for x in range(WIDTH)] for y in range(10)]
"""Colors in steps of five, which rounding leaves as they are."""

Guess = Callable[[int, int, int], int]


def _paeth(left: int, up: int, corner: int) -> int:
    near = left + up - corner
    return min((left, up, corner), key=lambda value: abs(near - value))


GUESSES: dict[int, Guess] = {
    0: lambda _left, _up, _corner: 0,
    1: lambda left, _up, _corner: left,
    2: lambda _left, up, _corner: up,
    3: lambda left, up, _corner: (left + up) // 2,
    4: _paeth,
}
"""PNG's five filters: what a byte is guessed to be from the ones beside it."""


def _png(filters: list[int], *, alpha: bool) -> bytes:
    """PICTURE as a browser would write it, its rows filtered in turn."""
    channels = 4 if alpha else 3
    above, drawn = [0] * (WIDTH * channels), b""
    for number, row in enumerate(PICTURE):
        chosen = filters[number % len(filters)]
        values = [value for pixel in row for value in (*pixel, *([255] if alpha else []))]
        corners, lefts = [0] * channels + above, [0] * channels + values
        guessed = [GUESSES[chosen](left, up, corner) for left, up, corner in zip(lefts, above, corners, strict=False)]
        drawn += bytes([chosen, *((value - guess) & 255 for value, guess in zip(values, guessed, strict=True))])
        above = values
    header = struct.pack(">IIBBBBB", WIDTH, len(PICTURE), 8, 6 if alpha else 2, 0, 0, 0)
    body = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(drawn)) + _chunk(b"IEND", b"")
    return SIGNATURE + body


def _pixels(png: bytes) -> list[list[tuple[int, ...]]]:
    """The pixels of a picture with a palette."""
    chunks = dict(_chunks(png))
    colors = [tuple(chunks[b"PLTE"][at : at + 3]) for at in range(0, len(chunks[b"PLTE"]), 3)]
    drawn = zlib.decompress(chunks[b"IDAT"])
    rows = [drawn[at + 1 : at + 1 + WIDTH] for at in range(0, len(drawn), WIDTH + 1)]
    return [[colors[number] for number in row] for row in rows]


@pytest.mark.parametrize("filters", [[0], [1], [2], [3], [4], [0, 1, 2, 3, 4]])
@pytest.mark.parametrize("alpha", [False, True])
def test_a_small_picture_shows_the_same(filters: list[int], alpha: bool) -> None:
    """Given a picture of few colors with filtered rows, when it is made small, then every pixel is as it was."""
    assert _pixels(small(_png(filters, alpha=alpha))) == PICTURE
