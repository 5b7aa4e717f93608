"""What happens by the clock."""

from __future__ import annotations

from django.core.management import call_command


def publish_scheduled() -> None:
    """Publish what an editor set a moment for, and take back what has run out."""
    call_command("publish_scheduled", verbosity=0)
