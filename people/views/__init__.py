"""Pages of people."""

from people.views import chart, directory, invitations, lists, profile, settings, skills

__all__ = ["chart", "directory", "invitations", "lists", "profile", "settings", "skills"]
