"""Redaction: the values we know, in every form, and whatever looks like a secret."""

import base64
import json
import shlex
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.engine.redact import Redactor
from bot.model.secrecy import looks_secret, mask

VALUE = "p&ss'w\"ö/rd 1"


@pytest.mark.parametrize(
    "written",
    [
        VALUE,
        json.dumps(VALUE),
        json.dumps(VALUE, ensure_ascii=False),
        json.dumps(json.dumps({"x": VALUE})),
        quote(VALUE),
        quote(VALUE, safe=""),
        quote(VALUE, safe="").lower(),
        shlex.quote(VALUE),
        repr([VALUE]),
        VALUE.replace("'", "''"),
        base64.b64encode(VALUE.encode()).decode(),
        base64.urlsafe_b64encode(VALUE.encode()).decode(),
        base64.b64encode(f"u:{VALUE}".encode()).decode(),
        base64.b64encode(f"us:{VALUE}x".encode()).decode(),
        base64.b64encode(f"use:{VALUE}xy".encode()).decode(),
        "p&ss'\x1b[0mw\"ö/rd 1",
        "p&ss'w\"ö/rd 1".replace("w", "\x00w"),
    ],
)
def test_a_value_is_found_in_every_form(written: str) -> None:
    """Given a secret written in some form, when it is printed, then none of it is left."""
    hidden = Redactor([VALUE]).text(f"before {written} after")
    assert "***" in hidden
    assert hidden.startswith("before ")
    assert hidden.endswith(" after")
    for part in ("p&ss", "rd 1", "ss'w", "cCZzcyd", "JmFtcD"):
        assert part not in hidden


def test_overlapping_values_are_hidden_together() -> None:
    """Given two secrets of which one begins inside the other, when both show up, then no end of one is left."""
    assert Redactor(["abcdef", "defghi"]).text("x abcdefghi y") == "x *** y"
    assert Redactor(["secret", "secret-long"]).text("secret-long secret") == "*** ***"


def test_short_values_are_hidden_as_words() -> None:
    """Given a secret of one letter, when text has it, then only the word is hidden, and the text stays readable."""
    assert Redactor(["a"]).text("a banana, a") == "*** banana, ***"


def test_lines_of_a_long_secret_are_secrets() -> None:
    """Given a secret of several lines, when one line shows up, then it is hidden."""
    assert Redactor(["first line of it\nsecond line of it\n"]).text("> second line of it <") == "> *** <"


@given(st.text(min_size=3), st.text(), st.text())
def test_no_known_value_is_ever_left(value: str, before: str, after: str) -> None:
    """Given any secret anywhere in any text, when it is redacted, then it is not in what is left."""
    clean = Redactor([]).text(value).strip()
    hidden = Redactor([value]).text(before + value + after)
    assert len(clean) < 3 or clean in "***" or clean not in hidden.replace("***", "\0")


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("password=hunter2 user=bob", "password=*** user=bob"),
        ("DB_PASSWORD: hunter2", "DB_PASSWORD: ***"),
        ('{"api_key": "abc", "n": 1}', '{"api_key": "***", "n": 1}'),
        ('{\\"token\\": \\"abc\\"}', '{\\"token\\": \\"***\\"}'),
        ("mysql_pass=abc", "mysql_pass=***"),
        ("--password hunter2 --user x", "--password *** --user x"),
        ("--db-password='hun ter2'", "--db-password='***'"),
        ("Authorization: Basic dXNlcjpwYXNz", "Authorization: Basic ***"),
        ("curl -H 'Authorization: Bearer abcdef123456'", "curl -H 'Authorization: Bearer ***'"),
        ("sent bearer abcdef123456 to", "sent bearer *** to"),
        ("postgres://app:hunter2@db/x", "postgres://app:***@db/x"),
        ("redis://:hunter2@r:6379", "redis://:***@r:6379"),
        ("xoxb-123456789012-abcdef is", "*** is"),
        ("AKIAABCDEFGHIJKLMNOP", "***"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----\nrest", "***\nrest"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blb", "***"),
        ("update_password: always", "update_password: ***"),
        ("password: null", "password: null"),
        ("Permission denied (publickey,password).", "Permission denied (publickey,password)."),
        ("a tokenizer: fast, the secretary: Bob, keys: 3", "a tokenizer: fast, the secretary: Bob, keys: 3"),
        (
            "secretAccessKey: abc, token1=def, password_hash: $6$x",
            "secretAccessKey: ***, token1=***, password_hash: ***",
        ),
        ('{"authorization": "Bearer abc"}', '{"authorization": "Bearer ***"}'),
        ("https://example.org/path?x=1", "https://example.org/path?x=1"),
        ("TASK [restart nginx] ok=3 changed=1", "TASK [restart nginx] ok=3 changed=1"),
    ],
)
def test_what_looks_like_a_secret(text: str, hidden: str) -> None:
    """Given text with something that looks like a secret, when masked, then that and little else is hidden."""
    assert mask(text) == hidden


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("password", True), ("ansible_become_pass", True), ("dbPassword", True), ("API_KEY", True),
        ("client-secret", True),
        ("authorization", True), ("private_key", True), ("session_token", True), ("tokens", True), ("passphrase", True),
        ("no_log", False), ("update_password", False), ("authorized_keys", False), ("secretary", False), ("key", False),
        ("bypass", False), ("compass", False), ("name", False),
    ],
)  # fmt: skip
def test_names_that_mean_secrets(name: str, secret: bool) -> None:
    """Given the name of a key, when it is looked at, then it is known whether its value is a secret."""
    assert looks_secret(name) is secret


def test_structures() -> None:
    """Given a result with secrets under telling names, when scrubbed, then those are hidden, and nothing else."""
    scrub = Redactor(names=["pin"]).structure
    value = {"a": [{"password": "x", "n": 1}], "pin": 1234, "token": None, "secret": {"deep": 1}, "no_log": False}
    assert scrub(value) == {
        "a": [{"password": "***", "n": 1}],
        "pin": "***",
        "token": None,
        "secret": "***",
        "no_log": False,
    }


def test_structures_without_end() -> None:
    """Given a result nested a thousand deep, when scrubbed, then it ends."""
    value: object = "x"
    for _ in range(1000):
        value = {"a": value}
    assert "***" in repr(Redactor().structure(value))
