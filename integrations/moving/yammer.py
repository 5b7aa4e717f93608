"""Reads a Yammer / Viva Engage network export (Microsoft: "Export data from Viva Engage")."""

from __future__ import annotations

import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import IO, Any

from files.archives import members
from integrations.moving.marks import escape, from_yammer, topic_word
from integrations.moving.records import Attached, Export, Member, Message, NotAnExport, Outline, Place, Talk, Trouble
from integrations.moving.tables import moment, rows, truth

_UPLOADED = re.compile(r"uploadedfile:(\d+)")
_GRAPH = re.compile(
    r"opengraphobject:\[\s*\d+\s*:\s*(\S+?)\s*(?::\s*title=\"(.*?)\")?\s*(?::\s*description=|\])", re.DOTALL
)
_TOPIC = re.compile(r"(?:topic|tag):(\d+)")
_NUMBER = re.compile(r"(\d+)/?\s*$")
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
        #: Names of topics by id; who liked a message; what it said before.
        self.topics: dict[str, str] = {}
        self.likes: dict[str, list[str]] = defaultdict(list)
        self.versions: dict[str, list[tuple[str, datetime]]] = defaultdict(list)

    def export(self) -> Export:
        members_ = {member.key: member for member in self.members()}
        places = {place.key: place for place in self.places()}
        for _line, _path, row in self.rows("files.csv"):
            self.file_names[row.get("file_id", "")] = row.get("name") or row.get("path", "").rpartition("/")[2]
        self.learn()
        talks: dict[str, Talk] = {}
        outline = Outline()
        for message in self.messages(self.troubles):
            outline.add(message)
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
        best = {row.get("message_id") or row.get("id", "") for _line, _path, row in self.rows("bestreplymessages.csv")}
        return Export(
            "yammer", members_, places, talks, lambda: self.messages(None), outline, self.troubles, best - {""}
        )

    def learn(self) -> None:
        """What stands beside the messages: names of topics, who liked what, what was said before a change."""
        for _line, _path, row in self.rows("topics.csv", self.troubles):
            found = _NUMBER.search(row.get("id") or row.get("topic_id") or row.get("link") or row.get("url") or "")
            name = row.get("name") or row.get("topic") or row.get("normalized_name") or ""
            if found and name.strip():
                self.topics[found[1]] = name.strip()
        for line, path, row in self.rows("likedmessages.csv", self.troubles):
            who = row.get("liker_id") or row.get("liked_by_id") or row.get("user_id") or ""
            if not who:
                self.troubles.append(Trouble(path, line, "it does not say who liked it"))
                continue
            self.likes[row.get("message_id") or row.get("id", "")].append(who.strip())
        for line, path, row in self.rows("messageversions.csv", self.troubles):
            key, at = row.get("message_id") or row.get("id", ""), moment(row.get("created_at", ""))
            if not key or at is None:
                self.troubles.append(Trouble(path, line, "a version without a message or a time"))
                continue
            self.versions[key].append((row.get("body", ""), at))

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
            convert=lambda: self.body(row, links),
            place="" if private else place,
            talk=thread if private else "",
            parent=row.get("replied_to_id", "").strip() if key != thread else "",
            kind=_KINDS.get(row.get("message_type", "").strip().lower(), "status") if key == thread else "status",
            deleted=bool(row.get("deleted_at", "").strip()),
            closed=truth(row.get("closed", "")),
            reactions=[("👍", who) for who in self.likes.get(key, ())],
            **self.changes(key, row),
            attached=attached,
            source=row,
        )

    def changes(self, key: str, row: dict[str, str]) -> dict[str, Any]:
        """When it was last changed, and what it said before."""
        found = sorted(self.versions.get(key, ()), key=lambda version: version[1])
        if not found:
            return {}
        last = found[-1][1]
        # The newest version is what the message says now, where the export counts that one too.
        before = found[:-1] if found[-1][0].strip() == row.get("body", "").strip() else found
        texts = [(from_yammer(text, topics=self.topics), at) for text, at in before]
        return {"edited_at": last, "versions": texts} if texts else {}

    def body(self, row: dict[str, str], links: list[tuple[str, str]]) -> str:
        """The text of a message, and the links and topics that hang on it and do not stand in it."""
        plain = row.get("body", "")
        body = from_yammer(plain, row.get("html_body", ""), topics=self.topics)
        for url, title in links:
            if url not in plain:
                body += f"\n\n[{escape(title)}]({url})" if title else f"\n\n<{url}>"
        if listed := row.get("topics") or row.get("tags"):
            words = [topic_word(self.topics.get(key, "")) for key in _TOPIC.findall(listed)]
            words = [word for word in dict.fromkeys(words) if word and word.lower() not in body.lower()]
            body += "\n\n" + " ".join(words) if words else ""
        return body

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


def _opener(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Any:
    def opener() -> IO[bytes]:
        return archive.open(info)

    return opener
