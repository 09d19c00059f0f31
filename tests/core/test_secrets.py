"""Encryption, signing, and what must never reach a log line."""

from __future__ import annotations

import json
import logging

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from app.core.crypto import KeyRing, Undecryptable
from app.core.logging import redact_event, redact_text
from app.core.settings import Settings


def fresh_key() -> SecretStr:
    return SecretStr(Fernet.generate_key().decode())


OLD, NEW = fresh_key(), fresh_key()


@given(st.text())
def test_a_text_survives_encryption(text: str) -> None:
    ring = KeyRing((NEW,))
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    assert ring.decrypt(ring.encrypt(text)) == text


def test_keys_rotate() -> None:
    sealed = KeyRing((OLD,)).encrypt("token")
    both = KeyRing((NEW, OLD))
    assert both.decrypt(sealed) == "token"
    assert KeyRing((NEW,)).decrypt(both.rotate(sealed)) == "token"
    with pytest.raises(Undecryptable):
        KeyRing((NEW,)).decrypt(sealed)


def test_signatures_are_bound_to_their_purpose_and_survive_rotation() -> None:
    signature = KeyRing((OLD,)).sign("panel", "message")
    ring = KeyRing((NEW, OLD))
    assert ring.signature_is_valid("panel", "message", signature)
    assert not ring.signature_is_valid("ticket", "message", signature)
    assert not ring.signature_is_valid("panel", "another", signature)
    assert not KeyRing((NEW,)).signature_is_valid("panel", "message", signature)
    assert not ring.signature_is_valid("panel", "message", "ü")


def test_a_key_ring_does_not_print_its_keys() -> None:
    assert OLD.get_secret_value() not in repr(KeyRing((OLD,)))


@pytest.mark.parametrize("keys", ["", "short", "not base64 at all!", ","])
def test_settings_refuse_keys_that_are_none(keys: str) -> None:
    with pytest.raises(ValidationError):
        Settings(
            database_url="postgresql://x/y",
            redis_url="redis://x",
            secret_keys=keys,
        )


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("mail to jo.doe+x@shop.example now", "jo.doe+x@shop.example"),
        ("Authorization: Bearer abc.def-123", "abc.def-123"),
        ("key qs_0123456789abcdefghijklmnop", "qs_0123456789abcdefghijklmnop"),
        ("GET /bigcommerce/load?signed_payload_jwt=eyJh.eyJi.c2ln&x=1", "eyJh.eyJi.c2ln"),
        ("/bigcommerce/auth?code=s3cret&scope=a", "s3cret"),
        ("X-Auth-Token: abcdef123", "abcdef123"),
        ("postgresql://user:hunter2@db/x", "hunter2"),
    ],
)
def test_secrets_inside_texts_are_masked(text: str, gone: str) -> None:
    assert gone not in redact_text(text)


def test_secret_and_personal_fields_are_masked_at_any_depth() -> None:
    event = redact_event(
        logging.getLogger(),
        "info",
        {
            "event": "x",
            "access_token": "t",
            "deep": [{"billing_address": "Elm Street 1", "first_name": "Jo"}, {"status": 200}],
        },
    )
    assert json.dumps(event) == json.dumps(
        {
            "event": "x",
            "access_token": "[redacted]",
            "deep": [
                {"billing_address": "[redacted]", "first_name": "[redacted]"},
                {"status": 200},
            ],
        }
    )
