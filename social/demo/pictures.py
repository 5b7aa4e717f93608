"""Draws what the people of the demo show each other: faces, charts, plans, sketches and scenes. Nothing is copied."""

from __future__ import annotations

import random
from collections.abc import Callable
from io import BytesIO
from typing import Any, cast

import pillow_heif
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont

Colour = tuple[int, int, int]

INK = (31, 41, 55)
GREY = (120, 128, 140)
PALE = (232, 236, 241)
BLUE = (29, 99, 210)
WARM = (214, 96, 53)
GREEN = (23, 148, 106)
WHITE = (255, 255, 255)


def draw(kind: str, name: str) -> BytesIO:
    """The picture that the story names.

    Raises:
        KeyError: nobody knows how to draw it.
    """
    stem, _dot, ending = name.rpartition(".")
    if kind == "moving":
        return _moving(_photo(stem).resize((600, 380)))
    picture = {"chart": _chart, "photo": _photo, "large": _large, "plan": _plan, "map": _map, "sketch": _sketch}[kind](
        stem
    )
    return _bytes(picture, {"jpg": "JPEG", "tif": "TIFF", "heic": "HEIF"}.get(ending, "PNG"))


def cover(name: str) -> BytesIO:
    """The picture over a group's page."""
    made = {"depot": lambda: _photo("hall-evening"), "map": lambda: _map("lanes"), "sketch": lambda: _paper()}[name]()
    width, height = made.size
    return _bytes(made.crop((0, height // 2 - width // 8, width, height // 2 + width // 8)), "JPEG")


# ---- Faces


_SKIN: tuple[Colour, ...] = ((247, 218, 194), (236, 198, 167), (214, 166, 128), (176, 122, 86), (129, 84, 58))
_HAIR: tuple[Colour, ...] = (
    (43, 33, 28),
    (92, 62, 40),
    (164, 116, 62),
    (214, 178, 112),
    (150, 150, 152),
    (122, 56, 34),
)
_CLOTH: tuple[Colour, ...] = ((38, 70, 126), (168, 62, 54), (46, 112, 92), (84, 72, 122), (190, 132, 46), (70, 78, 90))
_WALL: tuple[Colour, ...] = ((214, 226, 240), (240, 224, 210), (218, 234, 222), (232, 220, 236), (238, 232, 208))


def face(key: str, shape: str) -> BytesIO:
    """A small drawn portrait; the same key gives the same face. `shape` is "f" for long hair, else short."""
    dice = random.Random(f"face {key}")
    tone = dice.choice((0, 0, 1, 1, 1, 2, 2, 3, 4))
    skin, hair = _SKIN[tone], dice.choice(_HAIR if tone < 2 else _HAIR[:2])
    size = 512
    picture = _gradient((size, size), dice.choice(_WALL), WHITE)
    pen = ImageDraw.Draw(picture)
    middle, top = 256 + dice.randint(-8, 8), 104 + dice.randint(-8, 12)
    wide, tall = 92 + dice.randint(-8, 8), 232 + dice.randint(-10, 12)
    left, right, bottom = middle - wide, middle + wide, top + tall
    if shape == "f":
        length = dice.choice((60, 130, 190))
        pen.rounded_rectangle((left - 26, top - 24, right + 26, bottom + length), 110, fill=hair)
    pen.rounded_rectangle((middle - 190, bottom + 44, middle + 190, size + 120), 150, fill=dice.choice(_CLOTH))
    pen.rounded_rectangle((middle - 38, bottom - 50, middle + 38, bottom + 84), 38, fill=_darker(skin, 0.9))
    pen.ellipse((left - 16, top + 96, left + 22, top + 150), fill=_darker(skin, 0.94))
    pen.ellipse((right - 22, top + 96, right + 16, top + 150), fill=_darker(skin, 0.94))
    pen.rounded_rectangle((left, top, right, bottom), wide, fill=skin)
    fringe = dice.randint(48, 78)
    pen.chord((left - 12, top - 34, right + 12, top + 2 * fringe + 44), 180, 360, fill=hair)
    if shape == "f":
        pen.pieslice((left - 14, top - 30, middle + 40, top + 170), 180, 270 + dice.randint(-10, 30), fill=hair)
    eyes = top + 122
    for side in (-1, 1):
        at = middle + side * 38
        pen.ellipse((at - 8, eyes - 9, at + 8, eyes + 9), fill=(38, 30, 28))
        pen.arc((at - 22, eyes - 36, at + 22, eyes - 4), 205, 335, fill=_darker(hair, 0.8), width=7)
    pen.line((middle, eyes + 12, middle - 6, eyes + 42, middle + 6, eyes + 44), fill=_darker(skin, 0.82), width=5)
    pen.arc((middle - 34, eyes + 36, middle + 34, eyes + 82), 20, 160, fill=(150, 66, 62), width=8)
    if shape == "m" and dice.random() < 0.45:
        pen.chord((left + 6, eyes + 30, right - 6, bottom + 6), 10, 170, fill=hair)
        pen.arc((middle - 26, eyes + 40, middle + 26, eyes + 78), 20, 160, fill=(230, 180, 160), width=7)
    if dice.random() < 0.35:
        for side in (-1, 1):
            at = middle + side * 38
            pen.ellipse((at - 28, eyes - 25, at + 28, eyes + 25), outline=(48, 52, 60), width=5)
        pen.line((middle - 11, eyes, middle + 11, eyes), fill=(48, 52, 60), width=5)
    return _bytes(picture.resize((256, 256), Image.Resampling.LANCZOS), "PNG")


# ---- Charts

_BARS: dict[str, tuple[str, list[tuple[str, float, str]]]] = {
    "quarter": (
        "Revenue, million euro",
        [("Q2 25", 42.1, ""), ("Q3 25", 45.5, ""), ("Q4 25", 46.0, ""), ("Q1 26", 44.2, ""), ("Q2 26", 46.9, ""),
         ("Q3 26", 48.3, "")],
    ),
    "depot-progress": (
        "Ready, percent",
        [("Floor", 100, ""), ("Docks", 73, ""), ("Racks", 60, ""), ("Heating", 40, ""), ("Offices", 30, "")],
    ),
    "pipeline": ("Open offers", [("Belgium", 14, ""), ("Netherlands", 11, ""), ("Luxembourg", 4, "")]),
    "portal-speed": ("Seconds until the portal can be read", [("Spring", 3.1, ""), ("Summer", 1.9, ""), ("Now", 0.8, "")]),
    "reorg-cost": ("Thousand euro", [("Once", 380, ""), ("Saved each year", 240, "")]),
    "empty-by-lane": (
        "Empty kilometres of 100, by lane",
        [("Duisburg-Köln", 39, ""), ("Lille-Lyon", 24, ""), ("Antwerp-Venlo", 19, ""), ("Gdansk-Hamburg", 14, ""),
         ("Antwerp-Lille", 8, "")],
    ),
    "roadmap": (
        "Weeks until it is in use",
        [("Contrast", 2, ""), ("Portal link", 5, ""), ("Delivery note", 9, ""), ("Offline", 14, "")],
    ),
}  # fmt: skip
_LINES = {
    "pegel-ruhrort": ("Pegel Ruhrort, Meter", (2.9, 2.84, 2.8, 2.71, 2.66, 2.6, 2.48, 2.41, 2.33, 2.2, 2.12, 2.04))
}


def _chart(name: str) -> Image.Image:
    width, height = 1120, 620
    picture = Image.new("RGB", (width, height), WHITE)
    pen = ImageDraw.Draw(picture)
    if name in _LINES:
        title, values = _LINES[name]
        pen.text((56, 40), title, fill=INK, font=_font(34))
        low, high = min(values) - 0.2, max(values) + 0.1
        for step in range(4):
            y = 130 + step * 130
            pen.line((56, y, width - 56, y), fill=PALE, width=2)
            pen.text((60, y - 30), f"{high - (high - low) * step / 3.2:.1f}", fill=GREY, font=_font(20))
        points = [
            (110 + at * (width - 200) / (len(values) - 1), 130 + (high - value) / (high - low) * 410)
            for at, value in enumerate(values)
        ]
        pen.line(points, fill=BLUE, width=7, joint="curve")
        left, top = points[-1]
        pen.ellipse((left - 11, top - 11, left + 11, top + 11), fill=WARM)
        pen.text((left - 70, top - 52), f"{values[-1]}", fill=WARM, font=_font(30))
        return picture
    title, bars = _BARS[name]
    pen.text((56, 40), title, fill=INK, font=_font(34))
    most, room = max(value for _label, value, _text in bars), 440 // len(bars)
    for at, (label, value, _text) in enumerate(bars):
        y = 124 + at * room
        long = int((width - 450) * value / most)
        tall = min(60, room - 18)
        pen.text((56, y + tall // 2), label, fill=INK, font=_font(26), anchor="lm")
        pen.rounded_rectangle((300, y, 300 + long, y + tall), 10, fill=BLUE if value == most else (132, 170, 226))
        pen.text((300 + long + 18, y + tall // 2), f"{value:g}", fill=INK, font=_font(26), anchor="lm")
    return picture


# ---- Plans, maps, sketches


def _plan(name: str) -> Image.Image:
    picture = Image.new("RGB", (1200, 760), (250, 251, 252))
    pen = ImageDraw.Draw(picture)
    for x in range(0, 1200, 40):
        pen.line((x, 0, x, 760), fill=(236, 240, 245))
    for y in range(0, 760, 40):
        pen.line((0, y, 1200, y), fill=(236, 240, 245))
    pen.rectangle((120, 110, 1080, 600), outline=INK, width=8, fill=WHITE)
    docks = 5 if name == "quai-lille" else 11
    step = 960 // docks
    for dock in range(docks):
        x = 120 + dock * step
        pen.rectangle((x + step // 4, 588, x + 3 * step // 4, 640), fill=(226, 234, 246), outline=BLUE, width=4)
        pen.text((x + step // 2, 668), str(dock + 1), fill=BLUE, font=_font(28), anchor="mm")
    for row in range(4):
        for part in range(3):
            x, y = 330 + part * 230, 170 + row * 80
            pen.rectangle((x, y, x + 190, y + 34), fill=(224, 229, 236))
            pen.line([(x + shelf * 38, y) for shelf in range(6)], fill=GREY)
    pen.rectangle((120, 110, 270, 330), fill=(240, 244, 238), outline=INK, width=5)
    pen.text((195, 220), "Bureaux" if name == "quai-lille" else "Offices", fill=INK, font=_font(24), anchor="mm")
    if name == "assembly-point":
        pen.ellipse((980, 20, 1040, 80), fill=GREEN)
        pen.text((960, 50), "Assembly point: bike shed", fill=GREEN, font=_font(30), anchor="rm")
        pen.line((640, 380, 900, 240, 1010, 92), fill=GREEN, width=8)
    elif name == "quai-lille":
        for x, colour, word in ((260, GREEN, "Entrée"), (900, WARM, "Sortie")):
            pen.line((x, 560, x, 470), fill=colour, width=10)
            pen.text((x, 440), word, fill=colour, font=_font(28), anchor="mm")
    else:
        pen.text((640, 520), "Cross-dock", fill=GREY, font=_font(30), anchor="mm")
        pen.text((120, 66), "Noorderlaan, ground floor", fill=INK, font=_font(32), anchor="lm")
    return picture


_TOWNS = {
    "Rotterdam": (470, 90), "Antwerp": (500, 330), "Ghent": (300, 400), "Lille": (150, 560), "Brussels": (520, 500),
    "Venlo": (860, 300), "Duisburg": (1040, 230), "Köln": (1040, 440), "Liège": (820, 580),
}  # fmt: skip


def _map(name: str) -> Image.Image:
    picture = _gradient((1200, 720), (236, 240, 229), (226, 233, 222))
    pen = ImageDraw.Draw(picture)
    pen.polygon([(0, 0), (420, 0), (360, 120), (300, 200), (160, 260), (0, 400)], fill=(196, 216, 234))
    pen.line(
        [(300, 200), (430, 262), (500, 320), (470, 420), (300, 400)], fill=(168, 198, 226), width=16, joint="curve"
    )
    pen.line([(1120, 0), (1060, 230), (1050, 440), (1130, 720)], fill=(168, 198, 226), width=14, joint="curve")
    lanes = [
        ("Rotterdam", "Antwerp"), ("Antwerp", "Ghent"), ("Ghent", "Lille"), ("Antwerp", "Brussels"),
        ("Antwerp", "Venlo"), ("Venlo", "Duisburg"), ("Duisburg", "Köln"), ("Köln", "Liège"), ("Liège", "Brussels"),
        ("Lille", "Brussels"),
    ]  # fmt: skip
    for begin, end in lanes:
        pen.line((*_TOWNS[begin], *_TOWNS[end]), fill=WHITE, width=12)
        pen.line((*_TOWNS[begin], *_TOWNS[end]), fill=(232, 190, 120), width=6)
    if name == "detour-liefkenshoek":
        closed, detour = [(500, 330), (400, 300), (300, 400)], [(500, 330), (452, 410), (380, 440), (300, 400)]
        pen.line(closed, fill=WARM, width=9)
        pen.line(detour, fill=BLUE, width=12, joint="curve")
        pen.ellipse((378, 278, 422, 322), fill=WARM)
        pen.rectangle((388, 296, 412, 304), fill=WHITE)
        pen.text((330, 262), "closed", fill=WARM, font=_font(26), anchor="mm")
        pen.text((452, 448), "Kennedy", fill=BLUE, font=_font(26), anchor="lm")
    for town, (x, y) in _TOWNS.items():
        pen.ellipse((x - 9, y - 9, x + 9, y + 9), fill=INK)
        pen.text((x + 18, y - 16), town, fill=INK, font=_font(26), anchor="lm")
    return picture


def _sketch(name: str) -> Image.Image:
    picture = Image.new("RGB", (900, 1100), (252, 250, 244))
    pen = ImageDraw.Draw(picture)
    dice = random.Random(name)
    if name == "icons-adr":
        for at in range(9):
            x, y = 170 + at % 3 * 280, 210 + at // 3 * 330
            fill = (WHITE, (244, 192, 60), (214, 82, 60))[at % 3]
            pen.polygon([(x, y - 110), (x + 110, y), (x, y + 110), (x - 110, y)], fill=fill, outline=INK, width=7)
            for _part in range(3):
                a, b = dice.randint(-34, 34), dice.randint(-34, 34)
                pen.ellipse((x + a - 14, y + b - 14, x + a + 14, y + b + 14), fill=INK)
        return picture

    def box(left: int, top: int, right: int, bottom: int, width: int = 4) -> None:
        corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
        pen.line(
            [(x + dice.randint(-4, 4), y + dice.randint(-4, 4)) for x, y in corners], fill=(60, 66, 78), width=width
        )

    box(60, 60, 840, 1040, 5)
    box(110, 110, 420, 200)
    pen.text((130, 154), "VAN HOUTEN", fill=(60, 66, 78), font=_font(34), anchor="lm")
    for line in range(6):
        y = 280 + line * 52
        pen.line((110, y, 790 - dice.randint(0, 160), y + dice.randint(-3, 3)), fill=(150, 156, 166), width=4)
    if name == "delivery-note-a":
        box(110, 640, 330, 790)
        pen.text((220, 715), "14", fill=INK, font=_font(80), anchor="mm")
        box(110, 880, 790, 1000)
    else:
        box(110, 640, 400, 900)
        pen.text((255, 770), "14", fill=INK, font=_font(150), anchor="mm")
        box(430, 640, 790, 900)
    y = 940 if name == "delivery-note-a" else 780
    wave = [(470 + step * 12, y + dice.randint(-38, 38)) for step in range(20)]
    pen.line(wave, fill=BLUE, width=5, joint="curve")
    return picture


def _paper() -> Image.Image:
    picture = _gradient((1200, 720), (248, 244, 234), (236, 229, 214))
    pen = ImageDraw.Draw(picture)
    dice = random.Random("paper")
    for at in range(5):
        x = 90 + at * 220
        pen.rounded_rectangle((x, 170, x + 160, 520), 22, outline=(92, 98, 110), width=6, fill=(253, 252, 248))
        for line in range(6):
            y = 220 + line * 46
            colour = BLUE if line == dice.randint(0, 5) else (196, 198, 202)
            pen.rounded_rectangle((x + 22, y, x + 60 + dice.randint(20, 80), y + 18), 8, fill=colour)
    return picture


# ---- Scenes: light, distance and one thing in front


def _photo(name: str) -> Image.Image:
    sky_top, sky_low, ground_far, ground_near, horizon, what = _SCENES[name]
    size = (1200, 760)
    picture = _gradient(size, sky_top, sky_low)
    line = int(size[1] * horizon)
    picture.paste(_gradient((size[0], size[1] - line), ground_far, ground_near), (0, line))
    glow = Image.new("L", size, 0)
    at = random.Random(name).randint(250, 950)
    ImageDraw.Draw(glow).ellipse((at - 170, line - 210, at + 170, line + 130), fill=120)
    glow = glow.resize((150, 95)).filter(ImageFilter.GaussianBlur(14)).resize(size)
    picture.paste(Image.new("RGB", size, (255, 240, 212)), (0, 0), glow)
    what(picture, line, random.Random(f"{name} things"))
    return picture


def _large(name: str) -> Image.Image:
    """As a camera gives it: so many points that the worker writes it anew."""
    return _photo(name).resize((2400, 1520), Image.Resampling.BICUBIC)


def _moving(picture: Image.Image) -> BytesIO:
    """Day, evening and night over a picture, again and again."""
    times = [ImageEnhance.Brightness(picture).enhance(light) for light in (1, 0.75, 0.5, 0.35, 0.5, 0.75)]
    made = BytesIO()
    times[0].save(made, "GIF", save_all=True, append_images=times[1:], duration=700, loop=0)
    made.seek(0)
    return made


def _hall(picture: Image.Image, line: int, _dice: random.Random) -> None:
    pen = ImageDraw.Draw(picture, "RGBA")
    for at in range(7):
        x = 40 + at * 190
        pen.polygon(
            [(x, 0), (x + 40, 0), (620 + (x - 600) // 5, line), (600 + (x - 600) // 5, line)], fill=(40, 34, 40, 120)
        )
    for at in range(5):
        x = 120 + at * 230
        pen.polygon(
            [(x, 760), (x + 120, 760), (640 + at * 18, line + 10), (620 + at * 18, line + 10)], fill=(255, 226, 168, 70)
        )
    pen.rectangle((520, line - 120, 680, line + 4), fill=(255, 232, 184, 220))


def _stripes(picture: Image.Image, _line: int, _dice: random.Random) -> None:
    pen = ImageDraw.Draw(picture, "RGBA")
    for at in range(6):
        x = 60 + at * 200
        pen.polygon([(x, 0), (x + 90, 0), (x + 260, 760), (x + 90, 760)], fill=(255, 252, 236, 96))


def _crane(picture: Image.Image, line: int, _dice: random.Random) -> None:
    pen = ImageDraw.Draw(picture)
    dark = (44, 50, 62)
    pen.rectangle((0, line, 1200, line + 26), fill=(62, 66, 76))
    for x in (420, 560):
        pen.line((x, line, x + 10, 190), fill=dark, width=16)
    pen.line((300, 200, 960, 170), fill=dark, width=18)
    pen.line((490, 70, 960, 170), fill=dark, width=7)
    pen.line((490, 70, 300, 200), fill=dark, width=7)
    pen.line((490, 70, 500, 200), fill=dark, width=12)
    pen.line((830, 176, 830, 330), fill=dark, width=5)
    for at, colour in enumerate(((178, 72, 56), (54, 94, 140), (198, 150, 60), (70, 112, 92))):
        pen.rectangle(
            (700 + at % 2 * 170, line - 74 * (1 + at // 2), 860 + at % 2 * 170, line - 74 * (at // 2) - 4), fill=colour
        )
    pen.rectangle((750, 330, 910, 402), fill=(150, 60, 52))


def _fog(picture: Image.Image, line: int, dice: random.Random) -> None:
    mist = Image.new("L", (150, 95), 0)
    pen = ImageDraw.Draw(mist)
    for _bank in range(9):
        y = dice.randint(40, 90)
        pen.ellipse((dice.randint(-40, 110), y - 9, dice.randint(60, 190) + 40, y + 9), fill=110)
    mist = mist.filter(ImageFilter.GaussianBlur(7)).resize(picture.size)
    lamps = ImageDraw.Draw(picture)
    for x in (420, 690):
        lamps.line((x, line + 40, x, line - 160), fill=(58, 62, 72), width=8)
        lamps.ellipse((x - 18, line - 190, x + 18, line - 154), fill=(255, 232, 178))
    picture.paste(Image.new("RGB", picture.size, (214, 220, 228)), (0, 0), mist)


def _door(picture: Image.Image, line: int, _dice: random.Random) -> None:
    pen = ImageDraw.Draw(picture, "RGBA")
    pen.polygon([(560, line + 6), (700, line + 6), (980, 760), (380, 760)], fill=(255, 214, 140, 70))
    pen.rectangle((560, line - 240, 700, line + 6), fill=(255, 224, 158, 255))


def _dashboard(picture: Image.Image, line: int, _dice: random.Random) -> None:
    pen = ImageDraw.Draw(picture, "RGBA")
    pen.rounded_rectangle((-60, line, 1260, 900), 140, fill=(34, 36, 42, 255))
    pen.ellipse((180, line + 40, 560, line + 420), outline=(16, 18, 22, 255), width=34)
    pen.rounded_rectangle((760, line - 40, 1060, line + 170), 24, fill=(20, 22, 26, 255))
    pen.rounded_rectangle((776, line - 24, 1044, line + 154), 14, fill=(246, 244, 236, 255))
    for at in range(3):
        pen.rounded_rectangle((800, line + 4 + at * 48, 960, line + 28 + at * 48), 8, fill=(228, 226, 218, 255))


def _roofs(picture: Image.Image, line: int, dice: random.Random) -> None:
    pen = ImageDraw.Draw(picture)
    for row in range(4):
        y = line + 30 + row * 95
        x = -40
        while x < 1240:
            wide = dice.randint(110, 190)
            wall = dice.choice(((244, 232, 214), (236, 214, 190), (248, 240, 226), (226, 198, 172)))
            pen.rectangle((x, y + 30, x + wide, y + 240), fill=wall)
            pen.polygon(
                [(x - 10, y + 34), (x + wide // 2, y - 16), (x + wide + 10, y + 34)],
                fill=(190 - row * 8, 96 - row * 4, 66),
            )
            for window in range(2):
                pen.rectangle((x + 24 + window * 60, y + 56, x + 46 + window * 60, y + 92), fill=(112, 126, 140))
            x += wide + 4


def _road(picture: Image.Image, line: int, dice: random.Random) -> None:
    pen = ImageDraw.Draw(picture)
    low = cast(Colour, picture.getpixel((4, line + 30)))
    hills = _darker(low, 0.72)
    pen.polygon(
        [
            (0, line + 4),
            (180, line - 130),
            (380, line - 30),
            (610, line - 190),
            (900, line - 20),
            (1200, line - 140),
            (1200, line + 4),
        ],
        fill=hills,
    )
    pen.polygon([(590, line), (622, line), (900, 760), (260, 760)], fill=_darker(low, 0.86))
    for mark in range(5):
        y = line + 24 + mark * mark * 26
        pen.polygon(
            [
                (603 - mark, y),
                (609 + mark, y),
                (611 + 2 * mark, y + 10 + mark * 9),
                (601 - 2 * mark, y + 10 + mark * 9),
            ],
            fill=WHITE,
        )
    for side in (-1, 1):
        for tree in range(7):
            x = 606 + side * (70 + tree * tree * 15)
            tall = 40 + tree * 26 + dice.randint(0, 12)
            y = line + 8 + tree * 9
            pen.polygon([(x - tall // 4, y), (x + tall // 4, y), (x, y - tall)], fill=_darker(hills, 0.62))


def _bike(picture: Image.Image, _line: int, _dice: random.Random) -> None:
    pen = ImageDraw.Draw(picture)
    for row in range(9):
        for brick in range(9):
            x = brick * 150 - row % 2 * 75
            pen.rectangle((x, row * 62, x + 144, row * 62 + 56), fill=(186 + (brick * row) % 14, 152, 128))
    red = (206, 46, 42)
    for x in (400, 800):
        pen.ellipse((x - 140, 420, x + 140, 700), outline=(40, 40, 44), width=16)
    pen.line([(400, 560), (530, 360), (720, 360), (590, 560), (400, 560)], fill=red, width=20, joint="curve")
    pen.line([(800, 560), (710, 320)], fill=red, width=20)
    pen.line([(530, 360), (590, 560)], fill=red, width=20)
    pen.line([(500, 330), (570, 330)], fill=(40, 40, 44), width=22)
    pen.line([(660, 300), (716, 316), (760, 280)], fill=(40, 40, 44), width=14, joint="curve")


def _dog(picture: Image.Image, line: int, _dice: random.Random) -> None:
    pen = ImageDraw.Draw(picture)
    dark = (52, 38, 46)
    pen.ellipse((-200, line - 60, 1400, line + 700), fill=(86, 62, 62))
    pen.rounded_rectangle((560, line - 200, 740, line - 20), 70, fill=dark)
    for x in (580, 690):
        pen.rounded_rectangle((x, line - 90, x + 34, line - 20), 14, fill=dark)
    pen.ellipse((690, line - 290, 810, line - 170), fill=dark)
    pen.rounded_rectangle((770, line - 240, 850, line - 196), 20, fill=dark)
    pen.polygon([(700, line - 260), (716, line - 330), (760, line - 282)], fill=dark)
    pen.arc((470, line - 260, 600, line - 90), 60, 170, fill=dark, width=18)


def _cat(picture: Image.Image, _line: int, _dice: random.Random) -> None:
    pen = ImageDraw.Draw(picture)
    pen.rectangle((330, 90, 870, 640), fill=(255, 214, 140))
    pen.rectangle((590, 90, 610, 640), fill=(60, 50, 56))
    pen.rectangle((300, 630, 900, 680), fill=(66, 54, 58))
    grey = (58, 56, 66)
    pen.ellipse((640, 400, 800, 640), fill=grey)
    pen.ellipse((650, 300, 790, 430), fill=grey)
    pen.polygon([(660, 340), (664, 262), (712, 314)], fill=grey)
    pen.polygon([(780, 340), (776, 262), (728, 314)], fill=grey)
    pen.arc((760, 520, 900, 680), 150, 300, fill=grey, width=22)
    for x in (694, 740):
        pen.ellipse((x - 8, 350, x + 8, 374), fill=(214, 230, 120))


def _lights(picture: Image.Image, line: int, dice: random.Random) -> None:
    pen = ImageDraw.Draw(picture)
    for rope in range(5):
        y = 90 + rope * 56
        points = [(x, y + int((x - 600) ** 2 / 5200) * -1 + 70) for x in range(0, 1201, 60)]
        pen.line(points, fill=(48, 44, 66), width=4)
        for x, at in points:
            colour = dice.choice(((255, 214, 120), (255, 168, 110), (250, 240, 190)))
            pen.ellipse((x - 11, at - 4, x + 11, at + 18), fill=colour)
    for _guest in range(26):
        x, tall = dice.randint(20, 1180), dice.randint(60, 96)
        pen.ellipse((x - 13, line - tall - 22, x + 13, line - tall + 6), fill=(30, 28, 44))
        pen.rounded_rectangle((x - 20, line - tall, x + 20, line + 20), 16, fill=(30, 28, 44))


Scene = tuple[Colour, Colour, Colour, Colour, float, Callable[[Image.Image, int, random.Random], None]]
_SCENES: dict[str, Scene] = {
    "hall-evening": ((92, 74, 78), (232, 172, 112), (150, 112, 92), (70, 58, 62), 0.52, _hall),
    "reach-stacker": ((120, 160, 206), (240, 214, 190), (120, 128, 140), (84, 92, 104), 0.78, _crane),
    "quay-fog": ((92, 108, 132), (170, 182, 196), (124, 134, 148), (78, 86, 98), 0.7, _fog),
    "old-hall-night": ((18, 20, 30), (34, 36, 50), (30, 30, 40), (14, 14, 20), 0.62, _door),
    "roof-lights": ((196, 208, 220), (226, 232, 238), (176, 184, 194), (150, 158, 170), 0.5, _stripes),
    "dashboard-sun": ((255, 226, 150), (255, 246, 222), (210, 190, 150), (150, 130, 110), 0.62, _dashboard),
    "lisbon-roofs": ((110, 170, 222), (252, 214, 160), (90, 150, 196), (70, 130, 180), 0.36, _roofs),
    "old-map-road": ((58, 66, 118), (236, 150, 110), (86, 92, 112), (60, 66, 84), 0.5, _road),
    "red-bike": ((190, 200, 190), (200, 190, 170), (120, 140, 92), (92, 116, 70), 0.74, _bike),
    "dog-evening": ((84, 74, 130), (246, 168, 110), (120, 84, 78), (70, 50, 56), 0.72, _dog),
    "kitten-window": ((40, 38, 56), (56, 50, 66), (40, 36, 48), (28, 26, 36), 0.86, _cat),
    "frozen-road": ((176, 196, 220), (240, 228, 224), (226, 232, 240), (200, 210, 222), 0.5, _road),
    "harbour-crane": ((196, 206, 220), (252, 196, 140), (150, 140, 140), (110, 104, 110), 0.78, _crane),
    "snow-road": ((150, 176, 212), (236, 240, 246), (236, 240, 246), (214, 222, 232), 0.46, _road),
    "party-lights": ((24, 24, 58), (120, 70, 110), (46, 56, 60), (26, 34, 40), 0.78, _lights),
}


# ---- What all of them need


def _gradient(size: tuple[int, int], above: Colour, below: Colour) -> Image.Image:
    mask = Image.linear_gradient("L").resize(size)
    return Image.composite(Image.new("RGB", size, below), Image.new("RGB", size, above), mask)


def _darker(colour: Colour, by: float) -> Colour:
    return tuple(int(part * by) for part in colour[:3])  # type: ignore[return-value]


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The typeface that comes with the library: a bare machine has no other."""
    return ImageFont.load_default(size)


def _bytes(picture: Image.Image, form: str) -> BytesIO:
    made = BytesIO()
    options: dict[str, dict[str, Any]] = {
        "JPEG": {"quality": 84},
        "PNG": {"compress_level": 3},
        "TIFF": {"compression": "tiff_lzw"},
        "HEIF": {"quality": 60},
    }
    if form == "HEIF":
        pillow_heif.register_heif_opener()
        # To write one takes long.
        picture = picture.reduce(2)
    picture.save(made, form, **options[form])
    made.seek(0)
    return made
