"""What Van Houten NV has written down: sections and articles of its knowledge."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Shelf:
    """A section. With a `place`, only that group's members read what stands in it."""

    key: str
    title: str
    intro: str
    by: str
    place: str = ""


@dataclass(frozen=True)
class Leaf:
    """An article. `days` ago it was written; `parts` are blocks: (kind, value), see `telling`."""

    key: str
    title: str
    abstract: str
    by: str
    days: int
    shelf: str = ""
    place: str = ""
    parts: list[tuple[str, Any]] = field(default_factory=list)


SHELVES = (
    Shelf("logistics", "Logistics", "Depots, docks, lanes and the people who drive them.", "lien"),
    Shelf("it", "IT and equipment", "What to do before you call, and what to do when you must.", "jonas"),
    Shelf("people", "People", "Pay, leave, health and how we work together.", "hanne"),
    Shelf("product", "Product", "How we decide, write and draw.", "bart"),
    Shelf("selling", "Selling in Benelux", "For the sales team alone.", "bart", place="sales"),
)

LEAVES = (
    Leaf(
        "depot",
        "Antwerp depot: shifts, docks and the way in",
        "Everything you need for your first day on the Noorderlaan.",
        "lien",
        6,
        "logistics",
        parts=[
            ("text", "<h2>When</h2><p>Two shifts in the first month: early from 05:30 to 13:30, late from 13:30 to 21:30. "
             "A night shift follows when docks 9 and 10 are certified.</p>"
             "<h2>Where</h2><p>Lorries enter by gate 1 and leave by gate 2. Bikes and people on foot use the north gate, "
             "where the bike shed is. The bike shed is the assembly point as well.</p>"),
            ("picture", ("plan", "depot-floor-plan.png", "Floor plan of the depot: eleven docks along the south side",
                         "The ground floor. Dock 11 is for cross-docking only.")),
            ("table", ("Docks in the first weeks",
                       "Dock | Used for | From\n1–6 | Arrivals | day one\n7–8 | Departures | day one\n"
                       "9–10 | Departures | after certification\n11 | Cross-dock | week two")),
            ("callout", ("warn", "<p>Nobody walks between the racks while a reach stacker works in the aisle. It is so "
                                 "quiet that you will not hear it.</p>")),
            ("text", "<h2>Who</h2><p>Luc Janssens leads the depot, Greet Peeters the early and Youssef Amrani the late "
             "shift. Ann Verlinden answers for safety, Danny Cools for everything that moves and should not, or should "
             "and does not.</p>"),
        ],
    ),
    Leaf(
        "tides",
        "Tides and slots",
        "Why the quay closes for an hour and a half, and how to plan around it.",
        "lien",
        31,
        "logistics",
        parts=[
            ("text", "<p>At spring tide the water stands within forty centimetres of the quay at Kaai 63. Then the crane "
             "does not reach down into the barge, and we close.</p><ol><li>Henk posts the tides each Tuesday for the "
             "week to come.</li><li>Planning moves slots that touch a closed hour, and tells the driver, not only the "
             "system.</li><li>Whoever has already left waits at Rekkem or Waasland-Haven, never on the quay road.</li>"
             "</ol>"),
            ("callout", ("info", "<p>Rule of thumb: two days after full moon and new moon, look twice.</p>")),
        ],
    ),
    Leaf(
        "onboarding",
        "How we onboard drivers",
        "The first ten days, hour by hour where it matters.",
        "lien",
        13,
        "logistics",
        parts=[
            ("text", "<h2>Day one</h2><p>Card, shoes, keys, phone. Patrick drives, the new colleague looks. No app yet."
             "</p><h2>Days two to five</h2><p>The new colleague drives, Patrick looks. From day three the app runs, with "
             "the list of low bridges switched on.</p><h2>Days six to ten</h2><p>Alone, on lanes without night and "
             "without ferry. A call at ten each morning: what was unclear?</p>"),
            ("table", ("Low bridges that have cost us a roof",
                       "Where | Height | Way around\nMerksem, Vaartkaai | 3.6 m | Bredabaan\n"
                       "Gent, Dampoort | 3.9 m | R4\nLille, rue du Faubourg | 3.7 m | N356")),
            ("quote", ("A good route is one that the driver would have chosen as well.", "Wout De Backer")),
        ],
    ),
    Leaf(
        "nearmiss",
        "Reporting a near miss",
        "Under a minute, by phone or card, with or without your name.",
        "hanne",
        38,
        "logistics",
        parts=[
            ("text", "<p>A near miss is everything that made you take a breath. Report it even when nobody was hurt and "
             "nothing broke: those are the ones that we can still learn from for free.</p><ul><li>In the driver app: menu, "
             "<b>Safety</b>, say what happened in one sentence.</li><li>On the card at each gate: a cross and a place are "
             "enough.</li><li>To Ann, in person: she listens first.</li></ul>"),
            ("callout", ("ok", "<p>Nobody has ever been blamed for a report. Several have been thanked with cake.</p>")),
        ],
    ),
    Leaf(
        "handhelds",
        "Pairing handhelds with the bay scanner",
        "Eight seconds, two beeps, one blue light.",
        "jonas",
        8,
        "it",
        parts=[
            ("text", "<p>To pair a handheld, hold the trigger until it beeps twice. The blue light means pair mode. Do "
             "this once after each update of the warehouse system: the update clears the key.</p><ol><li>Hold the "
             "trigger for <b>8 seconds</b>, until it beeps twice.</li><li>On the bay scanner: menu, Bluetooth, new device."
             "</li><li>Choose the number on the sticker of your handheld.</li><li>Scan the code below the sticker. One "
             "beep: done.</li></ol>"),
            ("callout", ("info", "<p>The reader does not see a wet label? Switch on the lamp at the side and hold it at "
                                 "about 45 degrees.</p>")),
            ("document", ("pdf", "pairing-handhelds.pdf", "Pairing handhelds, one page for the wall")),
            ("code", ("bash", "# For support: which handhelds have lost their key?\nhandheldctl list --site antwerp --unpaired")),
        ],
    ),
    Leaf(
        "phishing",
        "Strange mail: what to do",
        "Ask first, click never. Three examples that fooled some of us.",
        "jonas",
        22,
        "it",
        parts=[
            ("text", "<p>Forward it to <b>phishing@vanhouten.example</b> and delete it. You will get an answer within the "
             "hour, and a thank-you each time, also when it was real.</p><h3>How to recognise it</h3><ul><li>It is "
             "urgent, and only you can help.</li><li>It asks for something that the sender already has: your bank "
             "account, your password.</li><li>The address behind the name is not ours.</li></ul>"),
        ],
    ),
    Leaf(
        "expenses",
        "Expense policy 2027",
        "A readable photo is enough, everywhere, within thirty days.",
        "hanne",
        4,
        "people",
        parts=[
            ("text", "<p>From January 2027 a photo of the receipt replaces the paper in all countries, if date and amount "
             "can be read.</p>"),
            ("table", ("What we pay back", "What | Up to | Receipt\nMeal on the road | 24 € a day | no\n"
                       "Overnight stay | 115 € | yes\nTrain, second class | all of it | yes\nParking | all of it | yes\n"
                       "Phone, private number | 10 € a month | no")),
            ("text", "<p>Upload within 30 days. What is approved before the 20th is paid with the same month’s salary.</p>"),
        ],
    ),
    Leaf(
        "benefits",
        "Benefits 2027",
        "Bike, days or insurance: what you can choose, and until when.",
        "hanne",
        3,
        "people",
        parts=[
            ("text", "<h2>What you can choose</h2><ul><li><b>Bike lease</b>: any bike up to 5,000 €, insured.</li><li>"
             "<b>Extra days</b>: up to five a year.</li><li><b>Group insurance plus</b>: dentist and glasses.</li></ul>"
             "<h2>Questions we hear most</h2><p><b>Can I change later?</b> In January for the whole year. A new child, a "
             "move or a change of hours reopens the choice for thirty days.</p><p><b>What if I leave?</b> The bike can be "
             "bought at its value of that day.</p>"),
        ],
    ),
    Leaf(
        "remote",
        "Working from another country",
        "Thirty days a year inside the EU, asked for two weeks ahead.",
        "hanne",
        45,
        "people",
        parts=[
            ("text", "<p>Everyone may work up to <b>thirty days a year</b> from another country of the EU. Ask your manager "
             "two weeks ahead, so that insurance and the tax office know where you are.</p><p>Not possible for customs "
             "declarations, which are bound to a place, and for driving, for obvious reasons.</p>"),
        ],
    ),
    Leaf(
        "conges",
        "Congés et absences en France",
        "Poser ses jours, les reporter, et qui prévenir.",
        "hanne",
        26,
        "people",
        parts=[
            ("text", "<p>Les congés se posent dans l’outil, au moins deux semaines à l’avance, et un mois pour plus d’une "
             "semaine.</p><ul><li>Chaque jour, il reste au moins deux exploitants et un chargé de clientèle.</li><li>Cinq "
             "jours au plus se reportent jusqu’au 31 mars.</li><li>Malade ? Un appel à Claire avant 7 h, le certificat "
             "sous 48 heures à Isabelle.</li></ul>"),
        ],
    ),
    Leaf(
        "zoll",
        "Zoll: Voranmeldung ab 2027",
        "Was sich mit der sechsstelligen Warennummer ändert.",
        "anke",
        7,
        "logistics",
        parts=[
            ("text", "<p>Ab Januar verlangt das Verfahren die sechsstellige Warennummer schon bei der Voranmeldung, nicht "
             "erst bei der Gestellung.</p><ol><li>Der Kunde nennt die Nummer im Auftrag.</li><li>Fehlt sie, fragt die "
             "Disposition nach, bevor geladen wird.</li><li>Jan prüft Sammelladungen bis 16 Uhr am Vortag.</li></ol>"),
            ("callout", ("warn", "<p>Ohne Nummer bleibt der Wagen an der Grenze stehen, und zwar zu Recht.</p>")),
        ],
    ),
    Leaf(
        "decisions",
        "How we decide on design",
        "Who decides what, and where it is written down.",
        "bart",
        9,
        "product",
        parts=[
            ("text", "<p>We decide with what we saw, not with what we like. For each decision we write three lines: what we "
             "do, what we give up, what would make us change our mind.</p><h2>No log-in for the portal</h2><p><b>We do:</b> "
             "one link by mail, valid for a day.<br/><b>We give up:</b> a history per customer.<br/><b>We change our mind "
             "when:</b> more than one in fifty links ends in spam.</p>"),
        ],
    ),
    Leaf(
        "quotes",
        "Quotes that get read",
        "One page. What it costs, what is in it, what is not.",
        "bart",
        10,
        "selling",
        "sales",
        parts=[
            ("text", "<ol><li>The first line says what it costs.</li><li>The second says what is in it.</li><li>The third "
             "says what is not.</li></ol><p>Then the lane, the slot, the name of the person who answers the phone. No "
             "picture of a lorry at sunset.</p>"),
            ("callout", ("warn", "<p>Discounts above 6 % go through Tom. Above 9 %, through Tom and a walk.</p>")),
        ],
    ),
    Leaf(
        "reorgfaq",
        "Reorg 2027: questions and answers",
        "What we say, in the same words, from the day it is public.",
        "hanne",
        3,
        "",
        "reorg",
        parts=[
            ("text", "<h3>Do I have to move?</h3><p>No. Nobody changes the place where they work.</p><h3>Does anyone lose "
             "their job?</h3><p>No. The saving comes from empty kilometres and double licences.</p><h3>Who is my manager?"
             "</h3><p>For four in five the answer stays the same. The others hear it in person before they read it.</p>"),
            ("callout", ("warn", "<p>Do not forward before the works council has met.</p>")),
        ],
    ),
)  # fmt: skip

#: An article that is still being written.
DRAFT = Leaf("who", "Who decides what", "Half written. Tear it apart.", "hanne", 1, "people",
             parts=[("text", "<p>Prices: Tom. Slots: Lien. Soup: Karel, apparently.</p>")])  # fmt: skip
