"""System checks of this room."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import Error, register

from files import scanner


@register
def scanner_address(app_configs: Any, **kwargs: Any) -> list[Error]:
    """The scanner's address can be read; whether it answers, `doctor` says."""
    try:
        if settings.KRING_CLAMD:
            scanner.address(settings.KRING_CLAMD)
    except ValueError:
        hint = "Write unix:/run/clamav/clamd.ctl or host:port."
        return [Error("KRING_CLAMD is no address of a scanner.", hint=hint, id="kring.E010")]
    return []
