"""Lists of people that one keeps for oneself. Nobody in them is told, and no event names them."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core import limits
from core.events import record
from core.refusal import Refused
from core.text import clean
from people.models import Contact, ContactList, User


@transaction.atomic
def make_list(*, owner: User, name: str) -> ContactList:
    """A new list with a name of one's own.

    Raises:
        ValidationError: the name is empty, too long or one of one's lists, or there are too many.
    """
    name = _named(owner, name)
    limits.check(limits.CONTACT_LISTS, ContactList.objects.filter(owner=owner).count() + 1)
    made = ContactList.objects.create(owner=owner, name=name)
    record("people.list.changed", actor=owner, target=owner)
    return made


@transaction.atomic
def rename_list(*, contacts: ContactList, by: User, name: str) -> ContactList:
    """Call a list otherwise; the favourites keep their name.

    Raises:
        Refused: it is someone else's, or the favourites.
        ValidationError: the name is empty, too long, or one of one's lists.
    """
    _own(contacts, by)
    if not contacts.name:
        raise Refused(_("The favourites keep their name."), status=422)
    contacts.name = _named(by, name, besides=contacts)
    contacts.save(update_fields=["name"])
    record("people.list.changed", actor=by, target=by)
    return contacts


@transaction.atomic
def delete_list(*, contacts: ContactList, by: User) -> None:
    """Throw a list away; the people in it stay who they are.

    Raises:
        Refused: it is someone else's.
    """
    _own(contacts, by)
    contacts.delete()
    record("people.list.changed", actor=by, target=by)


@transaction.atomic
def add_contact(*, owner: User, person: User, contacts: ContactList | None = None) -> ContactList:
    """Put someone into a list, into the favourites without one. Twice is once.

    Raises:
        Refused: the list is someone else's, or it is oneself.
        ValidationError: the list is full.
    """
    if person.pk == owner.pk:
        raise Refused(_("You are not a contact of your own."), status=422)
    if contacts is None:
        contacts = ContactList.objects.get_or_create(owner=owner, name="")[0]
    _own(contacts, owner)
    if not Contact.objects.filter(list=contacts, person=person).exists():
        limits.check(limits.CONTACTS_PER_LIST, Contact.objects.filter(list=contacts).count() + 1)
        Contact.objects.create(list=contacts, person=person)
        record("people.list.changed", actor=owner, target=owner)
    return contacts


@transaction.atomic
def remove_contact(*, contacts: ContactList, person: User, by: User) -> None:
    """Take someone out of a list; nothing happens where they were not in it.

    Raises:
        Refused: it is someone else's.
    """
    _own(contacts, by)
    if Contact.objects.filter(list=contacts, person=person).delete()[0]:
        record("people.list.changed", actor=by, target=by)


def _own(contacts: ContactList, by: User) -> None:
    if contacts.owner_id != by.pk:
        raise Refused(_("This list is someone else's."))


def _named(owner: User, name: str, besides: ContactList | None = None) -> str:
    name = " ".join(clean(name, multiline=False).split())
    if not name:
        raise ValidationError({"name": _("A name is needed.")})
    limits.check(limits.LIST_NAME_CHARS, name)
    others = ContactList.objects.filter(owner=owner).exclude(pk=besides.pk if besides else 0)
    if name.casefold() in {other.casefold() for other in others.values_list("name", flat=True)}:
        raise ValidationError({"name": _("You have a list of this name.")})
    return name
