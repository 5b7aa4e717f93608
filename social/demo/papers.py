"""Makes the files that people hang on their posts: small real PDFs, tables and texts, written here."""

from __future__ import annotations

import wave
from html import escape
from io import BytesIO
from math import exp, pi, sin
from pathlib import Path
from textwrap import wrap
from zipfile import ZIP_DEFLATED, ZipFile

_TABLES = {
    "badges-new-gate": """badge;name;team;valid from
4101;Greet Peeters;early;day one
4102;Youssef Amrani;late;day one
4103;Rik Bogaerts;warehouse;day one
4104;Fatma Yildiz;stock;day one
4105;Danny Cools;maintenance;day one
4106;Danny Cools (ladder);maintenance;day one
4107;Kevin Mertens;training;day one""",
    "shifts-week-1": """team;Monday;Tuesday;Wednesday;Thursday;Friday
early 05:30-13:30;Greet, Rik, Fatma;Greet, Rik, Fatma;Greet, Kevin;Greet, Rik, Zeynep;Greet, Rik
late 13:30-21:30;Youssef, Danny;Youssef, Danny;Youssef, Fatma;Youssef, Danny;Youssef, Kevin
night;none;none;Wim;none;none""",
    "move-weekend-teams": """team;task;lead;people
A;empty Kaai 63;Rik;18
B;drive;Lien;9
C;receive and label;Fatma;22
IT;screens and cables;Jonas;5""",
    "price-list-2027": """lane;weekday;Saturday;Sunday;unit
Antwerp-Lille;412;468;561;truck
Antwerp-Rotterdam;318;361;433;truck
Antwerp-Duisburg;437;497;596;truck
Aalsmeer-Antwerp;384;436;523;truck""",
    "pipeline": """customer;country;value per year;probability;owner
Lux Jardin;LU;240000;60%;Laurent
Medipoint;NL;510000;35%;Sander
Stad Mechelen;BE;180000;70%;Mieke
Kwekerij Jonkers;NL;330000;50%;Femke
Bakkerij De Korenaar;BE;95000;80%;Mieke""",
    "tides-week-48": """day;low;high;quay closed
Monday;06:12;12:31;
Tuesday;07:05;13:22;
Wednesday;07:58;14:51;14:20-15:40
Thursday;08:49;15:38;
Friday;09:41;16:27;""",
    "benefits-example": """choice;gross per month;net per month
bike lease;62;38
two extra days;71;44
group insurance plus;29;21""",
    "nightjar-figures": """year;revenue;margin;people
2024;2140000;7.1%;35
2025;2390000;6.4%;37
2026;2460000;5.0%;38""",
}

_TEXTS = {
    "disk-report": """/var/log/driver-app     38.2 GB   all good
/var/lib/database        4.1 GB
/home                    1.3 GB
free                     0.0 GB

Kept of the log: the first line and the last one. They are the same.
""",
    "ride-along-notes": """Tuesday, truck 44, Zeynep driving

07:10  gate. Paper list on the dashboard, phone in the holder, app open.
07:40  first stop. Finds the button by memory, not by sight.
08:20  sun. She shades the screen with the paper list. The paper list is readable.
09:05  "next stop" pressed twice, opened "contact" both times.
10:30  delivery note: reads paper, types 14, says fourteen aloud.
11:15  bridge 3.6 m. We are 3.9 m. The app says nothing.
12:00  sandwiches.
""",
}

_TEXTS["invoice-4471"] = "This stands for a file in which the scanner found a virus. There is none in it.\n"

_FILMS = Path(__file__).parent / "films"
_CHIMES = {"gate-chime": (660, 880, 587)}

_PAGES = {
    "gate-instructions": (
        "The new gate, in nine sentences",
        [
            "Hold your badge flat against the reader until the light is green.",
            "Three tones mean: come in. One low tone means: the other badge, the new one.",
            "Trucks use lane 2. The barrier reads the number plate; a badge is not needed.",
            "After 22:00 the small door is locked, the night bell is at the weighbridge.",
            "Visitors wait in the blue cabin. There is coffee. Nobody knows who fills it.",
        ],
    ),
    "benefits-2027-overview": (
        "Benefits 2027",
        [
            "What you can choose before the end of the month, and what it costs.",
            "1. Bike lease: any bike up to 5,000 euro, insured, with a yearly service.",
            "2. Extra days: up to five, paid from your holiday allowance.",
            "3. Group insurance plus: dentist, glasses and a second opinion.",
            "4. Car park Antwerp: free with a shared car, else 40 euro a month.",
            "What you choose holds for the whole year. A new child, a move or a change of hours reopens the choice for "
            "thirty days.",
            "Line 14: an extra day costs about one twentieth of a month, before tax.",
        ],
    ),
    "pulse-survey-summary": (
        "Pulse survey, summary",
        [
            "71 % of 412 people answered, between 58 % (drivers) and 93 % (finance).",
            "Proud of my colleagues: 8.4",
            "I know what is expected of me: 7.6",
            "My manager listens: 7.1",
            "I find the information I need: 5.1",
            "Most named wish: one place where answers stay.",
        ],
    ),
    "kick-off-programme-draft": (
        "Quarterly kick-off, draft programme",
        [
            "10:00 Coffee, and the year in twelve pictures (Tom)",
            "10:45 What Bloem & Blad taught us (Femke, Sander)",
            "11:30 Prices 2027: the Sunday line, the diesel clause (Mieke)",
            "12:30 Lunch, a real one",
            "13:30 Portal live, with the ferries (Bart)",
            "14:30 Three customers, three questions (Amira)",
            "15:30 End. Trains leave at 15:51 and 16:21.",
        ],
    ),
    "operations-2027-draft-3": (
        "Operations 2027, draft 3",
        [
            "Three regions instead of five branches: Benelux, Rhine, France.",
            "Planning becomes one team, with people in each place.",
            "Nobody changes the place where they work.",
            "Page 4, open points: 1. name of the regions. 2. how many planners stay in each place. 3. who decides when "
            "two regions need the same truck. 4. order in which people are told.",
            "Confidential until the works council has met.",
        ],
    ),
    "pairing-handhelds": (
        "Pairing handhelds, one page for the wall",
        [
            "1. Hold the trigger for 8 seconds, until it beeps twice. The light turns blue: this is pair mode.",
            "2. On the scanner: menu, Bluetooth, new device.",
            "3. Choose the number on the sticker of your handheld.",
            "4. Scan the code below the sticker. One beep: done.",
            "Still nothing? Ask in IT Helpdesk, with the number on the sticker.",
        ],
    ),
}


def make(kind: str, name: str) -> BytesIO:
    """The file that the story names: a "pdf", "docx", "csv", "txt", "sound", "film" or "virus" (a text for one).

    A film was drawn for this story and encoded once (VP9, from libvpx); like all of it, it is under our own licence.

    Raises:
        KeyError, FileNotFoundError: nobody has made it.
    """
    stem = name.rpartition(".")[0]
    if kind in ("pdf", "docx"):
        title, lines = _PAGES[stem]
        return BytesIO(pdf(title, lines) if kind == "pdf" else word(title, lines))
    if kind == "sound":
        return BytesIO(chime(_CHIMES[stem]))
    if kind == "film":
        return BytesIO((_FILMS / name).read_bytes())
    text = _TABLES[stem] if kind == "csv" else _TEXTS[stem]
    return BytesIO(text.encode("utf-8"))


def word(title: str, lines: list[str]) -> bytes:
    """A Word document of plain paragraphs."""
    space = "http://schemas.openxmlformats.org"
    kinds = f"{space}/package/2006/content-types"
    parts = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    paragraphs = "".join(f"<w:p><w:r><w:t>{escape(line)}</w:t></w:r></w:p>" for line in [title, *lines])
    written = BytesIO()
    with ZipFile(written, "w", ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{kinds}"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
            f'relationships+xml"/><Override PartName="/word/document.xml" ContentType="{parts}"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{space}/package/2006/relationships"><Relationship Id="r1" Type="{space}/'
            'officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>',
        )
        archive.writestr(
            "word/document.xml",
            f'<w:document xmlns:w="{space}/wordprocessingml/2006/main"><w:body>{paragraphs}</w:body></w:document>',
        )
    return written.getvalue()


def chime(tones: tuple[int, ...]) -> bytes:
    """Tones one after another, each dying away, as a WAV file."""
    rate, samples = 8000, bytearray()
    for tone in tones:
        for at in range(rate * 6 // 10):
            samples.append(128 + int(90 * exp(-4 * at / rate) * sin(2 * pi * tone * at / rate)))
    written = BytesIO()
    with wave.open(written, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(rate)
        sound.writeframes(bytes(samples))
    return written.getvalue()


def pdf(title: str, lines: list[str]) -> bytes:
    """A PDF of one page with a title and paragraphs, in the typeface that every reader has."""

    def shown(text: str) -> bytes:
        plain = text.encode("cp1252", "replace")
        return plain.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")

    content = [b"BT /F2 22 Tf 60 770 Td (", shown(title), b") Tj ET\n"]
    y = 726
    for paragraph in lines:
        for line in wrap(paragraph, 82):
            content += [b"BT /F1 12 Tf 60 ", str(y).encode(), b" Td (", shown(line), b") Tj ET\n"]
            y -= 18
        y -= 8
    content += [b"BT /F1 9 Tf 60 50 Td (Van Houten NV, Noorderlaan, Antwerp) Tj ET\n"]
    stream = b"".join(content)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R /F2 6 0 R >> >> >>",
        b"<< /Length " + str(len(stream)).encode() + b" >>\nstream\n" + stream + b"endstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
    ]
    made = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(made))
        made += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    start = len(made)
    made += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    for place in places:
        made += f"{place:010} 00000 n \n".encode()
    made += f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(made)
