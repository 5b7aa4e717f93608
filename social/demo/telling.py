"""Tells the story of Van Houten NV: six weeks of a company, act by act, through the actions that people use."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone, translation
from django.utils.formats import date_format

from core import outbox, worker
from core.models import Access, Beat, Event
from core.pages import Said
from feed import actions as feed
from feed.actions import calendar, moving, polls, previews, topics
from feed.actions import praise as praising
from feed.models import Post, Topic
from files import actions as files
from files import scanner
from files.actions import captioning, scans, versions
from groups import actions as groups
from groups import library
from groups.actions import deletion
from groups.models import Category, Group
from inbox import actions as inbox
from inbox.models import Delivery, Notice, Preference
from knowledge import actions as knowledge
from moderation import actions as moderation
from moderation.models import Rule
from people import actions as people
from people.models import User
from social.demo import clock as clocks
from social.demo import pages, papers, pictures, places, script
from social.demo import people as cast
from social.models import SiteSettings

#: The row that says that the story was told.
MARK = "social.demo"
#: Everyone's password: this is a company to look around in, on one's own machine.
PASSWORD = "welcome-to-van-houten"
#: Whom to sign in as: who they are here, and the key of the person.
LOGINS = (
    ("employee", "lotte"),
    ("group owner", "tom"),
    ("moderator", "nele"),
    ("administrator", "ines"),
    ("guest", "marek"),
)

#: Texts that were typed wrong at first: by label, what is right and what stood there.
SLIPS = {"shoes": ("Wednesday and Thursday", "Tuesday and Thursday")}
RULES = (
    ("Be kind", "No insults, no jokes at the cost of a person or a group of people."),
    ("Stay on topic", "Write where it belongs: what is said in a group is for that group."),
    ("Keep what is confidential", "Nothing about customers, health, pay or plans that is not yours to tell."),
    ("No advertising", "Sell your bike in the coffee corner, but no business, bets or investments."),
)
WORDS = (("crypto", "hold"), ("bitcoin", "hold"), ("whatsapp group", "note"))
#: (label, who reports, rule, what they say)
REPORTS = (
    ("joke", "femke", "Be kind", "I can take a joke, but it is the third of this kind this month."),
    ("joke", "noor", "", "Not everyone who reads this laughs."),
    ("deal", "els", "No advertising", "This is the pyramid thing from Facebook."),
)
#: How many posts of their groups they have not seen, and what they follow.
UNSEEN = {"lotte": {"design": 3, "sales": 2, "coffee": 4, "reorg": 1}, "tom": {"design": 2, "coffee": 6}}
WATCHED = {"lotte": ("design",), "tom": ("sales",), "jonas": ("helpdesk",), "marek": ("routes",)}
#: Who wants no announcements by mail, and whose mailbox takes none.
NO_MAIL, FULL_MAILBOX = ("tom", "marek", "priya"), "stijn"
#: What people say they know.
SKILLS = {
    "jonas": ("Scanners", "Handhelds", "Label printers", "Windows"),
    "priya": ("Backups", "Linux", "Databases", "Tamil"),
    "stijn": ("Wi-Fi", "Networks", "Linux"),
    "lotte": ("Plain language", "Usability tests", "Driver app"),
    "noor": ("Driver app", "Android", "Accessibility"),
    "ruben": ("Accessibility", "CSS", "Customer portal"),
    "yara": ("Usability tests", "Interviews", "Arabic"),
    "lien": ("Route planning", "Antwerp ring", "Tolls"),
    "agnes": ("Route planning", "Polish", "Baltic lanes"),
    "jan": ("Customs", "Incoterms"),
    "kevin": ("Forklift", "First aid"),
    "ann": ("First aid", "Fire safety", "Dangerous goods"),
    "patrick": ("Dangerous goods", "Driver app", "Tachograph"),
    "koen": ("Payroll", "Excel"),
    "dries": ("Excel", "SQL", "Statistics"),
    "inge": ("Excel", "VAT"),
    "evi": ("Contracts", "Incoterms"),
    "mei": ("Sea freight", "Incoterms", "Mandarin"),
    "thomas": ("French", "Complaints"),
    "anke": ("German", "Port of Duisburg"),
}
#: Who is out of the office: from, until (days from now), who stands in, and what to know.
AWAY = {
    "koen": (-3, 6, "hanne", "Pay slips go out on the 25th as ever."),
    "mei": (-1, 11, "lien", "At sea, in the literal sense."),
    "amira": (9, 14, "els", "Training in Lille."),
}
#: Birthdays and first days, of those who tell them.
DAYS = {
    "greet": ("today", date(2004, 3, 15)),
    "karel": ("11-02", date(1994, 9, 1)),
    "lotte": ("04-17", date(2019, 2, 4)),
    "femke": ("today", None),
}
#: Whom people keep in lists of their own; those without a name are the favourites.
CONTACTS: dict[str, dict[str, tuple[str, ...]]] = {
    "lotte": {"": ("bart", "yara", "noor", "pieter"), "Ride-alongs": ("patrick", "zeynep", "jeroen")},
    "tom": {"": ("mieke", "sabine", "amira")},
}
#: The company's own fields of profiles, and what stands in them.
FIELDS: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "Radio call sign": ({"seen": "all"}, {"luc": "Depot 1", "greet": "Depot 2", "lien": "Plan 1", "wim": "Plan 2"}),
    "Forklift licence": (
        {"kind": "choice", "choices": "Counterbalance\nReach truck\nOrder picker", "edit": "admins"},
        {"kevin": "Reach truck", "rik": "Counterbalance"},
    ),
    "Badge number": ({"seen": "admins", "edit": "sync"}, {"lotte": "04-1187", "tom": "04-0933"}),
    "Portfolio": ({"kind": "link"}, {"lotte": "https://example.org/lotte"}),
}
#: Who lets whom post in their name.
DELEGATES = {"karel": ("nele", "evi"), "sabine": ("nele",)}
#: Who wants to hear nothing of whom.
SILENCES = {"lotte": (("filip", "mute"),), "els": (("kevin", "block"),)}
TOPICS = {"lotte": ("driver-app", "portal"), "tom": ("antwerp-depot",), "nele": ("roundtable",), "ines": ("warehouse",)}
#: What topics are about, and the name that one should have had: its own, and what it is called since.
ABOUT = {"antwerp-depot": "The new depot on the Noorderlaan: the move, the shifts, the opening."}
RENAMED = ("fiets", "bikes")
#: Libraries of groups: days ago, group, who, folder (empty for the root), and what stands in it: kind, name, alt text.
LIBRARIES = (
    (
        *(20, "depot", "luc", "Plans"),
        (
            ("sketch", "depot-floor-plan.png", "Floor plan of the depot with its docks along the south side"),
            ("csv", "shifts-week-1.csv", ""),
            ("docx", "gate-instructions.docx", ""),
            ("xlsx", "shifts-week-1.xlsx", ""),
            ("odt", "pairing-handhelds.odt", ""),
        ),
    ),
    (*(19, "depot", "luc", ""), (("csv", "move-weekend-teams.csv", ""), ("zip", "week-1.zip", ""))),
    (
        *(6, "depot", "kevin", "Album: the hall, day and night"),
        (
            # Of a camera, of a phone, and one that moves.
            ("large", "hall-evening.jpg", "The new hall in low light, its doors open"),
            ("photo", "old-hall-night.heic", "The old hall at night, one lamp burning"),
            ("moving", "roof-lights.gif", "Daylight through the roof, fading and coming back"),
        ),
    ),
    (
        *(9, "coffee", "lotte", "Album: summer outing"),
        (
            ("photo", "lisbon-roofs.jpg", "Roofs in warm light going down to a wide river"),
            ("photo", "harbour-crane.jpg", "A harbour crane before a pale orange sky"),
            ("photo", "old-map-road.jpg", "A road climbing into blue mountains at dusk"),
            ("photo", "red-bike.jpg", "A red shape of a bicycle against a garden wall"),
            ("photo", "dog-evening.jpg", "A dog’s silhouette on a hill in the evening"),
        ),
    ),
)
#: What is heard in the sounds and said in the films of the story, by language.
CAPTIONS = {
    "gate-chime.wav": {"en": "00:00.000 --> 00:01.800\n[three tones: high, higher, low]\n"},
    "way-to-the-bike-shed.webm": {
        "en": "00:00.200 --> 00:02.200\nOut of dock 3, and left.\n\n00:02.200 --> 00:04.400\nAround the hall, not across the road: "
        "trucks turn there.\n\n00:04.400 --> 00:07.000\nTo the bike shed. Stay there until you were counted.\n",
        "nl": "00:00.200 --> 00:02.200\nUit dok 3, en naar links.\n\n00:02.200 --> 00:04.400\nRond de hal, niet over de weg: "
        "daar draaien vrachtwagens.\n\n00:04.400 --> 00:07.000\nNaar de fietsenstalling. Blijf daar tot je geteld bent.\n",
    },
}
#: How far back "lately" and "today" reach, and what the bell still shows of days ago.
LATELY, TODAY = timedelta(days=7), timedelta(hours=9)
TOLD = (
    "feed.post.published",
    "feed.reply.published",
    "feed.post.delegated",
    "feed.answer.accepted",
    "feed.post.edited",
)
#: New lines in the bell, at most.
NEWS = 6


class Teller:
    """Knows everyone by their key while the story is told."""

    def __init__(self, now: datetime, say: Callable[[str], None]) -> None:
        self.now = now
        self.say = say
        self.dice = random.Random("Van Houten NV")
        self.people: dict[str, User] = {}
        self.handles: dict[str, str] = {}
        self.groups: dict[str, Group] = {}
        self.members: dict[str, list[str]] = {}
        self.pages: dict[str, str] = {}
        self.shelves: dict[str, Any] = {}
        self.posts: dict[int, Post] = {}
        self.labels: dict[str, Post] = {}

    def tell(self) -> None:
        """Everything, in one transaction: the story is whole or it is not there."""
        self.clock: clocks.Clock
        with transaction.atomic(), clocks.told(script.working_day(self.now, 38) + timedelta(hours=8)) as self.clock:
            self.settings()
            self.say("People …")
            self.everyone()
            self.say("Groups …")
            for number, place in enumerate(places.PLACES):
                self.clock.set(script.working_day(self.now, 37) + timedelta(hours=8, minutes=7 * number))
                self.place(place)
            self.wander()
            acts = sorted(self.acts(), key=lambda act: act[0])
            self.say(f"{len(acts)} things that happened in six weeks …")
            for number, (at, act) in enumerate(acts, 1):
                # Notices are written as they were then: by the day in the past, at once in the last hours.
                if at.date() != self.clock.moment.date() or at > self.now - TODAY:
                    self.deliver()
                self.clock.set(at)
                act()
                if not number % 500:
                    self.say(f"  {number}")
            self.clock.set(self.now)
            groups.make_link(group=self.groups["coffee"], by=self.people["nele"], days=30)
            self.deliver()
            self.settle()
            Beat.objects.create(name=MARK, at=self.now)

    # ---- Who and where

    def settings(self) -> None:
        """What the administrators chose, and the rules of the house."""
        site = SiteSettings.load()
        site.network_name, site.allowed_domains, site.hue = "Van Houten NV", cast.DOMAIN, 258
        site.players = ["youtube"]
        site.save()
        for position, (name, text) in enumerate(RULES):
            Rule.objects.get_or_create(name=name, defaults={"text": text, "position": position})

    def everyone(self) -> None:
        """The people; their password is hashed once."""
        visitors = {key for _role, key in LOGINS}
        for line in cast.lines():
            person = people.create_person(
                email=line.email,
                name=line.name,
                is_admin=line.key in cast.ADMINS,
                is_moderator=line.key in cast.MODERATORS,
                is_editor=line.key in cast.EDITORS,
                is_guest=line.is_guest,
                guest_until=self.now + timedelta(days=120) if line.is_guest else None,
                quiet=True,
                job_title=line.job_title,
                department=line.department,
                location=line.location,
                # Whom one signs in as reads the language of one's browser.
                language="" if line.key in visitors else line.language,
                time_zone=line.time_zone,
                pronouns=line.pronouns,
                bio=line.bio,
                phone="" if line.is_guest else f"+32 3 555 {self.dice.randint(10, 99)} {self.dice.randint(10, 99)}",
                manager=self.people.get(line.manager),
            )
            if line.face:
                person = people.set_photo(
                    person=person, by=person, file=_upload("face.png", pictures.face(line.key, line.face))
                )
            self.people[line.key], self.handles[line.key] = person, person.handle
        hashed = make_password(PASSWORD)
        User.objects.filter(pk__in=[person.pk for person in self.people.values()]).update(password=hashed)
        site = SiteSettings.load()
        site.keeper = self.people["ines"]
        site.save()

    def place(self, place: places.Place) -> None:
        """A group and who is in it."""
        maker = self.people[place.owners[0]]
        group = groups.create_group(
            by=maker,
            name=place.name,
            description=place.description,
            privacy=place.privacy,
            join=place.join,
            history=place.history,
            rules=place.rules,
            posting=place.posting,
            category=self.category(place.category) if place.category else None,
            successor=self.people[place.successor] if place.successor else None,
        )
        if place.cover:
            group = groups.set_cover(group=group, by=maker, file=_upload("cover.jpg", pictures.cover(place.cover)))
            group = groups.set_picture(group=group, by=maker, file=_upload("sign.jpg", pictures.cover(place.cover)))
        for key in place.members:
            if key != place.owners[0]:
                role = "owner" if key in place.owners else "moderator" if key in place.moderators else "member"
                groups.add_member(group=group, person=self.people[key], by=maker, role=role)
        if place.enrolment:
            group = groups.set_enrolment(
                group=group,
                by=self.people[cast.ADMINS[0]],
                enrolment=place.enrolment,
                departments=place.departments,
                locations=place.locations,
            )
            groups.enrol_all(group=group)
        self.groups[place.key] = Group.objects.get(pk=group.pk)
        self.members[place.key] = list(dict.fromkeys((*place.owners, *place.members)))

    def drop(self, name: str, key: str) -> None:
        """A group that was made twice: whoever made it has deleted it, and can still bring it back."""
        made = groups.create_group(by=self.people[key], name=name, description="For everything that is not work.")
        deletion.delete_group(group=made, by=self.people[key], name=name)

    def category(self, name: str) -> Category:
        """A shelf of the directory of groups; the first group on it brings it along."""
        known = Category.objects.filter(name=name).first()
        return known or groups.save_category(by=self.people[cast.ADMINS[0]], name=name)

    def wander(self) -> None:
        """Who follows whom and what: their manager, some of their own, and what the story says; and whom not."""
        lines = [line for line in cast.lines() if not line.is_guest and line.key != cast.FORMER]
        for line in lines:
            near = [one.key for one in lines if one.department == line.department and one.key != line.key]
            whom = {
                line.manager,
                *self.dice.sample(near, min(2, len(near))),
                *self.dice.sample(["karel", "nele", "amira"], 1),
            }
            for key in sorted(whom - {"", line.key}):
                people.follow(follower=self.people[line.key], followed=self.people[key])
        for key in ("bart", "amira", "yara", "zeynep"):
            people.follow(follower=self.people["lotte"], followed=self.people[key])
        for key, watched in WATCHED.items():
            for place in watched:
                inbox.watch(person=self.people[key], obj=self.groups[place])
        for key, words in SKILLS.items():
            for word in words:
                claim = people.add_skill(person=self.people[key], by=self.people[key], name=word)
                near = [line.key for line in lines if line.key != key]
                for other in self.dice.sample(near, self.dice.randint(0, 7)):
                    people.endorse(claim=claim, by=self.people[other])
        for key, (first, last, deputy, note) in AWAY.items():
            days = {
                "since": timezone.localdate(self.now) + timedelta(first),
                "until": timezone.localdate(self.now) + timedelta(last),
            }
            someone = self.people[key]
            people.set_away(person=someone, by=someone, deputy=self.people[deputy], note=note, **days)
        for key, (birthday, started) in DAYS.items():
            day = f"{self.now:%m-%d}" if birthday == "today" else birthday
            people.edit_profile(person=self.people[key], by=self.people[key], birthday=day, started_on=started)
        for key, kept in CONTACTS.items():
            for name, others in kept.items():
                mine = people.make_list(owner=self.people[key], name=name) if name else None
                for other in others:
                    people.add_contact(owner=self.people[key], person=self.people[other], contacts=mine)
        ines = self.people["ines"]
        for name, (asked, values) in FIELDS.items():
            field = people.define_field(by=ines, name=name, **asked)
            for key, value in values.items():
                people.fill_in(person=self.people[key], by=ines, values={field: value}, synced=True)
        people.set_rule(by=ines, column="department", edit="admins")
        for key, writers in DELEGATES.items():
            for other in writers:
                people.delegate(person=self.people[key], to=self.people[other])
        for key, unheard in SILENCES.items():
            for other, level in unheard:
                people.silence(person=self.people[key], of=self.people[other], level=level)

    # ---- What happens

    def acts(self) -> Iterator[tuple[datetime, Callable[[], Any]]]:
        """Everything that happens, each with its moment."""
        yield self.ago(35, 9), partial(self.fill_filter)
        for shelf in pages.SHELVES:
            yield self.ago(36, 10), partial(self.shelf, shelf)
        for leaf in (*pages.LEAVES, pages.DRAFT):
            yield self.ago(min(leaf.days, 35), 8), partial(self.leaf, leaf)
        for days, key, who, folder, things in LIBRARIES:
            yield self.ago(days, 11), partial(self.fill_library, key, who, folder, things)
        said = script.read(self.now)
        for one in said:
            yield one.at, partial(self.said, one)
            if one.label in SLIPS:
                yield one.at + timedelta(minutes=9), partial(self.correct, one)
            if one.best and one.to:
                yield self.between(one.at, 4, 40), partial(self.accept, one, one.to)
            for sign, count in one.reactions:
                for key in self.some(one, count):
                    yield self.between(one.at, 1, 300), partial(self.react, one, key, sign)
        labels = {one.label: one for one in said if one.label}
        for label, key, rule, reason in REPORTS:
            yield self.between(labels[label].at, 5, 60), partial(self.report, label, key, rule, reason)
        yield self.between(labels["deal"].at, 70, 180), partial(self.judge, "deal")
        yield self.ago(28, 17), partial(groups.archive, group=self.groups["party"], by=self.people["nele"])
        yield self.ago(4, 15), partial(self.drop, "Coffee corner 2", "nele")
        yield self.ago(11, 17), partial(people.deactivate, person=self.people[cast.FORMER], by=self.people["ines"])
        yield (
            self.now - timedelta(hours=2, minutes=5),
            partial(
                self.ask, "els", "sales", "Amira says the questions about prices come to us first. May I read along?"
            ),
        )
        yield self.now - timedelta(minutes=50), partial(self.ask, "dries", "reorg", "")
        yield (
            self.now - timedelta(hours=3, minutes=20),
            partial(groups.invite, group=self.groups["design"], by=self.people["bart"], person=self.people["stijn"]),
        )
        # An invitation that was never answered; its time is over.
        yield (
            self.ago(20, 11),
            partial(groups.invite, group=self.groups["design"], by=self.people["bart"], person=self.people["mieke"]),
        )
        for key, names in TOPICS.items():
            yield self.ago(1, 9), partial(self.follow_topics, key, names)
        yield self.now - timedelta(minutes=20), partial(self.keep)
        later = labels["pens"].at + timedelta(hours=2)
        yield later, partial(self.move, "monitor", "amira", "helpdesk")
        yield later + timedelta(minutes=5), partial(self.split, "monitor", "pens", "jonas")
        yield self.now - timedelta(minutes=15), partial(self.tidy_topics)

    def said(self, one: script.Said) -> None:
        """A post or an answer, with its files."""
        author, writer = self.people[one.who], self.people[one.writer or one.who]
        body = self.words(one.body)
        if one.label in SLIPS:
            body = body.replace(*SLIPS[one.label])
        hung = [
            files.upload(by=writer, stream=_made(kind, name), name=name, alt=alt if kind not in _PAPERS else "")
            for kind, name, alt in one.files
        ]
        if one.to is None:
            group = None if one.place == "company" else self.groups[one.place]
            poll = None
            if one.options:
                closes = timezone.localtime(self.now + timedelta(days=3)).replace(hour=17, minute=0)
                poll = polls.asked(options=[answer for answer, _votes in one.options], closes_at=closes)
            praise = None
            if one.praised:
                ids = [self.people[key].public_id for key in one.praised]
                praise = praising.meant(author=author, badge=one.badge, ids=ids)
            event = calendar.planned(**one.event) if one.event else None
            post = feed.publish(
                author=author,
                writer=writer,
                body=body,
                group=group,
                kind=one.kind,
                files=hung,
                poll=poll,
                praise=praise,
                event=event,
            )
            crowd = iter(self.some(one, 60)) if one.answers else iter(())
            for said, count in one.answers:
                for key in islice(crowd, count):
                    calendar.answer(post=post, person=self.people[key], answer=said)
            # Some say thanks, some are on the forklift.
            for key in one.praised[::2]:
                feed.react(post=post, person=self.people[key], emoji="🙏")
            if one.options:
                voters = [person for person in post.readers() if person != author and not person.is_guest]
                self.dice.shuffle(voters)
                for place, (_answer, votes) in enumerate(one.options):
                    for _vote in range(min(votes, len(voters))):
                        polls.vote(post=post, person=voters.pop(), option=place)
            if one.pinned:
                feed.pin(post=post, by=author)
        else:
            to = Post.objects.get(pk=self.posts[id(one.to)].pk)
            post = feed.reply(author=author, writer=writer, to=to, body=body, files=hung)
        for address, title, about, shows in one.links:
            picture = _made("photo", shows).read() if shows else b""
            previews.put(post=post, address=address, said=Said(title, about), picture=picture)
        self.posts[id(one)] = post
        if one.label:
            self.labels[one.label] = post
        for file, (kind, name, _alt) in zip(hung, one.files, strict=True):
            for language, words in CAPTIONS.get(name, {}).items():
                captioning.caption(file=file, by=author, content=f"WEBVTT\n\n{words}".encode(), language=language)
            if kind == "virus":
                scans.judge(file=file, verdict=scanner.Verdict(found="Doc.Dropper.Agent-6412"))

    def fill_library(self, key: str, who: str, folder: str, things: tuple[tuple[str, str, str], ...]) -> None:
        """A folder of a group's library with what stands in it; the root where it has no name."""
        group, by = self.groups[key], self.people[who]
        inside = library.add_folder(group=group, by=by, name=folder) if folder else None
        hung = [
            files.upload(by=by, stream=_made(kind, name), name=name, alt=alt if kind not in _PAPERS else "")
            for kind, name, alt in things
        ]
        library.add_files(group=group, by=by, ids=[file.public_id for file in hung], folder=inside)
        if folder == "Plans":
            # The sketch became a plan.
            later = _made("plan", "depot-floor-plan.png")
            versions.replace(file=hung[0], by=by, stream=later, name="depot-floor-plan.png")

    def words(self, body: str) -> str:
        """The text with its handles, addresses and days."""

        def fill(found: re.Match[str]) -> str:
            kind, _space, language = found[1].partition(" ")
            if kind == "opening":
                return self.day(opening(self.now), language or "en")
            if kind.startswith("page:"):
                return self.pages[kind[5:]]
            return self.day(script.working_day(self.now, -int(kind.removeprefix("day+"))), language)

        body = re.sub(r"\{([a-z]+[^}]*)\}", fill, body)
        return re.sub(r"(?<![\w@])@([a-z]+)\b", lambda found: f"@{self.handles.get(found[1], found[1])}", body)

    def day(self, day: datetime, language: str) -> str:
        """A day as people of that language say it."""
        with translation.override(language):
            return date_format(day, "l j F")

    def some(self, one: script.Said, count: int) -> list[str]:
        """Who reacts: people who read it, never its author."""
        if one.place == "company":
            crowd = [key for key in self.people if key not in cast.GUESTS and key != cast.FORMER]
        else:
            crowd = [key for key in self.members[one.place] if key != cast.FORMER]
        crowd = [key for key in crowd if key != one.who]
        if count > 4:
            # The network was new then, and not everyone was in it yet.
            count = max(4, int(count * (0.75 if one.at > self.now - LATELY else 0.5)))
        return self.dice.sample(crowd, min(count, len(crowd)))

    def react(self, one: script.Said, key: str, sign: str) -> None:
        feed.react(post=self.posts[id(one)], person=self.people[key], emoji=sign)

    def accept(self, one: script.Said, asked: script.Said) -> None:
        """Who asked marks the answer."""
        answer = Post.objects.get(pk=self.posts[id(one)].pk)
        feed.accept_answer(answer=answer, by=self.people[asked.who])

    def correct(self, one: script.Said) -> None:
        """Its author sees the slip."""
        feed.edit(post=self.posts[id(one)], by=self.people[one.who], body=self.words(one.body))

    def move(self, label: str, key: str, place: str) -> None:
        """It was asked in the wrong place."""
        moving.move(post=self.labels[label], by=self.people[key], to=self.groups[place], gaining=0)

    def split(self, label: str, answer: str, key: str) -> None:
        """That is another matter."""
        moving.split(post=self.labels[label], by=self.people[key], answers=[self.labels[answer]])

    def tidy_topics(self) -> None:
        """Someone looks after the words that everyone uses."""
        nele = self.people["nele"]
        for topic in Topic.objects.filter(name__in=ABOUT):
            topics.describe(topic=topic, by=nele, description=ABOUT[topic.name])
        for topic in Topic.objects.filter(name=RENAMED[0]):
            topics.rename(topic=topic, by=nele, label=RENAMED[1])

    def follow_topics(self, key: str, names: tuple[str, ...]) -> None:
        for topic in Topic.objects.filter(name__in=names):
            feed.follow_topic(topic=topic, person=self.people[key])

    def ask(self, key: str, place: str, message: str) -> None:
        """Someone would like to be let in, where that can be asked."""
        if self.groups[place].join == Group.Join.REQUEST:
            groups.request_to_join(group=self.groups[place], person=self.people[key], message=message)

    def keep(self) -> None:
        """What some people keep for later."""
        for _role, key in LOGINS:
            person = self.people[key]
            likely = list(
                Post.objects.visible_to(person).filter(root=None, reply_count__gte=2).exclude(author=person)[:40]
            )
            for post in sorted(self.dice.sample(likely, min(4, len(likely))), key=lambda post: post.pk):
                feed.bookmark(post=post, person=person)

    # ---- Care

    def fill_filter(self) -> None:
        for text, level in WORDS:
            moderation.save_word(by=self.people["nele"], text=text, level=level)

    def report(self, label: str, key: str, rule: str, reason: str) -> None:
        """Someone brings it to the moderators."""
        broken = Rule.objects.filter(name=rule).first()
        moderation.report(
            obj=Post.objects.get(pk=self.labels[label].pk), by=self.people[key], rule=broken, reason=reason
        )

    def judge(self, label: str) -> None:
        """The moderator has decided about this one."""
        from moderation.models import Case

        case = Case.objects.get(kind=Post.kind, object_pk=self.labels[label].pk)
        moderation.decide(
            case=case,
            by=self.people["nele"],
            act="remove",
            rule=Rule.objects.get(name="No advertising"),
            note="Private sales are fine, a business is not. Thank you for understanding.",
        )

    # ---- What is written down

    def shelf(self, shelf: pages.Shelf) -> None:
        self.shelves[shelf.key] = knowledge.write_section(
            by=self.people[shelf.by],
            title=shelf.title,
            intro=shelf.intro,
            group=self.groups[shelf.place] if shelf.place else None,
        )

    def leaf(self, leaf: pages.Leaf) -> None:
        """An article; the half-written one stays a draft."""
        by = self.people[leaf.by]
        page = knowledge.write_article(
            by=by,
            title=leaf.title,
            abstract=leaf.abstract,
            body=[(kind, self.block(kind, value, by)) for kind, value in leaf.parts],
            parent=self.shelves[leaf.shelf] if leaf.shelf else None,
            group=self.groups[leaf.place] if leaf.place else None,
            publish=leaf is not pages.DRAFT,
        )
        self.pages[leaf.key] = f"{settings.BASE_URL}{page.get_absolute_url()}"

    def block(self, kind: str, value: Any, by: User) -> Any:
        """One part of an article, as its block takes it."""
        if kind == "picture":
            what, name, alt, caption = value
            made = knowledge.add_picture(by=by, file=_upload(name, pictures.draw(what, name)), title=alt)
            return {"image": {"image": made.pk, "alt_text": alt, "decorative": False}, "caption": caption}
        if kind == "document":
            what, name, title = value
            return knowledge.add_paper(by=by, file=_upload(name, papers.make(what, name)), title=title).pk
        if kind == "table":
            return {"caption": value[0], "rows": value[1], "has_head": True}
        if kind == "callout":
            return {"tone": value[0], "text": value[1]}
        if kind == "quote":
            return {"text": value[0], "by": value[1]}
        if kind == "code":
            return {"language": value[0], "code": value[1]}
        return value

    # ---- Time

    def ago(self, days: int, hour: int) -> datetime:
        """A full hour, working days ago; never one that is still to come."""
        return min(script.working_day(self.now, days) + timedelta(hours=hour), self.now - timedelta(hours=7))

    def between(self, at: datetime, least: int, most: int) -> datetime:
        """Some minutes later, sooner rather than later, and before now."""
        minutes = least + (most - least) * self.dice.random() ** 2
        left = (self.now - at) / timedelta(minutes=1) - 0.2
        return at + timedelta(minutes=min(minutes, left * (0.3 + 0.6 * self.dice.random())))

    # ---- What is left at the end

    def deliver(self) -> None:
        """Tell everyone what concerns them; what they were told hours ago they have read."""
        waiting, moment = Event.objects.filter(pending=True), self.clock.moment
        if moment < self.now - 2 * LATELY:
            waiting.update(pending=False)
        elif moment < self.now - TODAY:
            # Of days ago, the bell remembers words, not thumbs.
            waiting.exclude(verb__in=TOLD).update(pending=False)
        for event in waiting.order_by("pk"):
            outbox.run(event)
        read = self.clock.moment - timedelta(hours=4)
        Notice.objects.filter(unread=True, timestamp__lt=read).update(unread=False, read_at=self.clock.moment)

    def settle(self) -> None:
        """A handful of news for everyone, and some posts that they have not seen."""
        for key, person in self.people.items():
            new = (
                Notice.objects.filter(recipient=person, unread=True).order_by("-timestamp").values_list("pk", flat=True)
            )
            Notice.objects.filter(pk__in=list(new[NEWS:])).update(unread=False, read_at=self.now)
            unseen = UNSEEN.get(key)
            for access in Access.objects.filter(person=person, audience__kind="group").select_related("audience"):
                place = next((name for name, one in self.groups.items() if one.audience_id == access.audience_id), "")
                new = unseen.get(place, 0) if unseen is not None else self.dice.choice((0, 0, 0, 1, 2, 4))
                seen = max(0, access.audience.seq - new)
                Access.objects.filter(pk=access.pk).update(read_seq=seen, read_at=self.now - timedelta(hours=1))
        # No mailbox is filled with what was said weeks ago; one was full.
        Delivery.objects.exclude(person=self.people[FULL_MAILBOX]).delete()
        Delivery.objects.update(state=Delivery.State.FAILED)
        for key in NO_MAIL:
            inbox.prefer(person=self.people[key], verb="feed.announced", channel=Preference.Channel.MAIL, wanted=False)
        here = {person.pk: self.now - timedelta(minutes=self.dice.randint(1, 4000)) for person in self.people.values()}
        people.seen(people=here)


_PAPERS = ("pdf", "docx", "odt", "csv", "xlsx", "zip", "txt", "sound", "film", "virus")


def _made(kind: str, name: str) -> Any:
    return papers.make(kind, name) if kind in _PAPERS else pictures.draw(kind, name)


def _upload(name: str, made: Any) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, made.read())


def opening(now: datetime) -> datetime:
    """The Monday on which the depot opens: not the next one, the one after."""
    day = script.working_day(now, 0) + timedelta(days=8)
    while day.weekday():
        day += timedelta(days=1)
    return day


def is_told() -> bool:
    """Whether the story is in this database already."""
    return Beat.objects.filter(name=MARK).exists()


def tell(say: Callable[[str], None]) -> None:
    """Tell the story into an empty network, then bring the search index up to it.

    Args:
        say: is told how far it is.
    """
    Teller(timezone.now(), say).tell()
    say("Search index …")
    worker.work(once=True)


def logins() -> list[tuple[str, User]]:
    """Whom to sign in as."""
    made = {line.key: line.email for line in cast.lines()}
    return [(role, User.objects.get(email=made[key])) for role, key in LOGINS]
