"""A PNG as a browser writes it enters; the same picture leaves with a palette of a few colors, a third of the size."""

import struct
import zlib
from collections import Counter
from collections.abc import Iterator

COLORS = 160
_STEP = 5  # levels of red, green and blue that nobody can tell apart
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def small(png: bytes) -> bytes:
    """The picture with COLORS colors at most; it has eight bits a channel, and is not interlaced."""
    chunks = list(_chunks(png))
    header = next(body for name, body in chunks if name == b"IHDR")
    width, height, depth, kind = struct.unpack(">IIBB", header[:10])
    assert (depth, kind in {2, 6}, header[12]) == (8, True, 0), "another kind of PNG"
    packed = zlib.decompress(b"".join(body for name, body in chunks if name == b"IDAT"))
    channels = 3 if kind == 2 else 4
    rows = [_rounded(row, channels) for row in _rows(packed, width * channels, channels)]
    assert len(rows) == height
    used = Counter(pixel for row in rows for pixel in row)
    palette = [pixel for pixel, _ in used.most_common(COLORS)]
    number = {pixel: _nearest(palette, pixel) for pixel in used}
    drawn = b"".join(b"\0" + bytes(number[pixel] for pixel in row) for row in rows)
    return _SIGNATURE + b"".join(
        (
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", b"".join(map(bytes, palette))),
            _chunk(b"IDAT", zlib.compress(drawn, 9)),
            _chunk(b"IEND", b""),
        )
    )


Pixel = tuple[int, ...]


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_SIGNATURE)
    while at < len(png):
        size = struct.unpack(">I", png[at : at + 4])[0]
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        at += size + 12


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _rows(packed: bytes, size: int, channels: int) -> Iterator[bytearray]:
    """The rows of pixels, what PNG calls their filter undone."""
    above = bytearray(size)
    for start in range(0, len(packed), size + 1):
        row = bytearray(packed[start + 1 : start + 1 + size])
        _UNDO[packed[start]](row, above, channels)
        yield row
        above = row


def _sub(row: bytearray, _above: bytearray, channels: int) -> None:
    for n in range(channels, len(row)):
        row[n] = (row[n] + row[n - channels]) & 255


def _up(row: bytearray, above: bytearray, _channels: int) -> None:
    for n, other in enumerate(above):
        row[n] = (row[n] + other) & 255


def _average(row: bytearray, above: bytearray, channels: int) -> None:
    for n, other in enumerate(above):
        left = row[n - channels] if n >= channels else 0
        row[n] = (row[n] + (left + other) // 2) & 255


def _paeth(row: bytearray, above: bytearray, channels: int) -> None:
    for n, up in enumerate(above):
        left, corner = (row[n - channels], above[n - channels]) if n >= channels else (0, 0)
        near = left + up - corner
        _, _, best = min((abs(near - left), 0, left), (abs(near - up), 1, up), (abs(near - corner), 2, corner))
        row[n] = (row[n] + best) & 255


_UNDO = {0: lambda _row, _above, _channels: None, 1: _sub, 2: _up, 3: _average, 4: _paeth}


def _rounded(row: bytearray, channels: int) -> list[Pixel]:
    level = [(value + _STEP // 2) // _STEP * _STEP for value in row]
    return list(zip(level[0::channels], level[1::channels], level[2::channels], strict=True))


def _nearest(palette: list[Pixel], pixel: Pixel) -> int:
    return min(range(len(palette)), key=lambda n: sum((a - b) ** 2 for a, b in zip(palette[n], pixel, strict=True)))
