"""System checks of our own: what would make a network unsafe or lossy."""

from __future__ import annotations

import os
from typing import Any

from django.conf import settings
from django.core.checks import Tags, Warning, register


@register(Tags.security, deploy=True)
def shared_counters(app_configs: Any, **kwargs: Any) -> list[Warning]:
    """Several web processes need a shared cache: rate limits count in it."""
    several = int(os.environ.get("KRING_WEB_PROCESSES", "1")) > 1
    if several and not settings.REDIS_URL:
        return [
            Warning(
                "Several web processes run without a shared cache: rate limits count per process.",
                hint="Set REDIS_URL.",
                id="kring.W001",
            )
        ]
    return []
