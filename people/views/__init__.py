"""Pages of people."""

from people.views import directory, invitations, profile, settings

__all__ = ["directory", "invitations", "profile", "settings"]
