"""Makes the files that people hang on their posts: small real PDFs, tables and texts, written here."""

from __future__ import annotations

import wave
from collections.abc import Mapping
from html import escape
from io import BytesIO
from math import exp, pi, sin
from pathlib import Path
from textwrap import wrap
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from PIL import Image, ImageDraw, ImageFont

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
    """The file that the story names: a "pdf", "docx", "odt", "csv", "xlsx", "zip" (two tables), "txt", "sound", "film" or
    "virus" (a text for one).

    A film was drawn for this story and encoded once (VP9, from libvpx); like all of it, it is under our own licence.

    Raises:
        KeyError, FileNotFoundError: nobody has made it.
    """
    stem = name.rpartition(".")[0]
    if kind in ("pdf", "docx", "odt"):
        return BytesIO({"pdf": pdf, "docx": word, "odt": opendocument}[kind](*_PAGES[stem]))
    if kind == "xlsx":
        return BytesIO(workbook(_TABLES[stem]))
    if kind == "zip":
        return BytesIO(_packed({f"{one}.csv": _TABLES[one] for one in ("shifts-week-1", "move-weekend-teams")}))
    if kind == "sound":
        return BytesIO(chime(_CHIMES[stem]))
    if kind == "film":
        return BytesIO((_FILMS / name).read_bytes())
    text = _TABLES[stem] if kind == "csv" else _TEXTS[stem]
    return BytesIO(text.encode("utf-8"))


_SPACE = "http://schemas.openxmlformats.org"


def word(title: str, lines: list[str]) -> bytes:
    """A Word document of plain paragraphs."""
    paragraphs = "".join(f"<w:p><w:r><w:t>{escape(line)}</w:t></w:r></w:p>" for line in [title, *lines])
    return _office(
        "word/document.xml",
        "wordprocessingml.document.main",
        f'<w:document xmlns:w="{_SPACE}/wordprocessingml/2006/main"><w:body>{paragraphs}</w:body></w:document>',
    )


def workbook(table: str) -> bytes:
    """An Excel workbook of one sheet, whose cells are texts; `table` has its columns between semicolons."""
    rows = "".join(
        "<row>" + "".join(f'<c t="inlineStr"><is><t>{escape(cell)}</t></is></c>' for cell in line.split(";")) + "</row>"
        for line in table.splitlines()
    )
    main, links = f"{_SPACE}/spreadsheetml/2006/main", f"{_SPACE}/officeDocument/2006/relationships"
    return _office(
        "xl/workbook.xml",
        "spreadsheetml.sheet.main",
        f'<workbook xmlns="{main}" xmlns:r="{links}"><sheets><sheet name="1" sheetId="1" r:id="r1"/></sheets></workbook>',
        {
            "xl/_rels/workbook.xml.rels": _links("worksheet", "worksheets/sheet1.xml"),
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>',
        },
        {"/xl/worksheets/sheet1.xml": "spreadsheetml.worksheet"},
    )


def opendocument(title: str, lines: list[str]) -> bytes:
    """A text of OpenDocument, with the small picture of its first page that its programs put into it."""
    space, kind = "urn:oasis:names:tc:opendocument:xmlns", "application/vnd.oasis.opendocument.text"
    said = f"<text:h>{escape(title)}</text:h>" + "".join(f"<text:p>{escape(line)}</text:p>" for line in lines)
    return _packed(
        {
            "mimetype": kind,
            "content.xml": f'<office:document-content xmlns:office="{space}:office:1.0" xmlns:text="{space}:text:1.0" '
            f'office:version="1.2"><office:body><office:text>{said}</office:text></office:body></office:document-content>',
            "META-INF/manifest.xml": f'<manifest:manifest xmlns:manifest="{space}:manifest:1.0" manifest:version="1.2">'
            + "".join(
                f'<manifest:file-entry manifest:full-path="{name}" manifest:media-type="{one}"/>'
                for name, one in {"/": kind, "content.xml": "text/xml", "Thumbnails/thumbnail.png": "image/png"}.items()
            )
            + "</manifest:manifest>",
            "Thumbnails/thumbnail.png": _first_page(title, lines),
        }
    )


def _first_page(title: str, lines: list[str]) -> bytes:
    page = Image.new("RGB", (396, 560), "white")
    pen = ImageDraw.Draw(page)
    pen.text((36, 40), title, (20, 24, 40), ImageFont.load_default(16))
    pen.multiline_text((36, 84), "\n\n".join("\n".join(wrap(line, 48)) for line in lines), (50, 54, 66),
                       ImageFont.load_default(13), spacing=5)  # fmt: skip
    made = BytesIO()
    page.save(made, "PNG")
    return made.getvalue()


def _office(
    place: str, kind: str, content: str, more: dict[str, str] | None = None, kinds: dict[str, str] | None = None
) -> bytes:
    """An Office file whose main part lies at `place`; `kinds` are those of more parts."""
    parts = "".join(
        f'<Override PartName="{name}" ContentType="application/vnd.openxmlformats-officedocument.{one}+xml"/>'
        for name, one in ({f"/{place}": kind} | (kinds or {})).items()
    )
    return _packed(
        {
            "[Content_Types].xml": f'<Types xmlns="{_SPACE}/package/2006/content-types"><Default Extension="rels" '
            f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>{parts}</Types>',
            "_rels/.rels": _links("officeDocument", place),
            place: content,
        }
        | (more or {})
    )


def _links(kind: str, target: str) -> str:
    return (
        f'<Relationships xmlns="{_SPACE}/package/2006/relationships"><Relationship Id="r1" Type="{_SPACE}/'
        f'officeDocument/2006/relationships/{kind}" Target="{target}"/></Relationships>'
    )


def _packed(parts: Mapping[str, str | bytes]) -> bytes:
    written = BytesIO()
    with ZipFile(written, "w", ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            # Readers of OpenDocument look for the kind at a fixed place.
            archive.writestr(name, content, ZIP_STORED if name == "mimetype" else None)
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
