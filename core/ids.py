"""Public identifiers: random, so that nothing can be counted or guessed from them."""

import secrets
import string

_ALPHABET = string.ascii_letters + string.digits

#: Length of a public id: 16 characters of 62 are 95 bits.
LENGTH = 16


def new_id() -> str:
    """A fresh public id of 16 letters and digits (95 random bits)."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(LENGTH))
