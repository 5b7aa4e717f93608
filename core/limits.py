"""The one table of limits: how much of anything a person may send, and what they are told when it is more.

Every limit is a `Limit` under an upper-case name of this module (`limits.POST_CHARS`). Its value is the default
given here unless `settings.KRING_LIMITS` (the environment's `KRING_LIMITS`, a JSON object of names and whole numbers)
says another. Forms, models, actions and the API all ask `check`; the page of documentation prints `table()`.

A limit protects the server from floods and the reader from walls; it is not a rule about taste.
"""

from collections.abc import Iterable, Sized
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.utils.deconstruct import deconstructible
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

CHARACTERS = gettext_noop("characters")
ITEMS = gettext_noop("items")
BYTES = gettext_noop("bytes")
PIXELS = gettext_noop("pixels")
LEVELS = gettext_noop("levels")
TIMES = gettext_noop("times")
DAYS = gettext_noop("days")
SECONDS = gettext_noop("seconds")


@dataclass(frozen=True, slots=True)
class Limit:
    """One line of the table.

    `message` is what the person reads when the limit is passed. It may name `%(limit)s`, `%(value)s` and
    `%(over)s` (how much too much), which `check` fills in, written in the person's own way of writing numbers.
    """

    name: str
    default: int
    unit: str
    # What is limited, as the documentation names it.
    about: Promise | str
    message: Promise | str

    @property
    def value(self) -> int:
        """The limit in force: the company's own, else the default.

        Raises:
            ImproperlyConfigured: when the settings hold something else than a whole number above zero.
        """
        value = getattr(settings, "KRING_LIMITS", {}).get(self.name, self.default)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ImproperlyConfigured(f"KRING_LIMITS[{self.name!r}] must be a whole number above zero, not {value!r}.")
        return value


class LimitExceeded(ValidationError):
    """More than the table allows. `limit` says which line, `value` how much it was."""

    def __init__(self, limit: Limit, value: int) -> None:
        self.limit = limit
        self.value = value
        shown = written if limit.unit == BYTES else number
        super().__init__(
            limit.message,  # type: ignore[arg-type]  # a lazy translation, which it does take
            code="limit",
            params={"limit": shown(limit.value), "value": shown(value), "over": shown(value - limit.value)},
        )


def check(limit: Limit, value: int | Sized) -> None:
    """Refuse `value` where it is more than `limit`.

    Args:
        limit: a line of the table.
        value: the amount, or anything that has a length (text counts by code points).

    Raises:
        LimitExceeded: with a text for the person, naming the limit and how much it was.
    """
    amount = value if isinstance(value, int) else len(value)
    if amount > limit.value:
        raise LimitExceeded(limit, amount)


def table() -> list[Limit]:
    """Every limit, in the order of this file: the documentation's page and the tests read it."""
    return list(_TABLE.values())


def named(name: str) -> Limit:
    """The limit called `name`.

    Raises:
        LookupError: when there is none.
    """
    return _TABLE[name]


def number(value: int) -> str:
    """`20000` the way the person writes it: `20,000`, `20.000`, `20 000`."""
    return number_format(value, use_l10n=True, force_grouping=True)


def written(size: int) -> str:
    """A size in bytes as people write it, in steps of 1,024: `50 MB`, `512 kB`, `80 bytes`."""
    for unit, step in (("GB", 1 << 30), ("MB", 1 << 20), ("kB", 1 << 10)):
        if size >= step:
            amount = size / step
            # One decimal, and upwards, so that a file of a few bytes too many never reads "50 MB is more than 50 MB".
            tenths = -(-size * 10 // step)
            return f"{number_format(tenths / 10, 0 if amount.is_integer() else 1, use_l10n=True)} {unit}"
    return f"{number(size)} {_('bytes')}"


@deconstructible
class AtMost:
    """A validator for form and model fields that holds them to a line of the table: `validators=[AtMost("BIO_CHARS")]`.

    It names the limit instead of holding its number, so that a company's own value needs no migration.
    """

    def __init__(self, name: str) -> None:
        self.name = named(name).name

    def __call__(self, value: int | Sized) -> None:
        check(named(self.name), value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AtMost) and other.name == self.name

    def __hash__(self) -> int:
        return hash((AtMost, self.name))


def _limit(name: str, default: int, unit: str, about: Promise, message: Promise) -> Limit:
    limit = _TABLE[name] = Limit(name, default, unit, about, message)
    return limit


_TABLE: dict[str, Limit] = {}


# ---- Writing
POST_CHARS = _limit(
    "POST_CHARS",
    20_000,
    CHARACTERS,
    _("Length of a post"),
    _("A post can have at most %(limit)s characters; this one has %(value)s. Shorten it or attach a file."),
)
REPLY_CHARS = _limit(
    "REPLY_CHARS",
    20_000,
    CHARACTERS,
    _("Length of a reply"),
    _("A reply can have at most %(limit)s characters; this one has %(value)s. Shorten it or attach a file."),
)
MESSAGE_CHARS = _limit(
    "MESSAGE_CHARS",
    20_000,
    CHARACTERS,
    _("Length of a message"),
    _("A message can have at most %(limit)s characters; this one has %(value)s. Shorten it or attach a file."),
)
MENTIONS_PER_POST = _limit(
    "MENTIONS_PER_POST",
    50,
    ITEMS,
    _("People mentioned in one post"),
    _("A post can mention at most %(limit)s people; this one mentions %(value)s. Mention fewer."),
)
TOPICS_PER_POST = _limit(
    "TOPICS_PER_POST",
    30,
    ITEMS,
    _("Topics in one post"),
    _("A post can have at most %(limit)s topics; this one has %(value)s. Keep the ones that matter most."),
)
LINKS_PER_POST = _limit(
    "LINKS_PER_POST",
    500,
    ITEMS,
    _("Links, mentions and topics in one post, each place counted"),
    _("A post can have at most %(limit)s links, mentions and topics; this one has %(value)s. Attach the list."),
)
ATTACHMENTS_PER_POST = _limit(
    "ATTACHMENTS_PER_POST",
    10,
    ITEMS,
    _("Files on one post"),
    _("A post can carry at most %(limit)s files; this one has %(value)s. Put the rest in a reply."),
)
TABLE_CELLS = _limit(
    "TABLE_CELLS",
    1_000,
    ITEMS,
    _("Cells in the tables of one post"),
    _("Tables in a post can have at most %(limit)s cells together. Attach the table as a file."),
)
NESTING_DEPTH = _limit(
    "NESTING_DEPTH",
    20,
    LEVELS,
    _("Quotes and lists inside one another"),
    _("Quotes, lists and emphasis can be at most %(limit)s levels deep. Use fewer levels."),
)
MARKUP_STEPS = _limit(
    "MARKUP_STEPS",
    6_000,
    ITEMS,
    _("Work to lay out one post"),
    _("This text has too much markup to lay out. Use fewer quotes and lists, or attach it as a file."),
)
CODE_COLOURED_CHARS = _limit(
    "CODE_COLOURED_CHARS",
    10_000,
    CHARACTERS,
    _("Code shown in colour in one post; more is shown without colour"),
    _("At most %(limit)s characters of code are shown in colour."),
)
POLL_OPTIONS = _limit(
    "POLL_OPTIONS",
    20,
    ITEMS,
    _("Answers of a poll"),
    _("A poll can have at most %(limit)s answers; this one has %(value)s. Remove some."),
)
POLL_OPTION_CHARS = _limit(
    "POLL_OPTION_CHARS",
    200,
    CHARACTERS,
    _("Length of a poll's answer"),
    _("An answer can have at most %(limit)s characters; this one has %(value)s. Shorten it."),
)
LINK_CHARS = _limit(
    "LINK_CHARS",
    2_000,
    CHARACTERS,
    _("Length of a link that gets a preview"),
    _("A link with a preview can have at most %(limit)s characters; this one has %(value)s."),
)
PREVIEWS_PER_POST = _limit(
    "PREVIEWS_PER_POST",
    3,
    ITEMS,
    _("Links of one post that get a preview; the others stay plain"),
    _("A post can have at most %(limit)s previews; this one has %(value)s."),
)
LOOKS_PER_MINUTE = _limit(
    "LOOKS_PER_MINUTE",
    20,
    TIMES,
    _("Links in what one person is writing that show in a minute what is behind them; the others do with the post"),
    _("In a minute at most %(limit)s links show what is behind them."),
)
OWN_PLAYERS = _limit(
    "OWN_PLAYERS",
    20,
    ITEMS,
    _("Players of the company's own, for videos that lie elsewhere"),
    _("A network can have at most %(limit)s players of its own; these are %(value)s."),
)
PREVIEW_TRIES = _limit(
    "PREVIEW_TRIES",
    3,
    TIMES,
    _("How often the page behind a link is tried"),
    _("A link is tried %(limit)s times."),
)
PREVIEW_DAYS = _limit(
    "PREVIEW_DAYS",
    3,
    DAYS,
    _("How long what a page said is used again, for those who have seen it before"),
    _("A preview is used again for %(limit)s days."),
)
FETCH_BYTES = _limit(
    "FETCH_BYTES",
    1024 * 1024,
    BYTES,
    _("How much of a page behind a link is read"),
    _("Of a page at most %(limit)s is read."),
)
FETCH_PICTURE_BYTES = _limit(
    "FETCH_PICTURE_BYTES",
    5 * 1024 * 1024,
    BYTES,
    _("Size of the picture of a page behind a link"),
    _("The picture of a preview can have at most %(limit)s; this one has %(value)s."),
)
FETCH_SECONDS = _limit(
    "FETCH_SECONDS",
    5,
    SECONDS,
    _("How long fetching one thing from the web may take, its redirects together"),
    _("A page has %(limit)s seconds to answer."),
)
FETCH_REDIRECTS = _limit(
    "FETCH_REDIRECTS",
    3,
    TIMES,
    _("How often a link may lead elsewhere"),
    _("A link may lead elsewhere %(limit)s times."),
)
FETCHES_PER_HOST = _limit(
    "FETCHES_PER_HOST",
    20,
    TIMES,
    _("Pages that are fetched from one host in a minute; the others wait"),
    _("From one host at most %(limit)s pages are fetched in a minute."),
)
CALLED_MEMBERS = _limit(
    "CALLED_MEMBERS",
    200,
    ITEMS,
    _("Members of a group that is mentioned"),
    _("A group of up to %(limit)s people can be mentioned; this one has %(value)s. Announce it there instead."),
)
PRAISED_PEOPLE = _limit(
    "PRAISED_PEOPLE",
    50,
    ITEMS,
    _("People praised by one post"),
    _("A post can praise at most %(limit)s people; this one names %(value)s."),
)
EVENT_PLACE_CHARS = _limit(
    "EVENT_PLACE_CHARS",
    200,
    CHARACTERS,
    _("Length of an event's place"),
    _("A place can have at most %(limit)s characters; this one has %(value)s. Shorten it."),
)
EVENT_LINK_CHARS = _limit(
    "EVENT_LINK_CHARS",
    500,
    CHARACTERS,
    _("Length of an event's link"),
    _("A link can have at most %(limit)s characters; this one has %(value)s. Use a shorter address."),
)
EVENT_DAYS = _limit(
    "EVENT_DAYS",
    92,
    DAYS,
    _("How long an event lasts"),
    _("An event can last at most %(limit)s days. Make several of it."),
)
EVENT_DAYS_AHEAD = _limit(
    "EVENT_DAYS_AHEAD",
    1830,
    DAYS,
    _("How far ahead an event can be"),
    _("An event can be at most %(limit)s days ahead. Choose an earlier day."),
)
CALENDAR_EVENTS = _limit(
    "CALENDAR_EVENTS",
    500,
    ITEMS,
    _("Events at one's calendar address; those that are furthest ahead are left out"),
    _("A calendar holds at most %(limit)s events."),
)
CALENDAR_READS = _limit(
    "CALENDAR_READS",
    60,
    TIMES,
    _("How often a calendar address is read in an hour"),
    _("A calendar address can be read %(limit)s times an hour. Let your calendar ask less often."),
)
ANNOUNCED_DAYS = _limit(
    "ANNOUNCED_DAYS",
    90,
    DAYS,
    _("Time an announcement stands on top"),
    _("An announcement can stand on top for at most %(limit)s days. Choose a shorter time."),
)
ANNOUNCEMENTS_BY_MAIL = _limit(
    "ANNOUNCEMENTS_BY_MAIL",
    20,
    TIMES,
    _("Announcements of one person that go out by mail in a day"),
    _("You can announce by mail %(limit)s times a day. Announce this without mail, or wait until tomorrow."),
)
PUSH_DEVICES = _limit(
    "PUSH_DEVICES",
    20,
    ITEMS,
    _("Devices of one person that messages are sent to"),
    _("You can have messages on at most %(limit)s devices. Remove one that you no longer use."),
)
PUSH_ADDRESS_CHARS = _limit(
    "PUSH_ADDRESS_CHARS",
    2_000,
    CHARACTERS,
    _("Length of the address at which a browser takes messages"),
    _("The address of a browser can have at most %(limit)s characters; this one has %(value)s."),
)
DRAFTS = _limit(
    "DRAFTS",
    200,
    ITEMS,
    _("Drafts of one person"),
    _("You can keep at most %(limit)s drafts. Delete some that you no longer need."),
)
SCHEDULE_DAYS = _limit(
    "SCHEDULE_DAYS",
    366,
    DAYS,
    _("How far ahead a post can be scheduled"),
    _("A post can be scheduled at most %(limit)s days ahead. Choose an earlier day."),
)
REASON_CHARS = _limit(
    "REASON_CHARS",
    200,
    CHARACTERS,
    _("Length of the reason why a discussion is closed"),
    _("A reason can have at most %(limit)s characters; this one has %(value)s. Shorten it."),
)
SPLIT_ANSWERS = _limit(
    "SPLIT_ANSWERS",
    500,
    ITEMS,
    _("Answers that become a discussion of their own at once"),
    _("At most %(limit)s answers can be split off at once; these are %(value)s. Choose fewer."),
)
SNOOZE_DAYS = _limit(
    "SNOOZE_DAYS",
    366,
    DAYS,
    _("How long a discussion can be put off"),
    _("A discussion can be put off for at most %(limit)s days. Choose an earlier day."),
)
REACTIONS_PER_POST = _limit(
    "REACTIONS_PER_POST",
    50,
    ITEMS,
    _("Different reactions on one post"),
    _("A post can have at most %(limit)s different reactions. Choose one that is already there."),
)
EMOJI_CHARS = _limit(
    "EMOJI_CHARS",
    32,
    CHARACTERS,
    _("Length of an emoji, in code points"),
    _("That is too long to be an emoji. Choose one from the list."),
)
TITLE_CHARS = _limit(
    "TITLE_CHARS",
    200,
    CHARACTERS,
    _("Length of a title"),
    _("A title can have at most %(limit)s characters; this one has %(value)s. Shorten it."),
)
TOPIC_CHARS = _limit(
    "TOPIC_CHARS",
    80,
    CHARACTERS,
    _("Length of a topic"),
    _("A topic can have at most %(limit)s characters; this one has %(value)s. Shorten it."),
)

TOPIC_ABOUT_CHARS = _limit(
    "TOPIC_ABOUT_CHARS",
    500,
    CHARACTERS,
    _("Length of what a topic is about"),
    _("What a topic is about can have at most %(limit)s characters; this has %(value)s. Shorten it."),
)

# ---- People and groups
NAME_CHARS = _limit(
    "NAME_CHARS",
    80,
    CHARACTERS,
    _("Length of a person's name"),
    _("A name can have at most %(limit)s characters; this one has %(value)s. Shorten it."),
)
HANDLE_CHARS = _limit(
    "HANDLE_CHARS",
    40,
    CHARACTERS,
    _("Length of a handle"),
    _("A handle can have at most %(limit)s characters; this one has %(value)s. Shorten it."),
)
EMAIL_CHARS = _limit(
    "EMAIL_CHARS",
    254,
    CHARACTERS,
    _("Length of an e-mail address"),
    _("An e-mail address can have at most %(limit)s characters; this one has %(value)s. Check it."),
)
PASSWORD_CHARS = _limit(
    "PASSWORD_CHARS",
    1_000,
    CHARACTERS,
    _("Length of a password"),
    _("A password can have at most %(limit)s characters. Choose a shorter one."),
)
BIO_CHARS = _limit(
    "BIO_CHARS",
    2_000,
    CHARACTERS,
    _("Length of “About me”"),
    _("“About me” can have at most %(limit)s characters; this has %(value)s. Shorten it."),
)
PROFILE_CHARS = _limit(
    "PROFILE_CHARS",
    120,
    CHARACTERS,
    _("Length of a job title, department or location"),
    _("This can have at most %(limit)s characters; it has %(value)s. Shorten it."),
)
GROUP_NAME_CHARS = _limit(
    "GROUP_NAME_CHARS",
    80,
    CHARACTERS,
    _("Length of a group's name"),
    _("A group's name can have at most %(limit)s characters; this one has %(value)s. Shorten it."),
)
DESCRIPTION_CHARS = _limit(
    "DESCRIPTION_CHARS",
    1_000,
    CHARACTERS,
    _("Length of a description"),
    _("A description can have at most %(limit)s characters; this one has %(value)s. Shorten it."),
)
LINK_DAYS = _limit(
    "LINK_DAYS",
    90,
    DAYS,
    _("Days for which a link into a group is good"),
    _("A link can be good for at most %(limit)s days."),
)
LINK_USES = _limit(
    "LINK_USES",
    10_000,
    TIMES,
    _("People who come into a group with one link"),
    _("At most %(limit)s people can come with one link."),
)
LINKS_PER_GROUP = _limit(
    "LINKS_PER_GROUP",
    20,
    ITEMS,
    _("Links into one group that can be used"),
    _("A group can have at most %(limit)s links. Take one back first."),
)
TABLE_BYTES = _limit(
    "TABLE_BYTES",
    262_144,
    BYTES,
    _("Size of a list of people as a CSV file"),
    _("The file is larger than %(limit)s. Send fewer people at once."),
)
CATEGORIES = _limit(
    "CATEGORIES",
    50,
    ITEMS,
    _("Categories of groups"),
    _("There can be at most %(limit)s categories. Take one away first."),
)
RULES_CHARS = _limit(
    "RULES_CHARS",
    5_000,
    CHARACTERS,
    _("Length of a group's rules"),
    _("The rules can have at most %(limit)s characters; these have %(value)s. Shorten them."),
)
ENROLLED_NAMES = _limit(
    "ENROLLED_NAMES",
    50,
    ITEMS,
    _("Departments, or places, whose colleagues are in a group"),
    _("A group can name at most %(limit)s of them; these are %(value)s."),
)
REQUEST_CHARS = _limit(
    "REQUEST_CHARS",
    500,
    CHARACTERS,
    _("Length of the note with a request or an invitation"),
    _("The note can have at most %(limit)s characters; this one has %(value)s. Shorten it."),
)
INVITATIONS_PER_DAY = _limit(
    "INVITATIONS_PER_DAY",
    200,
    TIMES,
    _("Invitations by one person in a day"),
    _("You can send at most %(limit)s invitations a day. Go on tomorrow, or ask an administrator."),
)
INVITATIONS_AT_ONCE = _limit(
    "INVITATIONS_AT_ONCE",
    50,
    ITEMS,
    _("Invitations in one go"),
    _("You can invite at most %(limit)s people in one go; this is %(value)s. Send them in parts."),
)
GROUPS_PER_DAY = _limit(
    "GROUPS_PER_DAY",
    50,
    TIMES,
    _("Groups made by one person in a day"),
    _("You can make at most %(limit)s groups a day. Go on tomorrow, or ask an administrator."),
)
POSTS_PER_MINUTE = _limit(
    "POSTS_PER_MINUTE",
    60,
    TIMES,
    _("Posts and replies by one person in a minute"),
    _("You can write at most %(limit)s posts and replies a minute. Wait a moment and send it again."),
)
AWAY_CHARS = _limit(
    "AWAY_CHARS",
    200,
    CHARACTERS,
    _("Length of a note about being away"),
    _("The note can have at most %(limit)s characters; this one has %(value)s. Shorten it."),
)
CONTACT_LISTS = _limit(
    "CONTACT_LISTS",
    100,
    ITEMS,
    _("Lists of people that someone keeps"),
    _("You can have at most %(limit)s lists. Delete one first."),
)
CONTACTS_PER_LIST = _limit(
    "CONTACTS_PER_LIST",
    500,
    ITEMS,
    _("People in one list"),
    _("A list holds at most %(limit)s people. Begin another one."),
)
LIST_NAME_CHARS = _limit(
    "LIST_NAME_CHARS",
    60,
    CHARACTERS,
    _("Length of a list's name"),
    _("A list's name can have at most %(limit)s characters; this one has %(value)s. Shorten it."),
)
PROFILE_FIELDS = _limit(
    "PROFILE_FIELDS",
    40,
    ITEMS,
    _("Fields that administrators add to profiles"),
    _("A profile can have at most %(limit)s fields of your own. Take one away first."),
)
SKILL_CHARS = _limit(
    "SKILL_CHARS",
    60,
    CHARACTERS,
    _("Length of a skill"),
    _("A skill can have at most %(limit)s characters; this one has %(value)s. Shorten it."),
)
SKILLS_PER_PERSON = _limit(
    "SKILLS_PER_PERSON",
    50,
    ITEMS,
    _("Skills of one person"),
    _("You can have at most %(limit)s skills. Remove one first."),
)
SILENCES = _limit(
    "SILENCES",
    500,
    ITEMS,
    _("People whom someone has muted or blocked"),
    _("You can mute or block at most %(limit)s people. Hear some of them again first."),
)
DELEGATES = _limit(
    "DELEGATES",
    30,
    ITEMS,
    _("People whom someone lets post in their name"),
    _("At most %(limit)s people can post for you. Take it back from someone first."),
)
PREFERENCE_KEYS = _limit(
    "PREFERENCE_KEYS",
    200,
    ITEMS,
    _("Settings that one person can store"),
    _("At most %(limit)s settings can be stored. Remove some."),
)

# ---- Care
REPORT_CHARS = _limit(
    "REPORT_CHARS",
    1_000,
    CHARACTERS,
    _("Length of a report"),
    _("A report can have at most %(limit)s characters; this one has %(value)s. Shorten it."),
)
REPORTS_PER_DAY = _limit(
    "REPORTS_PER_DAY",
    100,
    TIMES,
    _("Reports by one person in a day"),
    _("You can send at most %(limit)s reports a day. For something urgent, speak to a moderator."),
)
NOTE_CHARS = _limit(
    "NOTE_CHARS",
    2_000,
    CHARACTERS,
    _("Length of a moderator's note"),
    _("A note can have at most %(limit)s characters; this one has %(value)s. Shorten it."),
)
WORD_FILTER_CHARS = _limit(
    "WORD_FILTER_CHARS",
    100,
    CHARACTERS,
    _("Length of a word in the word filter"),
    _("A word or phrase can have at most %(limit)s characters; this one has %(value)s. Shorten it."),
)

# ---- Files
FILE_BYTES = _limit(
    "FILE_BYTES",
    50 * 1024 * 1024,
    BYTES,
    _("Size of a file"),
    _("A file can have at most %(limit)s; this one has %(value)s. Make it smaller or share a link to it."),
)
LARGE_FILE_BYTES = _limit(
    "LARGE_FILE_BYTES",
    1024**3,
    BYTES,
    _("Size of a file that is sent in parts, as large files are"),
    _("A file can have at most %(limit)s; this one has %(value)s. Make it smaller or share a link to it."),
)
FILES_UNDER_WAY = _limit(
    "FILES_UNDER_WAY",
    20,
    ITEMS,
    _("Files of one person that come in parts at the same time"),
    _("You can send at most %(limit)s large files at once. Wait for one of them, or take one back."),
)
AVATAR_BYTES = _limit(
    "AVATAR_BYTES",
    10 * 1024 * 1024,
    BYTES,
    _("Size of a portrait or a logo"),
    _("This picture can have at most %(limit)s; it has %(value)s. Choose a smaller one."),
)
IMAGE_PIXELS = _limit(
    "IMAGE_PIXELS",
    20_000_000,
    PIXELS,
    _("Pixels of a picture"),
    _("A picture can have at most %(limit)s pixels; this one has %(value)s. Make it smaller and try again."),
)
PHOTO_PIXELS = _limit(
    "PHOTO_PIXELS",
    80_000_000,
    PIXELS,
    _("Pixels of a photograph (JPEG), which is kept smaller"),
    _("A photograph can have at most %(limit)s pixels; this one has %(value)s. Make it smaller and try again."),
)
IMAGE_SIDE = _limit(
    "IMAGE_SIDE",
    16_000,
    PIXELS,
    _("Width or height of a picture"),
    _("A picture can be at most %(limit)s pixels wide or high; this one is %(value)s. Make it smaller."),
)
IMAGE_FRAMES = _limit(
    "IMAGE_FRAMES",
    500,
    ITEMS,
    _("Frames of a moving picture"),
    _("A moving picture can have at most %(limit)s frames; this one has %(value)s. Shorten it."),
)
ANIMATION_PIXELS = _limit(
    "ANIMATION_PIXELS",
    20_000_000,
    PIXELS,
    _("Pixels of a moving picture, all frames together"),
    _("A moving picture can have at most %(limit)s pixels in all its frames. Send it as a film (MP4)."),
)
FILE_NAME_CHARS = _limit(
    "FILE_NAME_CHARS",
    200,
    CHARACTERS,
    _("Length of a file's name"),
    _("A file's name can have at most %(limit)s characters; this one has %(value)s. Rename the file."),
)
ALT_TEXT_CHARS = _limit(
    "ALT_TEXT_CHARS",
    500,
    CHARACTERS,
    _("Length of a picture's description"),
    _("A picture's description can have at most %(limit)s characters; this one has %(value)s. Shorten it."),
)
FILE_TEXT_CHARS = _limit(
    "FILE_TEXT_CHARS",
    500_000,
    CHARACTERS,
    _("Text of one file that search can find; the rest is left out"),
    _("Search reads at most %(limit)s characters of a file."),
)
CAPTION_BYTES = _limit(
    "CAPTION_BYTES",
    512 * 1024,
    BYTES,
    _("Size of the captions of a film or a sound"),
    _("Captions can have at most %(limit)s; these have %(value)s."),
)
CAPTION_CUES = _limit(
    "CAPTION_CUES",
    10_000,
    ITEMS,
    _("Captions of a film or a sound in one language"),
    _("There can be at most %(limit)s captions; these are %(value)s."),
)
CAPTIONS_PER_FILE = _limit(
    "CAPTIONS_PER_FILE",
    20,
    ITEMS,
    _("Languages of the captions of one film"),
    _("A film can have captions in at most %(limit)s languages."),
)
FILE_VERSIONS = _limit(
    "FILE_VERSIONS",
    100,
    ITEMS,
    _("Versions of one file"),
    _("A file can have at most %(limit)s versions. Send it as a new file."),
)
FOLDERS = _limit(
    "FOLDERS",
    2_000,
    ITEMS,
    _("Folders in the library of one group"),
    _("A library can have at most %(limit)s folders."),
)
FOLDER_DEPTH = _limit(
    "FOLDER_DEPTH",
    10,
    LEVELS,
    _("Folders inside one another"),
    _("Folders can stand at most %(limit)s deep inside one another."),
)
FILES_PER_FOLDER = _limit(
    "FILES_PER_FOLDER",
    1_000,
    ITEMS,
    _("Files in one folder"),
    _("A folder can hold at most %(limit)s files. Make another one."),
)
FOLDER_NAME_CHARS = _limit(
    "FOLDER_NAME_CHARS",
    100,
    CHARACTERS,
    _("Length of a folder's name"),
    _("A folder's name can have at most %(limit)s characters; this one has %(value)s."),
)
ZIP_FILES = _limit(
    "ZIP_FILES",
    200,
    ITEMS,
    _("Files fetched at once as a ZIP"),
    _("You can fetch at most %(limit)s files at once."),
)
ZIP_BYTES = _limit(
    "ZIP_BYTES",
    2 * 1024 * 1024 * 1024,
    BYTES,
    _("Size of files fetched at once as a ZIP"),
    _("You can fetch at most %(limit)s at once; these have %(value)s."),
)
ARCHIVE_ENTRIES = _limit(
    "ARCHIVE_ENTRIES",
    10_000,
    ITEMS,
    _("Files in a ZIP or an office document"),
    _("A ZIP can hold at most %(limit)s files; this one has %(value)s. Send it in parts."),
)
ARCHIVE_BYTES = _limit(
    "ARCHIVE_BYTES",
    1024**3,
    BYTES,
    _("Size of a ZIP or an office document, unpacked"),
    _("A ZIP can unpack to at most %(limit)s. Send it in parts."),
)
UPLOADS_PER_DAY = _limit(
    "UPLOADS_PER_DAY",
    500,
    TIMES,
    _("Files sent by one person in a day"),
    _("You can send at most %(limit)s files a day. Go on tomorrow, or put them in a ZIP."),
)
UPLOADED_BYTES_PER_DAY = _limit(
    "UPLOADED_BYTES_PER_DAY",
    5 * 1024**3,
    BYTES,
    _("Size of all files sent by one person in a day"),
    _("You can send at most %(limit)s a day. Go on tomorrow, or share a link to it."),
)
PERSON_BYTES = _limit(
    "PERSON_BYTES",
    20 * 1024 * 1024 * 1024,
    BYTES,
    _("Size of all files of one person"),
    _("Your files have reached %(limit)s, as much as one person can keep. Delete some first."),
)
GROUP_BYTES = _limit(
    "GROUP_BYTES",
    100 * 1024 * 1024 * 1024,
    BYTES,
    _("Size of all files of one group"),
    _("The files of this group have reached %(limit)s, as much as one group can keep. Delete some first."),
)
REQUEST_BYTES = _limit(
    "REQUEST_BYTES",
    256 * 1024 * 1024,
    BYTES,
    _("Size of a whole request, all its files together"),
    _("A request can have at most %(limit)s. Send fewer files at once."),
)
FREE_DISK_BYTES = _limit(
    "FREE_DISK_BYTES",
    512 * 1024 * 1024,
    BYTES,
    _("Free space below which no more files are taken, so that posts still are"),
    _("The disk of this network is nearly full, so files cannot be taken now. Tell an administrator."),
)

# ---- Search
QUERY_CHARS = _limit(
    "QUERY_CHARS",
    200,
    CHARACTERS,
    _("Length of a search"),
    _("A search can have at most %(limit)s characters; this one has %(value)s. Use fewer words."),
)
QUERY_TERMS = _limit(
    "QUERY_TERMS",
    20,
    ITEMS,
    _("Words in a search"),
    _("A search can have at most %(limit)s words; this one has %(value)s. Keep the ones that matter most."),
)
SEARCH_RESULTS = _limit(
    "SEARCH_RESULTS",
    1_000,
    ITEMS,
    _("Results that can be paged through"),
    _("Only the first %(limit)s results can be shown. Add a word or a filter."),
)

# ---- Other systems
API_BODY_BYTES = _limit(
    "API_BODY_BYTES",
    1024 * 1024,
    BYTES,
    _("Size of a request to the API, files apart"),
    _("A request can have at most %(limit)s; this one has %(value)s. Send it in parts."),
)
API_IDS = _limit(
    "API_IDS",
    100,
    ITEMS,
    _("Items named in one request to the API"),
    _("A request can name at most %(limit)s items; this one names %(value)s. Send it in parts."),
)
PAGE_SIZE = _limit(
    "PAGE_SIZE",
    100,
    ITEMS,
    _("Items on one page of a list in the API"),
    _("A page can have at most %(limit)s items; you asked for %(value)s. Ask for fewer and follow “next”."),
)
IDEMPOTENCY_KEY_CHARS = _limit(
    "IDEMPOTENCY_KEY_CHARS",
    200,
    CHARACTERS,
    _("Length of an Idempotency-Key"),
    _("An Idempotency-Key can have at most %(limit)s characters; this one has %(value)s. Use a shorter one."),
)
API_TOKENS_PER_PERSON = _limit(
    "API_TOKENS_PER_PERSON",
    20,
    ITEMS,
    _("API tokens of one person"),
    _("You can have at most %(limit)s API tokens. Delete one that is no longer used."),
)

# ---- Moving in
IMPORT_BYTES = _limit(
    "IMPORT_BYTES",
    8 * 1024**3,
    BYTES,
    _("Size of an export to import"),
    _("An export can have at most %(limit)s; this one has %(value)s. Export a shorter period."),
)
IMPORT_ENTRIES = _limit(
    "IMPORT_ENTRIES",
    500_000,
    ITEMS,
    _("Files in an export to import"),
    _("An export can hold at most %(limit)s files; this one has %(value)s. Export a shorter period."),
)
IMPORT_UNPACKED_BYTES = _limit(
    "IMPORT_UNPACKED_BYTES",
    40 * 1024**3,
    BYTES,
    _("Size of an export, unpacked"),
    _("An export can unpack to at most %(limit)s; this one has %(value)s. Export a shorter period."),
)
IMPORT_ENTRY_BYTES = _limit(
    "IMPORT_ENTRY_BYTES",
    4 * 1024**3,
    BYTES,
    _("Size of one file in an export, unpacked"),
    _("A file in an export can unpack to at most %(limit)s; this one has %(value)s. Take it out of the export."),
)
IMPORT_RATIO = _limit(
    "IMPORT_RATIO",
    200,
    TIMES,
    _("How many times larger a file in an export may become when it is unpacked"),
    _("A file in this export grows %(value)s times when unpacked, more than the %(limit)s allowed. Check it."),
)
IMPORT_BODY_CHARS = _limit(
    "IMPORT_BODY_CHARS",
    1_000_000,
    CHARACTERS,
    _("Length of one imported message"),
    _("An imported message can have at most %(limit)s characters; this one has %(value)s."),
)


@checks.register
def check_settings(app_configs: Iterable[Any] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """`manage.py check` and the start refuse a limit that does not exist or is no number."""
    overrides = getattr(settings, "KRING_LIMITS", {})
    if not isinstance(overrides, dict):
        return [checks.Error("KRING_LIMITS must be an object of names and whole numbers.", id="kring.E001")]
    found: list[checks.CheckMessage] = []
    for name in overrides:
        if name not in _TABLE:
            found.append(checks.Error(f"KRING_LIMITS names {name!r}, which is no limit.", id="kring.E002"))
            continue
        try:
            check(_TABLE[name], 0)
        except ImproperlyConfigured as error:
            found.append(checks.Error(str(error), id="kring.E003"))
    return found
