"""What the API takes and gives. Only what stands here leaves or enters."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from ninja import Field, Schema


class Ref(Schema):
    """A person or a place, named."""

    id: str
    name: str


class Counts(Schema):
    """How much there is of what hangs on a post."""

    replies: int
    reactions: dict[str, int]


class Mine(Schema):
    """What is mine on a post, and what I may do with it."""

    reactions: list[str]
    bookmarked: bool
    may: list[str]


class FileOut(Schema):
    """A file."""

    id: str
    url: str
    name: str
    kind: str
    content_type: str
    size: int
    alt: str
    #: The virus scanner's word: waiting, clean, infected, closed, unchecked, or empty where there is no scanner.
    scan: str
    #: processing (a large picture or film is being prepared), ready, or refused (it could not be read).
    state: str
    #: Whether its bytes are given now.
    given: bool
    #: Languages of its captions; each is at `url` + "captions/" + language + "/".
    captions: list[str]
    #: Which version this is, from 1; the earlier ones are at /files/{id}/versions.
    version: int
    width: int | None = None
    height: int | None = None
    created_at: datetime


class MyFiles(Schema):
    """One page of my files, and how much room they and all others of mine take, in bytes."""

    items: list[FileOut]
    next: str | None = None
    used: int
    quota: int


class FolderOut(Schema):
    """A folder of a library; `inside` is the folder it stands in, null for the library itself."""

    id: str
    name: str
    inside: str | None = None


class FolderIn(Schema):
    """A new folder."""

    name: str
    inside: str | None = None


class FileChange(Schema):
    """The words that stand for a picture."""

    alt: str


class FolderChange(Schema):
    """Another name for a folder."""

    name: str


class FilePlace(Schema):
    """The folder that a file of the library goes into, null for the library itself."""

    folder: str | None = None


class LibraryFilesIn(Schema):
    """Files that I uploaded and that hang nowhere yet, and the folder they go into."""

    files: list[str]
    folder: str | None = None


class Library(Schema):
    """All folders that I may know, and one page of the files in one of them."""

    folders: list[FolderOut]
    items: list[FileOut]
    next: str | None = None


class CaptionsIn(Schema):
    """Captions as WebVTT or SubRip."""

    captions: str


class PollOut(Schema):
    """A poll as you may see it; the votes are null where you see them only after voting."""

    options: list[str]
    votes: list[int] | None
    voters: int
    mine: list[int]
    many: bool
    anonymous: bool
    closes_at: datetime | None
    closed: bool


class BallotOut(Schema):
    """Who voted, and the places of the answers they chose."""

    person: Ref
    chosen: list[int]


class Ballots(Schema):
    """A page of votes."""

    items: list[BallotOut]
    next: str | None


class PlayerOut(Schema):
    """Where a link is played, if a person agrees that their browser asks that host."""

    host: str
    embed_url: str


class PreviewOut(Schema):
    """What the page behind a link says of itself, or, where it says nothing that is known, its player alone."""

    id: str | None = Field(description="Null for a link of which nothing is known but its player.")
    url: str
    title: str
    description: str
    picture: FileOut | None
    player: PlayerOut | None = Field(
        description="Null where it has none that administrators allow. Ask the person before you load it."
    )


class LookIn(Schema, extra="forbid"):
    """A text that is being written."""

    body: str
    group: str | None = Field(None, description="The group it is meant for; null for everyone.")


class LookOut(Schema):
    """What the page behind a link says of itself."""

    url: str
    host: str
    title: str
    description: str


class Looks(Schema):
    """What is known of the links of a text; of some more may be known in a moment."""

    items: list[LookOut]
    waiting: int


class ConsentOut(Schema):
    """A host whose players load by themselves for me."""

    host: str
    since: datetime
    allowed: bool = Field(description="Whether administrators allow its players now; else nothing of it loads.")


class Consents(Schema):
    """The hosts whose players load by themselves for me, by name."""

    items: list[ConsentOut]


class InsideOut(Schema):
    """A page of ours that a post links to, where I may see it."""

    url: str
    kind: str = Field(description="feed.post, groups.group, people.person or knowledge.page.")
    title: str
    about: str


class PraiseOut(Schema):
    """Whom a post praises."""

    badge: str
    people: list[Ref]


class EventOut(Schema):
    """An event: when and where. Of whole days the times are midnights of its own time zone, the end not included."""

    title: str
    starts_at: datetime
    ends_at: datetime
    all_day: bool
    time_zone: str
    place: str
    link: str
    #: How many go, perhaps go, and do not.
    going: int
    maybe: int
    declined: int
    #: What I answered: "going", "maybe", "no", or null.
    my_answer: str | None
    #: Why it does not take place; null while it does.
    cancelled: str | None


class Because(Schema):
    """Why a post stands in my feed."""

    kind: Literal["person", "topic", "thread", "group"]
    name: str = Field(description="The person or the topic that I follow; empty for a thread and for a group of mine.")


class PostOut(Schema):
    """A post or a reply."""

    id: str
    url: str
    created_at: datetime
    edited_at: datetime | None
    author: Ref
    written_by: Ref | None = Field(description="Who wrote it in the author's name; null where that is the author.")
    kind: str
    state: str
    body: str
    html: str
    group: Ref | None
    thread: str | None
    parent: str | None
    best_answer: str | None
    accepted: bool = Field(False, description="Whether it is an answer that solves its question; the last is the best.")
    files: list[FileOut]
    praise: PraiseOut | None
    links: list[PreviewOut]
    inside: list[InsideOut]
    event: EventOut | None
    counts: Counts
    my: Mine
    because: Because | None = Field(None, description="Why it stands here, in a feed that is ranked.")
    warnings: list[str] = Field(default_factory=list, description="What happened otherwise than asked, in sentences.")


class MoveOut(Schema):
    """Who could read a discussion elsewhere and cannot now, and the other way round: how many, and some of them."""

    gained: int
    gain: list[Ref]
    lost: int
    lose: list[Ref]


class MoveIn(Schema):
    """Where a discussion shall be: a group, or (null) the whole company."""

    group: str | None = None
    gaining: int | None = Field(None, description="How many people more may read it, as you were told and confirm.")


class SplitIn(Schema):
    """Answers that become a discussion of their own."""

    answers: list[str]


class MergeIn(Schema):
    """The discussion that another becomes a part of."""

    into: str


class WatchIn(Schema, extra="forbid"):
    """What I want to hear of a discussion; `snooze` takes the moment when it comes back."""

    level: Literal["follow", "mute", "snooze"]
    until: datetime | None = None


class WatchOut(Schema):
    """What I want to hear of a discussion: null for the usual."""

    level: Literal["follow", "mute", "snooze"] | None
    until: datetime | None


class TopicOut(Schema):
    """A topic: its `name` as it is looked up, its `label` as it is written."""

    name: str
    label: str
    url: str
    description: str
    following: bool
    may_edit: bool


class Topics(Schema):
    """Topics that I see, most used first."""

    items: list[TopicOut]


class TopicChange(Schema, extra="forbid"):
    """Another name, what it is about, or both."""

    name: str | None = None
    description: str | None = None
    merging: bool = Field(False, description="Whether it may become one with the topic that has the name already.")


class VersionOut(Schema):
    """What a post said before."""

    body: str
    from_: datetime = Field(alias="from")
    until: datetime
    by: Ref | None


class GroupOut(Schema):
    """A group."""

    id: str
    url: str
    created_at: datetime
    name: str
    handle: str = Field(description="What stands behind the @ that mentions its members; empty where it has none.")
    description: str
    visibility: Literal["public", "private", "secret"]
    join: Literal["open", "request", "invite"]
    archived: bool
    picture: str | None = Field(description="Address of its sign; null for its initial.")
    cover: str | None = Field(description="Address of the picture over its page; null for none.")
    rules: str
    category: Ref | None
    posting: Literal["all", "leads"] = Field(description="Who begins discussions; every member answers.")
    history: Literal["all", "joining"] = Field(description="What newcomers see: all, or what comes after them.")
    enrolment: Literal["", "default", "mandatory"] = Field(description="Whether colleagues are in it without asking.")
    enrolled_departments: list[str] = Field(description="Those of which departments; empty for all.")
    enrolled_locations: list[str] = Field(description="Those of which places; empty for all.")
    counts: dict[str, int]
    my: dict[str, Any] = Field(description="My role, what is unread, whether I read it, and what I may do.")


class MemberOut(Schema):
    """A member."""

    person: Ref
    role: str
    joined_at: datetime
    guest: bool
    enrolled: bool = Field(description="Came by what the company says of them, and goes with it.")


class PersonOut(Schema):
    """A person."""

    id: str
    url: str
    created_at: datetime
    name: str
    handle: str
    email: str | None
    job_title: str
    department: str
    location: str
    phone: str
    pronouns: str
    bio: str
    time_zone: str
    manager: Ref | None
    active: bool
    guest: bool
    picture: str | None
    here: bool = Field(False, description="Here now, as far as I may see it.")
    birthday: str = Field("", description="The day without the year, 05-31, of those who want it known.")
    started_on: date | None = Field(None, description="At the company since, of those who want it known.")
    away_from: date | None = Field(None, description="Out of the office from this day.")
    away_until: date | None = Field(None, description="Out of the office until and with this day.")
    away_note: str = Field("", description="What to know meanwhile.")
    deputy: Ref | None = Field(None, description="Who stands in meanwhile.")
    fields: dict[str, str] = Field(default_factory=dict, description="The company's own fields, by their ids.")


class LineOut(Schema):
    """Where someone stands: who is above them, the highest first, and a page of who reports to them."""

    managers: list[Ref]
    reports: list[Ref]
    next: str | None


class FieldOut(Schema):
    """A field of profiles that the company defined."""

    id: str
    name: str
    kind: Literal["text", "long", "link", "date", "choice"]
    choices: list[str]
    seen: Literal["all", "colleagues", "admins"]
    edit: Literal["person", "admins", "sync"]
    place: int


class FieldIn(Schema, extra="forbid"):
    """A field of profiles: as it will be."""

    name: str
    kind: Literal["text", "long", "link", "date", "choice"] = "text"
    choices: list[str] = Field(default_factory=list, description="To choose from, of a choice.")
    seen: Literal["all", "colleagues", "admins"] = Field("colleagues", description="Who sees it; all: guests too.")
    edit: Literal["person", "admins", "sync"] = Field("person", description="sync: the directory, locked here.")
    place: int = Field(100, ge=0, le=1000, description="Smaller numbers stand higher.")


class RuleIn(Schema, extra="forbid"):
    """Who fills in a line that every profile has, and who sees it."""

    edit: Literal["person", "admins", "sync"]
    seen: Literal["all", "colleagues", "admins"] | None = Field(None, description="Of phone and pronouns alone.")


class RuleOut(Schema):
    """Who fills in a line that every profile has, and who sees it."""

    edit: Literal["person", "admins", "sync"]
    seen: Literal["all", "colleagues", "admins"]


class Fields(Schema):
    """All of them."""

    items: list[FieldOut]
    columns: dict[str, RuleOut] = Field(description="The lines that every profile has.")


class Refs(Schema):
    """A page of people."""

    items: list[Ref]
    next: str | None


class PersonChange(Schema, extra="forbid"):
    """What changes of a profile. An administrator's token also fills in what is left to the company's directory."""

    name: str | None = None
    job_title: str | None = None
    department: str | None = None
    location: str | None = None
    phone: str | None = None
    pronouns: str | None = None
    bio: str | None = Field(None, description="About me, in Markdown.")
    birthday: str | None = Field(None, description="05-31; empty to tell nobody.")
    started_on: date | None = Field(None, description="At the company since; null to tell nobody.")
    time_zone: str | None = Field(None, description="Europe/Brussels; empty for that of the network.")
    language: str | None = Field(None, description="en, nl, de or fr; empty for the browser's.")
    shows_presence: bool | None = Field(None, description="Whether others see that I am here.")
    manager: str | None = Field(None, description="Id of the person they report to; empty for nobody.")
    fields: dict[str, str] | None = Field(None, description="The company's own fields, by their ids.")


class LinkOut(Schema):
    """A link that lets colleagues into a group."""

    id: str
    url: str
    by: Ref
    expires_at: datetime
    uses: int
    most: int


class Links(Schema):
    """Those that can be used: mine, and all for who looks after the group."""

    items: list[LinkOut]


class LinkIn(Schema, extra="forbid"):
    """A new link."""

    days: int = 7
    most: int = 100


class InvitationOut(Schema):
    """An invitation into a group that waits for its answer."""

    id: str
    person: Ref | None = Field(description="Whom, if they are here; else there is an address.")
    email: str | None
    by: Ref
    created_at: datetime
    expires_at: datetime
    expired: bool = Field(description="Its time is over; it can be sent again.")


class Invitations(Schema):
    """A page of invitations: mine, and all for who looks after the group."""

    items: list[InvitationOut]
    next: str | None


class InvitationIn(Schema, extra="forbid"):
    """Whom to ask in: someone here, or an address."""

    person: str | None = Field(None, description="Id of a person; or")
    email: str | None = Field(None, description="an address: of someone here, of a colleague to be, or of a guest.")
    guest_until: date | None = Field(None, description="The last day of a guest; null for no end.")


class RequestOut(Schema):
    """Someone asks to be let in."""

    id: str
    person: Ref
    message: str
    created_at: datetime


class Requests(Schema):
    """A page of requests, the longest waiting first."""

    items: list[RequestOut]
    next: str | None


class DecisionIn(Schema, extra="forbid"):
    """Yes or no to a request, with a word to whom it is told."""

    accept: bool
    answer: str = ""


class CategoryIn(Schema, extra="forbid"):
    """A shelf of the directory of groups."""

    name: str
    place: int = Field(100, ge=0, le=1000, description="Smaller numbers stand first.")


class Categories(Schema):
    """The shelves of the directory of groups."""

    items: list[Ref]


class ListOut(Schema):
    """A list of people of my own."""

    id: str
    name: str | None = Field(description="Null for the favourites.")
    people: list[Ref]


class Lists(Schema):
    """All my lists."""

    items: list[ListOut]


class ListIn(Schema, extra="forbid"):
    """A new list."""

    name: str


class SkillOut(Schema):
    """Something that people here know."""

    id: str
    name: str
    url: str
    people: int


class BestAnswers(Schema):
    """The best answers about something, the last first."""

    items: list[PostOut]


class KnowerOut(Schema):
    """Someone who knows it."""

    person: Ref
    endorsements: int


class ClaimOut(Schema):
    """What someone knows."""

    skill: Ref
    endorsements: int
    mine: bool = Field(description="Whether I vouch for it.")


class SilenceOut(Schema):
    """Someone of whom I want to hear nothing."""

    person: Ref
    level: Literal["mute", "block"]
    since: datetime


class HitOut(Schema):
    """Something found."""

    id: str
    url: str
    kind: str
    title: str
    snippet: str
    created_at: datetime | None
    author: Ref | None
    group: Ref | None


class NoticeOut(Schema):
    """A line of the bell."""

    id: str
    url: str
    kind: str
    created_at: datetime
    unread: bool
    count: int
    actor: Ref | None
    text: str


class Posts(Schema):
    """A page of posts."""

    items: list[PostOut]
    next: str | None


class Versions(Schema):
    """Earlier versions."""

    items: list[VersionOut]
    next: str | None


class Groups(Schema):
    """A page of groups."""

    items: list[GroupOut]
    next: str | None


class Members(Schema):
    """A page of members."""

    items: list[MemberOut]
    next: str | None


class People(Schema):
    """A page of people."""

    items: list[PersonOut]
    next: str | None


class Skills(Schema):
    """A page of skills."""

    items: list[SkillOut]
    next: str | None


class Knowers(Schema):
    """A page of those who know something."""

    items: list[KnowerOut]
    next: str | None


class Claims(Schema):
    """What someone knows, all of it."""

    items: list[ClaimOut]


class Silences(Schema):
    """A page of those of whom I want to hear nothing."""

    items: list[SilenceOut]
    next: str | None


class Hits(Schema):
    """A page of what was found."""

    items: list[HitOut]
    next: str | None
    suggestion: str | None
    degraded: bool


class Notices(Schema):
    """A page of the bell."""

    items: list[NoticeOut]
    next: str | None
    unread: int


class ToldOut(Schema):
    """Whether one is told of a kind of thing in one place."""

    offered: bool = Field(description="Whether it is told there at all.")
    wanted: bool
    fixed: bool = Field(description="Whether it cannot be chosen.")


class KindOut(Schema):
    """A kind of thing that one is told of, and where."""

    kind: str
    label: str
    bell: ToldOut
    mail: ToldOut
    push: ToldOut


class NotificationSettings(Schema):
    """What one is told of; mail and push count as far as the network has them switched on."""

    items: list[KindOut]
    mail_on: bool
    push_on: bool


class Wish(Schema, extra="forbid"):
    """What one wants to be told of a kind; what is not named stays."""

    kind: str
    bell: bool | None = None
    mail: bool | None = None
    push: bool | None = None


class Wishes(Schema, extra="forbid"):
    """Some kinds, each with what one wants."""

    items: list[Wish]


class PushDevice(Schema):
    """A browser that is sent messages while no page is open."""

    id: str
    name: str
    made_at: datetime
    used_at: datetime


class PushDevices(Schema):
    """My devices, that which was used last first."""

    items: list[PushDevice]


class Unread(Schema):
    """How many lines are new."""

    unread: int


class ReportOut(Schema):
    """A report was taken."""

    id: str


class Problem(Schema):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    errors: dict[str, list[str]] | None = None


class PollIn(Schema, extra="forbid"):
    """What a new poll asks."""

    options: list[str] = Field(description="The answers to choose from, at least two.")
    many: bool = Field(False, description="Whether one may choose several.")
    anonymous: bool = Field(False, description="Whether no voter is kept.")
    hidden: bool = Field(False, description="Whether one sees the result only after voting.")
    closes_at: datetime | None = None


class PraiseIn(Schema, extra="forbid"):
    """Whom a new post praises."""

    badge: Literal["thanks", "teamwork", "help", "idea", "craft", "courage", "care", "goal"] = "thanks"
    people: list[str] = Field(description="Ids of people who can read the post.")


class VoteIn(Schema, extra="forbid"):
    """A vote: another answer, or the same again to take it back."""

    option: int = Field(description="The place of the answer, from 0.")


class EventIn(Schema, extra="forbid"):
    """What an event is, when and where."""

    title: str
    starts_at: datetime = Field(description="With an offset, or by the clock of `time_zone`.")
    ends_at: datetime | None = Field(None, description="Without it, an hour, or one whole day.")
    all_day: bool = Field(False, description="Whether it takes whole days: those of the two moments in `time_zone`.")
    time_zone: str = Field("", description="Such as Europe/Brussels; without it, my own.")
    place: str = ""
    link: str = Field("", description="Where one joins from afar (http or https).")


class EventChange(Schema, extra="forbid"):
    """What shall be otherwise; the rest stays."""

    title: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    all_day: bool | None = None
    time_zone: str | None = None
    place: str | None = None
    link: str | None = None


class CancelIn(Schema, extra="forbid"):
    """Why it does not take place."""

    why: str


class AnswerIn(Schema, extra="forbid"):
    """Whether I come."""

    answer: Literal["going", "maybe", "no"]


class AnswerOut(Schema):
    """Someone's answer to an event."""

    person: Ref
    answer: str


class Answers(Schema):
    """A page of answers."""

    items: list[AnswerOut]
    next: str | None


class PostIn(Schema, extra="forbid"):
    """A new post."""

    body: str
    group: str | None = Field(None, description="Id of the group; without it, the whole company.")
    kind: Literal["status", "question", "announcement", "poll", "praise", "event"] = "status"
    files: list[str] = Field(default_factory=list, description="Ids of files that you uploaded.")
    poll: PollIn | None = Field(None, description="What a poll asks.")
    praise: PraiseIn | None = Field(None, description="Whom praise is for.")
    event: EventIn | None = Field(None, description="What an event is, when and where.")
    days: int | None = Field(None, ge=1, description="Days an announcement stays on top for who has not seen it.")
    mail: bool = Field(True, description="Whether an announcement goes out by mail too, to those who want that.")
    on_behalf_of: str | None = Field(None, description="Id of the person in whose name you post.")


class DraftIn(Schema, extra="forbid"):
    """Something to be said later."""

    body: str = ""
    group: str | None = Field(None, description="Id of the group; without it and `to`, the whole company.")
    to: str | None = Field(None, description="Id of the post or reply that it answers.")
    kind: Literal["status", "question", "announcement", "poll", "praise", "event"] = "status"
    files: list[str] = Field(default_factory=list, description="Ids of files that you uploaded.")
    poll: PollIn | None = Field(None, description="What a poll asks.")
    event: EventIn | None = Field(None, description="What an event is, when and where.")
    praise: PraiseIn | None = Field(None, description="Whom praise is for.")
    days: int | None = Field(None, ge=1, description="Days an announcement stays on top for who has not seen it.")
    mail: bool = Field(True, description="Whether an announcement goes out by mail too, to those who want that.")
    due_at: datetime | None = Field(None, description="When it shall be said by itself.")
    on_behalf_of: str | None = Field(None, description="Id of the person in whose name it shall be said.")


class DraftChange(Schema, extra="forbid"):
    """Other words for a draft, or other files."""

    body: str | None = None
    files: list[str] | None = None


class ScheduleIn(Schema, extra="forbid"):
    """When a draft shall be said."""

    due_at: datetime


class DraftEvent(Schema):
    """An event as far as it is written; its times are those of the clock of `time_zone`."""

    title: str
    starts_at: str | None
    ends_at: str | None
    all_day: bool
    time_zone: str
    place: str
    link: str


class DraftOut(Schema):
    """Something written and not said. Whether it may be said there is asked when it is."""

    id: str
    body: str
    group: Ref | None
    everyone: bool = Field(description="Whether it is meant for the whole company.")
    to: str | None
    kind: str
    days: int | None
    mail: bool
    poll: PollIn | None
    praise: PraiseIn | None
    event: DraftEvent | None
    files: list[str]
    on_behalf_of: Ref | None = Field(description="In whose name it shall be said; null for my own.")
    due_at: datetime | None
    failed: str = Field(description="Why it could not be said at its hour; empty if it was not tried.")
    updated_at: datetime


class Drafts(Schema):
    """A page of drafts."""

    items: list[DraftOut]
    next: str | None


class CloseIn(Schema, extra="forbid"):
    """Why a discussion is closed."""

    why: str


class Reach(Schema):
    """Who has seen a post: how many have and have not, and a page of those who were asked for."""

    seen: int
    not_seen: int
    not_delivered: int = Field(description="Have not, and mail to them was refused for good, or their device is gone.")
    items: list[Ref]
    next: str | None


class PostChange(Schema, extra="forbid"):
    """A new text for a post; of praise also others whom it praises, or another badge."""

    body: str
    praise: PraiseIn | None = None


class ReplyIn(Schema, extra="forbid"):
    """A new reply."""

    body: str
    parent: str | None = Field(None, description="Id of the reply that this one answers.")
    files: list[str] = Field(default_factory=list)
    on_behalf_of: str | None = Field(None, description="Id of the person in whose name you answer.")


class DelegateIn(Schema, extra="forbid"):
    """Who may post for me."""

    person: str = Field(description="Id of a colleague.")
    until: date | None = Field(None, description="The last day of it; null for no end.")


class DelegateOut(Schema):
    """Someone who may post for me, or for whom I may."""

    person: Ref
    until: date | None
    holds: bool = Field(description="Whether it holds now: nobody is suspended, and the last day has not passed.")


class Delegates(Schema):
    """Those who may post for me, or for whom I may, by name."""

    items: list[DelegateOut]


class SkillIn(Schema, extra="forbid"):
    """Something I know."""

    name: str


class SilenceIn(Schema, extra="forbid"):
    """How much to hear nothing of someone."""

    level: Literal["mute", "block"] = "mute"


class AwayIn(Schema, extra="forbid"):
    """Out of the office."""

    since: date
    until: date
    note: str = ""
    deputy: str | None = Field(None, description="Id of the colleague who stands in.")


class ReportIn(Schema, extra="forbid"):
    """What is wrong."""

    reason: str


class GroupIn(Schema, extra="forbid"):
    """A new group."""

    name: str
    description: str = ""
    visibility: Literal["public", "private", "secret"] = "public"
    join: Literal["open", "request", "invite"] | None = None
    rules: str = ""
    posting: Literal["all", "leads"] = "all"
    history: Literal["all", "joining"] = Field("all", description="What newcomers see: all, or what comes after them.")
    category: str | None = Field(None, description="Id of a category.")
    handle: str = Field("", description="What stands behind the @ that mentions it; empty for one made of its name.")
    successor: str | None = Field(None, description="Id of who owns it when its last owner has left.")


class GroupChange(Schema, extra="forbid"):
    """What changes of a group."""

    name: str | None = None
    handle: str | None = Field(None, description="Empty for one made of its name.")
    description: str | None = None
    visibility: Literal["public", "private", "secret"] | None = None
    join: Literal["open", "request", "invite"] | None = None
    rules: str | None = None
    category: str | None = Field(None, description="Id of a category; empty for none.")
    history: Literal["all", "joining"] | None = None
    successor: str | None = Field(None, description="Id of who owns it when its last owner has left; empty for none.")
    posting: Literal["all", "leads"] | None = None
    enrolment: Literal["", "default", "mandatory"] | None = Field(None, description="By administrators.")
    enrolled_departments: list[str] | None = Field(None, description="By administrators; empty for all.")
    enrolled_locations: list[str] | None = Field(None, description="By administrators; empty for all.")
    archived: bool | None = None
    open_history: bool = Field(False, description="When a private group becomes public: open its past as well.")


class Export(Schema):
    """Where a copy of a group can be fetched, by whoever asked for it, signed in."""

    url: str
    until: datetime


class GroupDelete(Schema, extra="forbid"):
    """That a group is meant to be deleted."""

    name: str = Field(description="The name of the group, as a sign that it is meant.")


class DeletedGroup(Schema):
    """A deleted group."""

    id: str
    name: str
    deleted_at: datetime
    deleted_by: Ref | None
    until: datetime = Field(description="It can be brought back until then.")


class DeletedGroups(Schema):
    """A page of deleted groups."""

    items: list[DeletedGroup]
    next: str | None


class MemberIn(Schema, extra="forbid"):
    """A person to add, or another role for a member."""

    person: str
    role: Literal["owner", "moderator", "member"] = "member"


class JoinIn(Schema, extra="forbid"):
    """A request to join."""

    message: str = ""


class ReadIn(Schema, extra="forbid"):
    """Which lines of the bell; without ids all of them."""

    ids: list[str] | None = None
