"""People and how they stand to one another."""

from people.models.delegation import Delegation
from people.models.fields import SEEN, ProfileField, ProfileValue, unshown
from people.models.invitation import Invitation
from people.models.lists import Contact, ContactList
from people.models.person import PeopleManager, PeopleQuerySet, User
from people.models.skills import Claim, Endorsement, Skill, recount_skills
from people.models.ties import Follow, Silence

__all__ = [
    "SEEN",
    "Claim",
    "Contact",
    "ContactList",
    "Delegation",
    "Endorsement",
    "Follow",
    "Invitation",
    "PeopleManager",
    "PeopleQuerySet",
    "ProfileField",
    "ProfileValue",
    "Silence",
    "Skill",
    "User",
    "recount_skills",
    "unshown",
]
