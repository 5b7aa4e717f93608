"""Public identifiers: random, so that nothing can be counted or guessed from them."""

import secrets
import string

_ALPHABET = string.ascii_letters + string.digits

#: Length of a public id: 16 characters of 62 are 95 bits.
LENGTH = 16
# One draw for all characters, taken apart by two: imports make ids by the hundred thousand.
_MANY = len(_ALPHABET) ** LENGTH
_PAIRS = [one + other for one in _ALPHABET for other in _ALPHABET]


def new_id() -> str:
    """A fresh public id of 16 letters and digits (95 random bits)."""
    number, signs = secrets.randbelow(_MANY), []
    for _ in range(LENGTH // 2):
        number, rest = divmod(number, len(_PAIRS))
        signs.append(_PAIRS[rest])
    return "".join(signs)
