"""What else than people may be meant by an @ that is typed: rooms above hand it over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

#: Give what `user` may mean by what was typed: {"value", "name", "note", "hue", "initials", "picture", "can"} each.
Offer = Callable[[Any, str], list[dict[str, Any]]]
_offers: list[Offer] = []


def offers(offer: Offer) -> None:
    """Also offer these, after the people."""
    _offers.append(offer)


def others(user: Any, typed: str) -> list[dict[str, Any]]:
    """What else may be meant; nothing for a single letter."""
    return [one for offer in _offers for one in offer(user, typed)] if len(typed) > 1 else []
