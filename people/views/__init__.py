"""Pages of people."""

from people.views import chart, delegates, directory, invitations, lists, profile, settings, skills

__all__ = ["chart", "delegates", "directory", "invitations", "lists", "profile", "settings", "skills"]
