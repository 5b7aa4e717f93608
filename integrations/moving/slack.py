"""Reads a Slack export (Slack: "How to read Slack data exports")."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import IO, Any

from core import limits
from files.archives import members
from files.archives import read as read_member
from integrations.moving.marks import escape, from_slack
from integrations.moving.records import Attached, Export, Member, Message, NotAnExport, Outline, Place, Talk, Trouble
from integrations.moving.tables import moment

#: Messages that Slack wrote itself: comings and goings, topics, names.
_NOISE = frozenset(
    (
        *("channel_join", "channel_leave", "channel_topic", "channel_purpose", "channel_name", "channel_archive"),
        *("channel_unarchive", "group_join", "group_leave", "group_topic", "group_purpose", "group_name"),
        *("group_archive", "group_unarchive", "pinned_item", "unpinned_item", "bot_add", "bot_remove", "tombstone"),
        *(
            "channel_convert_to_private",
            "channel_convert_to_public",
            "reminder_add",
            "huddle_thread",
            "joiner_notification",
        ),
    )
)

#: The id of a file in its path, as the tools write it that add files to an export.
_FILE = re.compile(r"(?:^|/)(F[A-Z0-9]{6,})(?=[-/._])")


def read(archive: zipfile.ZipFile) -> Export:
    """The export in a checked archive.

    Raises:
        NotAnExport: there is no users.json, or no list of channels.
    """
    return _Reader(archive).export()


class _Reader:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.entries = dict(members(archive))
        # Some tools pack the export in one folder.
        tops = {path.split("/")[0] for path in self.entries}
        self.prefix = "" if "users.json" in self.entries else f"{next(iter(tops))}/" if len(tops) == 1 else ""
        if f"{self.prefix}users.json" not in self.entries:
            raise NotAnExport("users.json is missing: this is no Slack export.")
        if not any(f"{self.prefix}{name}.json" in self.entries for name in ("channels", "groups", "dms", "mpims")):
            raise NotAnExport("channels.json is missing: this is no Slack export.")
        self.files_by_id = {
            found[1]: info for path, info in self.entries.items() if (found := _FILE.search(path)) is not None
        }
        self.troubles: list[Trouble] = []
        self.names: dict[str, str] = {}
        #: When a message was pinned.
        self.pins: dict[str, datetime] = {}

    def export(self) -> Export:
        members_ = {member.key: member for member in self.members()}
        self.names = {**{key.lower(): key for key in members_}, **self.by_name}
        self.folders: dict[str, tuple[str, str]] = {}
        places = {place.key: place for place in self.places()}
        talks = {talk.key: talk for talk in self.talks()}
        outline = Outline()
        for message in self.messages(self.troubles):
            outline.add(message)
            if message.author not in members_:
                name = message.source.get("username") or message.source.get("user_profile", {}).get("real_name", "")
                members_[message.author] = Member(message.author, str(name) or f"Bot {message.author}")
            if message.talk:
                talks[message.talk].members.add(message.author)
        return Export("slack", members_, places, talks, lambda: self.messages(None), outline, self.troubles)

    def load(self, path: str, troubles: list[Trouble] | None) -> list[Any]:
        """A JSON list of the archive; an empty one, and a trouble, where it is none."""
        info = self.entries.get(path)
        if info is None:
            return []
        try:
            found = json.loads(read_member(self.archive, info, at_most=limits.IMPORT_ENTRY_BYTES.value))
        except (ValueError, RecursionError) as error:
            if troubles is not None:
                troubles.append(Trouble(path, getattr(error, "lineno", 0), f"no JSON that can be read: {error}"))
            return []
        if not isinstance(found, list):
            if troubles is not None:
                troubles.append(Trouble(path, 0, "a list was expected"))
            return []
        return found

    def members(self) -> Iterator[Member]:
        self.by_name: dict[str, str] = {}
        for number, user in enumerate(self.load(f"{self.prefix}users.json", self.troubles), 1):
            if not isinstance(user, dict) or not isinstance(user.get("id"), str):
                self.troubles.append(Trouble("users.json", number, "a person without an id"))
                continue
            profile = _object(user, "profile")
            for name in (user.get("name"), profile.get("display_name")):
                if isinstance(name, str) and name:
                    self.by_name.setdefault(name.lower(), user["id"])
            left = moment(str(user.get("updated") or "")) or datetime(1970, 1, 1, tzinfo=UTC)
            yield Member(
                key=user["id"],
                name=str(profile.get("real_name") or user.get("real_name") or user.get("name") or user["id"]),
                email=str(profile.get("email") or "").lower(),
                job_title=str(profile.get("title") or ""),
                time_zone=str(user.get("tz") or ""),
                phone=str(profile.get("phone") or ""),
                pronouns=str(profile.get("pronouns") or ""),
                # Security door: whoever was let in from outside stays outside.
                guest=any(user.get(flag) is True for flag in ("is_restricted", "is_ultra_restricted", "is_stranger")),
                left_at=left if user.get("deleted") is True else None,
            )

    def places(self) -> Iterator[Place]:
        for file, private in (("channels", False), ("groups", True)):
            for number, channel in enumerate(self.load(f"{self.prefix}{file}.json", self.troubles), 1):
                if not isinstance(channel, dict) or not isinstance(channel.get("id"), str):
                    self.troubles.append(Trouble(f"{file}.json", number, "a channel without an id"))
                    continue
                name = str(channel.get("name") or channel["id"])
                self.folders[name] = (channel["id"], "")
                self.folders.setdefault(channel["id"], (channel["id"], ""))
                for pin in channel.get("pins") or ():
                    at = moment(str(pin.get("created") or "")) if isinstance(pin, dict) else None
                    if at is not None:
                        self.pins[f"{channel['id']}:{pin.get('id')}"] = at
                purpose, topic = _object(channel, "purpose"), _object(channel, "topic")
                about = purpose.get("value") or topic.get("value") or ""
                yield Place(
                    key=channel["id"],
                    name=name,
                    description=str(about),
                    private=private or channel.get("is_private") is True,
                    created_at=moment(str(channel.get("created") or "")),
                    creator=str(channel.get("creator") or ""),
                    closed=channel.get("is_archived") is True,
                    members={str(member) for member in channel.get("members") or ()},
                )

    def talks(self) -> Iterator[Talk]:
        for file in ("dms", "mpims"):
            for number, talk in enumerate(self.load(f"{self.prefix}{file}.json", self.troubles), 1):
                if not isinstance(talk, dict) or not isinstance(talk.get("id"), str):
                    self.troubles.append(Trouble(f"{file}.json", number, "a conversation without an id"))
                    continue
                name = str(talk.get("name") or "") if file == "mpims" else ""
                self.folders[name or talk["id"]] = ("", talk["id"])
                self.folders[talk["id"]] = ("", talk["id"])
                yield Talk(talk["id"], name, {str(member) for member in talk.get("members") or ()})

    def messages(self, troubles: list[Trouble] | None) -> Iterator[Message]:
        seen: set[str] = set()
        for path in sorted(self.entries):
            if not path.endswith(".json") or not path.startswith(self.prefix):
                continue
            folder, slash, name = path.removeprefix(self.prefix).rpartition("/")
            if not slash or "/" in folder or not name[:4].isdigit():
                continue
            known = self.folders.get(folder)
            if known is None:
                # Private stays private: what no list explains is not shown to anyone.
                if troubles is not None:
                    troubles.append(
                        Trouble(path, 0, "no list of channels or conversations names this folder; left out")
                    )
                continue
            for number, entry in enumerate(self.load(path, troubles), 1):
                message = self.message(entry, *known) if isinstance(entry, dict) else "not a message"
                if isinstance(message, Message) and message.key in seen:
                    message = f"message {message.key} is there already; the first is kept"
                if isinstance(message, Message):
                    seen.add(message.key)
                    yield message
                elif message and troubles is not None:
                    troubles.append(Trouble(path, number, message))

    def message(self, entry: dict[str, Any], place: str, talk: str) -> Message | str:
        """A message; what is wrong with it; or nothing for what Slack wrote itself."""
        if entry.get("type", "message") != "message" or entry.get("subtype") in _NOISE:
            return ""
        stamp = str(entry.get("ts") or "")
        created = moment(stamp)
        author = entry.get("user") or entry.get("bot_id") or (entry.get("comment") or {}).get("user")
        if created is None or not isinstance(author, str):
            return "a message without a time or a sender"
        where = place or talk
        thread = str(entry.get("thread_ts") or stamp)
        begins = thread == stamp
        text = str(entry.get("text") or "") or self.attachments_text(entry)
        attached, absent = self.files(entry)
        return Message(
            key=f"{where}:{stamp}",
            thread=f"{where}:{thread}",
            author=author,
            created_at=created,
            convert=lambda: "\n\n".join(part for part in (from_slack(text, names=self.names), *absent) if part),
            place=place,
            talk=talk,
            parent="" if begins else f"{where}:{thread}",
            pinned_at=self.pins.get(f"{where}:{stamp}"),
            edited_at=moment(str(_object(entry, "edited").get("ts") or "")),
            reactions=[
                (str(reaction.get("name") or ""), str(who))
                for reaction in entry.get("reactions") or ()
                if isinstance(reaction, dict)
                for who in reaction.get("users") or ()
            ],
            attached=attached,
            source=entry,
        )

    def attachments_text(self, entry: dict[str, Any]) -> str:
        """The words of a message that has only attachments (bots, calls)."""
        parts = []
        for attachment in entry.get("attachments") or ():
            if isinstance(attachment, dict):
                parts.append(
                    str(attachment.get("pretext") or attachment.get("fallback") or attachment.get("text") or "")
                )
        if isinstance(entry.get("room"), dict):
            parts.append(str(entry["room"].get("name") or ""))
        return "\n".join(part for part in parts if part)

    def files(self, entry: dict[str, Any]) -> tuple[list[Attached], list[str]]:
        """Files that are in the archive; and links to the others: Slack's own exports hold only their addresses."""
        found: list[Attached] = []
        absent: list[str] = []
        for file in entry.get("files") or ():
            if not isinstance(file, dict) or not isinstance(file.get("id"), str):
                continue
            info = self.files_by_id.get(file["id"])
            name = str(file.get("name") or file.get("title") or file["id"])
            if info is not None:
                found.append(Attached(file["id"], name, _opener(self.archive, info)))
                continue
            # Never its other addresses: they carry a key that opens it to whoever has it.
            address = str(file.get("permalink") or "")
            safe = address.startswith("https://") and not set(address) & set(' <>()?"\\')
            absent.append(f"[{escape(name)}]({address})" if safe else escape(name))
        return found, absent


def _object(entry: dict[str, Any], name: str) -> dict[str, Any]:
    """The object under a name, or an empty one."""
    found = entry.get(name)
    return found if isinstance(found, dict) else {}


def _opener(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Any:
    def opener() -> IO[bytes]:
        return archive.open(info)

    return opener
