"""People and how they stand to one another."""

from people.models.invitation import Invitation
from people.models.person import PeopleManager, PeopleQuerySet, User
from people.models.ties import Follow, Silence

__all__ = ["Follow", "Invitation", "PeopleManager", "PeopleQuerySet", "Silence", "User"]
