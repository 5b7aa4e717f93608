"""Pages of people."""

from people.views import directory, invitations, profile, settings, skills

__all__ = ["directory", "invitations", "profile", "settings", "skills"]
