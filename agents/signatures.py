"""Ed25519 signatures: who said something, by a key that no repository holds."""

import base64
import os
from collections.abc import Iterable
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_ssh_private_key,
    load_ssh_public_key,
)

from agents.errors import UsageError

VARIABLE = "ADP_SIGNING_KEY"
"""Environment variable with the path of a private key: PEM, or OpenSSH's without a passphrase."""


def private_key() -> Ed25519PrivateKey | None:
    """The key that signs here; None where none is configured. Raises UsageError where it cannot be used."""
    named = os.environ.get(VARIABLE)
    if not named:
        return None
    try:
        text = Path(named).read_bytes()
        load = load_ssh_private_key if b"OPENSSH PRIVATE KEY" in text else load_pem_private_key
        key = load(text, password=None)
    except (OSError, ValueError, TypeError) as error:
        raise UsageError(f"{VARIABLE}={named}: {error}. Make a key: `ssh-keygen -t ed25519 -N '' -f FILE`.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(f"{VARIABLE}={named} is no ed25519 key. Make one: `ssh-keygen -t ed25519 -N '' -f FILE`.")
    return key


def public_text(key: Ed25519PrivateKey | Ed25519PublicKey) -> str:
    """A public key as settings write it: `ssh-ed25519 BASE64`.

    >>> public_text(Ed25519PrivateKey.generate()).split()[0]
    'ssh-ed25519'
    """
    public = key.public_key() if isinstance(key, Ed25519PrivateKey) else key
    return public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def sign(key: Ed25519PrivateKey, said: bytes) -> str:
    """The signature of `said`, in base64."""
    return base64.b64encode(key.sign(said)).decode()


def signer(said: bytes, signature: str, keys: Iterable[str]) -> str | None:
    """Which of the public keys (`ssh-ed25519 BASE64 [comment]`) signed `said`; None where none did.

    >>> key = Ed25519PrivateKey.generate()
    >>> signer(b"yes", sign(key, b"yes"), [public_text(key)]) == public_text(key)
    True
    >>> signer(b"no", sign(key, b"yes"), [public_text(key)])
    """
    try:
        raw = base64.b64decode(signature, validate=True)
    except ValueError:
        return None
    for text in keys:
        try:
            _public(text).verify(raw, said)
        except InvalidSignature:
            continue
        return text
    return None


def _public(text: str) -> Ed25519PublicKey:
    try:
        key = load_ssh_public_key(" ".join(text.split()[:2]).encode())
    except ValueError as error:
        raise UsageError(f"{text!r} is no public key; allowed is one line as in FILE.pub, ssh-ed25519 ...") from error
    if not isinstance(key, Ed25519PublicKey):
        raise UsageError(f"{text!r} is no ed25519 key; allowed is one line as in FILE.pub, ssh-ed25519 ...")
    return key
