"""The company's choices about its network."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core import limits, players
from core.site import Site


class SiteSettings(models.Model):
    """One row: what administrators chose; read elsewhere through `core.site.current()`."""

    class Creators(models.TextChoices):
        EVERYONE = "everyone", _("Every employee")
        ADMINS = "admins", _("Administrators only")

    # What the network is called.
    network_name = models.CharField(_("network name"), max_length=60, default="Kring")
    # The accent colour: one number brands everything and keeps the contrast right.
    hue = models.PositiveSmallIntegerField(_("accent hue"), default=258, validators=[MaxValueValidator(359)])
    # The logo; null for the network's initial.
    logo = models.ForeignKey("files.File", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    # Domains whose addresses may sign up, one a line.
    allowed_domains = models.TextField(
        _("e-mail domains"), blank=True, help_text=_("People with an address of these domains can sign up. One a line.")
    )
    # Who may make groups.
    who_may_create_groups = models.CharField(
        _("who may create groups"), max_length=8, choices=Creators, default=Creators.EVERYONE
    )
    # Who owns a group that nobody in it can own; null for the administrator who has been one the longest.
    keeper = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        limit_choices_to={"is_admin": True, "is_active": True},
        verbose_name=_("who takes over groups"),
        help_text=_(
            "A group falls to this administrator when its last owner leaves the company and nobody else can own it. "
            "They read what is said from then on."
        ),
    )
    # How long an author may edit.
    edit_window_minutes = models.PositiveIntegerField(
        _("minutes to edit"), default=0, help_text=_("How long authors may edit what they wrote. 0 means always.")
    )
    # Whether authors, and those who look after a place, see who has seen a post.
    shows_reach = models.BooleanField(
        _("show who has seen a post"),
        default=True,
        help_text=_("Authors, and owners and moderators of a group, see who has seen a post. Readers are told of it."),
    )

    # Whether people see who else is here now.
    shows_presence = models.BooleanField(
        _("show who is here"),
        default=True,
        help_text=_("Everyone can hide it for themselves, and those who are blocked never see it."),
    )

    # Whether the server asks the pages behind links for their titles and pictures.
    link_previews = models.BooleanField(
        _("previews of links"),
        default=True,
        help_text=_("The server fetches title, description and picture of the pages that people link to."),
    )
    # Whose players of videos people may open inside a page: names in `core.players.SERVICES`.
    players = models.JSONField(
        _("players"),
        default=list,
        blank=True,
        help_text=_(
            "Who opens a video of theirs here is seen by them. A player loads when a person presses its button, "
            "and not before. Without any, a video stays a link."
        ),
    )
    # Players of the company's own, a pair of patterns a line.
    own_players = models.TextField(
        _("players of your own"),
        blank=True,
        help_text=_(
            "One a line: the address of a video and the address of its player, with {id} where its name stands. For "
            "PeerTube: https://video.company.com/w/{id} https://video.company.com/videos/embed/{id}"
        ),
    )

    class Bare(models.TextChoices):
        NONE = "none", _("Nowhere: each mail says what it is about")
        SECRET = "secret", _("In secret groups")
        PRIVATE = "private", _("In secret and private groups")
        ALL = "all", _("Everywhere")

    # Whether people are told by mail of what happens.
    notice_mail = models.BooleanField(
        _("mail about what happens"),
        default=True,
        help_text=_("Announcements go out by mail too, to those who want that. Codes and invitations always do."),
    )
    # Where such a mail says only that there is something new.
    bare_mail = models.CharField(
        _("mails without a title"),
        max_length=7,
        choices=Bare,
        default=Bare.SECRET,
        help_text=_("Such a mail says only that there is something new, and names neither the group nor the author."),
    )
    # Whether devices are sent messages.
    notice_push = models.BooleanField(
        _("messages to devices"),
        default=True,
        help_text=_(
            "They go through the servers of whoever made the browser (Google, Mozilla, Apple, Microsoft), encrypted. "
            "They say that there is an announcement, and not which."
        ),
    )

    class Meta:
        verbose_name = _("network settings")
        verbose_name_plural = _("network settings")

    def __str__(self) -> str:
        return self.network_name

    def clean(self) -> None:
        """Domains are lower case names without @; players are known ones, or patterns that can be read."""
        domains = [line.strip().lower().lstrip("@") for line in self.allowed_domains.splitlines() if line.strip()]
        for domain in domains:
            if "." not in domain or any(character.isspace() or character in "@/" for character in domain):
                raise ValidationError({"allowed_domains": _("“%(domain)s” is not a domain.") % {"domain": domain}})
        self.allowed_domains = "\n".join(domains)
        if not isinstance(self.players, list) or not set(self.players) <= players.SERVICES.keys():
            raise ValidationError({"players": _("There is no such player.")})
        lines = list(dict.fromkeys(" ".join(line.split()) for line in self.own_players.splitlines() if line.strip()))
        limits.check(limits.OWN_PLAYERS, lines)
        for line in lines:
            try:
                players.read(line)
            except ValueError as error:
                raise ValidationError({"own_players": str(error)}) from error
        self.own_players = "\n".join(lines)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """There is one row, and its readers are told."""
        from social import settings_row

        self.pk = 1
        super().save(*args, **kwargs)
        settings_row.forget()

    @classmethod
    def load(cls) -> SiteSettings:
        """The row, or an unsaved one with the defaults."""
        return cls.objects.select_related("logo").filter(pk=1).first() or cls(pk=1)

    def as_site(self) -> Site:
        """What the rooms read."""
        return Site(
            network_name=self.network_name,
            hue=self.hue,
            # Another picture is another address, so that none is drawn from a cache.
            logo_url=f"{reverse('logo')}?{self.logo.public_id}" if self.logo and self.logo.is_given else "",
            allowed_domains=tuple(self.allowed_domains.split()),
            who_may_create_groups=self.who_may_create_groups,
            keeper=self.keeper_id,
            edit_window_minutes=self.edit_window_minutes,
            shows_reach=self.shows_reach,
            shows_presence=self.shows_presence,
            link_previews=self.link_previews,
            players=tuple(self.players),
            own_players=tuple(self.own_players.splitlines()),
            notice_mail=self.notice_mail,
            bare_mail=self.bare_mail,
            notice_push=self.notice_push,
        )
