"""What the API takes and gives. Only what stands here leaves or enters."""

from __future__ import annotations

from datetime import datetime
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
    width: int | None = None
    height: int | None = None
    created_at: datetime


class PostOut(Schema):
    """A post or a reply."""

    id: str
    url: str
    created_at: datetime
    edited_at: datetime | None
    author: Ref
    kind: str
    state: str
    body: str
    html: str
    group: Ref | None
    thread: str | None
    parent: str | None
    best_answer: str | None
    files: list[FileOut]
    counts: Counts
    my: Mine
    warnings: list[str] = Field(default_factory=list, description="What happened otherwise than asked, in sentences.")


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
    description: str
    visibility: Literal["public", "private", "secret"]
    join: Literal["open", "request", "invite"]
    archived: bool
    counts: dict[str, int]
    my: dict[str, Any]


class MemberOut(Schema):
    """A member."""

    person: Ref
    role: str
    joined_at: datetime
    guest: bool


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


class PostIn(Schema, extra="forbid"):
    """A new post."""

    body: str
    group: str | None = Field(None, description="Id of the group; without it, the whole company.")
    kind: Literal["status", "question", "announcement"] = "status"
    files: list[str] = Field(default_factory=list, description="Ids of files that you uploaded.")


class PostChange(Schema, extra="forbid"):
    """A new text for a post."""

    body: str


class ReplyIn(Schema, extra="forbid"):
    """A new reply."""

    body: str
    parent: str | None = Field(None, description="Id of the reply that this one answers.")
    files: list[str] = Field(default_factory=list)


class ReportIn(Schema, extra="forbid"):
    """What is wrong."""

    reason: str


class GroupIn(Schema, extra="forbid"):
    """A new group."""

    name: str
    description: str = ""
    visibility: Literal["public", "private", "secret"] = "public"
    join: Literal["open", "request", "invite"] | None = None


class GroupChange(Schema, extra="forbid"):
    """What changes of a group."""

    name: str | None = None
    description: str | None = None
    visibility: Literal["public", "private", "secret"] | None = None
    join: Literal["open", "request", "invite"] | None = None
    archived: bool | None = None
    open_history: bool = Field(False, description="When a private group becomes public: open its past as well.")


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
