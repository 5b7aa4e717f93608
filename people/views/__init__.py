"""Pages of people."""

from people.views import chart, directory, invitations, profile, settings, skills

__all__ = ["chart", "directory", "invitations", "profile", "settings", "skills"]
