"""Reads a Yammer / Viva Engage network export (Microsoft: "Export data from Viva Engage")."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from typing import IO, Any

from files.archives import members
from integrations.moving.marks import escape, from_yammer
from integrations.moving.records import Attached, Export, Member, Message, NotAnExport, Place, Talk, Trouble
from integrations.moving.tables import moment, rows, truth

_UPLOADED = re.compile(r"uploadedfile:(\d+)")
_GRAPH = re.compile(
    r"opengraphobject:\[\s*\d+\s*:\s*(\S+?)\s*(?::\s*title=\"(.*?)\")?\s*(?::\s*description=|\])", re.DOTALL
)
_PARTICIPANT = re.compile(r"user:(\d+)")

_KINDS = {"announcement": "announcement", "question": "question"}


def read(archive: zipfile.ZipFile) -> Export:
    """The export in a checked archive.

    Raises:
        NotAnExport: there is no Users.csv or no Messages.csv in it.
    """
    return _Reader(archive).export()


class _Reader:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        # Networks with external ones hold a folder for each; all of them are read.
        self.tables: dict[str, list[tuple[str, zipfile.ZipInfo]]] = {}
        self.files: dict[str, zipfile.ZipInfo] = {}
        for path, info in members(archive):
            folder, _slash, name = path.rpartition("/")
            if folder.split("/")[-1].lower() == "files":
                self.files[name.split(".")[0]] = info
            else:
                self.tables.setdefault(name.lower(), []).append((path, info))
        for needed in ("Users.csv", "Messages.csv"):
            if needed.lower() not in self.tables:
                raise NotAnExport(f"{needed} is missing: this is no Yammer export.")
        self.troubles: list[Trouble] = []
        self.file_names: dict[str, str] = {}

    def export(self) -> Export:
        members_ = {member.key: member for member in self.members()}
        places = {place.key: place for place in self.places()}
        for _line, _path, row in self.rows("files.csv"):
            self.file_names[row.get("file_id", "")] = row.get("name") or row.get("path", "").rpartition("/")[2]
        talks: dict[str, Talk] = {}
        total = 0
        for message in self.messages(self.troubles):
            total += 1
            if message.talk:
                talk = talks.setdefault(message.talk, Talk(message.talk))
                talk.members.add(message.author)
                talk.members.update(_PARTICIPANT.findall(message.source.get("participants", "")))
            elif message.place and message.place not in places:
                places[message.place] = Place(
                    message.place,
                    message.source.get("group_name", "") or f"Group {message.place}",
                    private=self.private(message),
                )
            if message.author not in members_:
                members_[message.author] = Member(
                    message.author,
                    message.source.get("sender_name", "") or f"Person {message.author}",
                    message.source.get("sender_email", ""),
                )
        return Export("yammer", members_, places, talks, lambda: self.messages(None), self.troubles, total)

    def rows(self, name: str, troubles: list[Trouble] | None = None) -> Iterator[tuple[int, str, dict[str, str]]]:
        for path, info in self.tables.get(name, ()):
            with self.archive.open(info) as stream:
                for line, row in rows(stream, path, troubles):
                    yield line, path, row

    def members(self) -> Iterator[Member]:
        for line, path, row in self.rows("users.csv", self.troubles):
            key = row.get("id", "").strip()
            if not key:
                self.troubles.append(Trouble(path, line, "a person without an id"))
                continue
            left = moment(row.get("deleted_at", "")) or moment(row.get("suspended_at", ""))
            gone = row.get("state", "active").strip().lower() not in ("active", "pending", "")
            joined = moment(row.get("joined_at", ""))
            yield Member(
                key=key,
                name=row.get("name", "").strip() or f"Person {key}",
                email=row.get("email", "").strip().lower(),
                job_title=row.get("job_title", ""),
                department=row.get("department", ""),
                location=row.get("location", ""),
                joined_at=joined,
                # soft_delete without dates is an invitation that was never taken up: a person to come.
                left_at=left if gone and left else None,
            )

    def places(self) -> Iterator[Place]:
        for line, path, row in self.rows("groups.csv", self.troubles):
            key = row.get("id", "").strip()
            if not key:
                self.troubles.append(Trouble(path, line, "a group without an id"))
                continue
            yield Place(
                key=key,
                name=row.get("name", "").strip() or f"Group {key}",
                description=row.get("description", ""),
                # Private unless the export says clearly that it is not.
                private=row.get("private", "").strip().lower() not in ("false", "0", "no", "f"),
                created_at=moment(row.get("created_at", "")),
                creator=row.get("creator_id", "") or row.get("created_by_id", ""),
                closed=truth(row.get("deleted", "")),
            )

    def private(self, message: Message) -> bool:
        """A group that only its messages name is private unless they say clearly that it is not."""
        return str(message.source.get("in_private_group", "")).strip().lower() not in ("false", "0", "no", "f")

    def messages(self, troubles: list[Trouble] | None) -> Iterator[Message]:
        seen: set[str] = set()
        for name in ("messages.csv", "messagethreadsoutbound.csv", "messagethreadsinbound.csv"):
            for line, path, row in self.rows(name, troubles):
                message = self.message(row)
                if isinstance(message, str):
                    if troubles is not None:
                        troubles.append(Trouble(path, line, message))
                    continue
                if message.key in seen:
                    if troubles is not None:
                        troubles.append(
                            Trouble(path, line, f"message {message.key} is there already; the first is kept")
                        )
                    continue
                seen.add(message.key)
                yield message

    def message(self, row: dict[str, str]) -> Message | str:
        """A message, or what is wrong with its line."""
        key = row.get("id", "").strip()
        created = moment(row.get("created_at", ""))
        author = row.get("sender_id", "").strip()
        if not key or not author:
            return "a message without an id or a sender"
        if created is None:
            return f"message {key} has no time that can be read"
        thread = row.get("thread_id", "").strip() or key
        flag = row.get("in_private_conversation", "").strip().lower()
        place = row.get("group_id", "").strip()
        # Private stays private: where nothing says clearly that it is not a private conversation, it is one.
        private = flag not in ("false", "0", "no", "f") if flag else bool(row.get("participants")) and not place
        if not flag and not place and not row.get("participants") and truth(row.get("in_private_group", "")):
            private = True
        attached, links = self.attached(row.get("attachments", ""))
        return Message(
            key=key,
            thread=thread,
            author=author,
            created_at=created,
            convert=lambda: _body(row, links),
            place="" if private else place,
            talk=thread if private else "",
            parent=row.get("replied_to_id", "").strip() if key != thread else "",
            kind=_KINDS.get(row.get("message_type", "").strip().lower(), "status") if key == thread else "status",
            deleted=bool(row.get("deleted_at", "").strip()),
            attached=attached,
            source=dict(row),
        )

    def attached(self, value: str) -> tuple[list[Attached], list[tuple[str, str]]]:
        """Files that are in the archive, and links."""
        if not value:
            return [], []
        found = []
        for key in _UPLOADED.findall(value):
            info = self.files.get(key)
            if info is not None:
                name = self.file_names.get(key) or info.filename.rpartition("/")[2]
                found.append(Attached(key, name, _opener(self.archive, info)))
        links = [
            (url.rstrip("]"), title or "")
            for url, title in _GRAPH.findall(value)
            if url.startswith(("http://", "https://"))
        ]
        return found, links


def _body(row: dict[str, str], links: list[tuple[str, str]]) -> str:
    """The text of a message, and the links that hang on it and do not stand in it."""
    plain = row.get("body", "")
    body = from_yammer(plain, row.get("html_body", ""))
    for url, title in links:
        if url not in plain:
            body += f"\n\n[{escape(title)}]({url})" if title else f"\n\n<{url}>"
    return body


def _opener(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Any:
    def opener() -> IO[bytes]:
        return archive.open(info)

    return opener
