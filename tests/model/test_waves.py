"""Waves as values: how hosts are divided, and what comes after a wave."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.waves import Next, Waves, after, split

HOSTS = tuple(f"h{number}" for number in range(1, 9))


@pytest.mark.parametrize(
    ("waves", "sizes"),
    [
        (Waves(canary=1), [1, 7]),
        (Waves(batch="25%"), [2, 2, 2, 2]),
        (Waves(batch="3"), [3, 3, 2]),
        (Waves(canary=1, batch="25%"), [1, 2, 2, 2, 1]),
        (Waves(batch="1%"), [1] * 8),
        (Waves(batch="100%"), [8]),
        (Waves(canary=20, batch="2"), [8]),
    ],
)
def test_hosts_are_taken_in_order(waves: Waves, sizes: list[int]) -> None:
    """Given eight hosts, when they are divided, then every wave has its size, and the order is kept."""
    parts = split(HOSTS, waves)
    assert [len(part) for part in parts] == sizes
    assert tuple(host for part in parts for host in part) == HOSTS


@given(st.integers(1, 300), st.integers(0, 300), st.integers(1, 100), st.booleans())
def test_no_host_is_left_out_or_taken_twice(many: int, canary: int, batch: int, share: bool) -> None:
    """Whatever is asked for, the waves together are all hosts, once, and none is empty."""
    hosts = [str(number) for number in range(many)]
    parts = split(hosts, Waves(canary=canary, batch=f"{batch}{'%' if share else ''}"))
    assert [host for part in parts for host in part] == hosts
    assert all(parts)


@pytest.mark.parametrize(
    ("waves", "counts", "step"),
    [
        (Waves(batch="2"), (True, 0, 0, 2), Next.GO),
        (Waves(batch="2"), (True, 1, 0, 2), Next.STOP),
        (Waves(batch="2", max_fail=50), (True, 1, 0, 2), Next.GO),
        (Waves(batch="2", max_fail=49), (True, 1, 0, 2), Next.STOP),
        (Waves(batch="2", max_fail=25), (False, 0, 1, 4), Next.GO),
        (Waves(batch="2", max_fail=25), (False, 1, 1, 4), Next.STOP),
        (Waves(batch="2", pause_on_failure=True), (True, 2, 0, 2), Next.ASK),
        (Waves(batch="2", pause_on_failure=True), (False, 0, 2, 4), Next.GO),
        (Waves(batch="2", pause_on_failure=True, max_fail=10), (True, 1, 0, 2), Next.STOP),
        (Waves(canary=1), (True, 0, 0, 1), Next.ASK),
        (Waves(canary=1), (True, 1, 0, 1), Next.STOP),
        (Waves(canary=1, batch="2"), (False, 0, 0, 3), Next.GO),
    ],
)
def test_what_comes_after_a_wave(waves: Waves, counts: tuple[bool, int, int, int], step: Next) -> None:
    """Given failures in a wave and before, when the next step is decided, then it is what the options ask for."""
    first, failed, before, reached = counts
    assert after(waves, first=first, failed=failed, failed_before=before, reached=reached) is step
