"""The pytest fixture: nothing goes in, one running fleet for the whole session comes out.

Load it with `pytest_plugins = ["tests.fleet.fixture"]`. Every worker process of pytest-xdist gets a fleet of its own.
"""

from collections.abc import Iterator

import pytest

from bot.fleet import Fleet
from bot.fleet.shell import NOT_ROOT, is_root

HOSTS = {
    "web1": ["web", "dc1"],
    "web2": ["web", "dc2"],
    "web3": ["web", "dc1"],
    "db1": ["db", "dc2"],
}


@pytest.fixture(scope="session")
def fleet() -> Iterator[Fleet]:
    """Hosts web1, web2, web3 (group web) and db1 (group db); dc1 has web1 and web3, dc2 has web2 and db1.

    A test that hurts a host heals it: `fleet.heal(name)`. Without root the test is skipped with the sentence that says
    how to run it; with root, anything missing is an error.
    """
    if not is_root():
        pytest.skip(f"{NOT_ROOT} Run the tests so, for example: `sudo make test`.")
    with Fleet(hosts=HOSTS) as running:
        yield running
