"""What is taken and what is not: decided from the content, cleaned, written anew."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pillow_heif
import pytest
from PIL import Image

from files import films, images, intake, kinds, sandbox
from files.errors import NotAllowed, Refused, TooLarge, Unreadable

ROOT = Path(__file__).resolve().parent.parent


def take(content: bytes, name: str, tmp_path: Path, **options: Any) -> intake.Ready:
    folder = tmp_path / os.urandom(8).hex()
    folder.mkdir()
    return intake.take(io.BytesIO(content), name, folder, **options)


def picture(form: str = "PNG", size: tuple[int, int] = (64, 48), **options: Any) -> bytes:
    written = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(written, form, **options)
    return written.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def flat_png(width: int, height: int) -> bytes:
    packer = zlib.compressobj(9)
    row = bytes(1 + (width + 7) // 8)
    data = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def office(folder: str, **more: bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b"<Types/>")
        archive.writestr(f"{folder}/document.xml", b"<x/>")
        for name, content in more.items():
            archive.writestr(name, content)
    return written.getvalue()


def zipped(**entries: bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name.replace("__", "/"), content)
    return written.getvalue()


MP4 = struct.pack(">I4s4sI4s", 20, b"ftyp", b"isom", 0, b"isom") + struct.pack(">I4s", 8, b"moov")
OGG, FLAC = b"OggS\x00\x02" + bytes(60), b"fLaC\x00\x00\x00\x22" + bytes(60)
WAV, WEBM = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(40), b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm" + bytes(40)


@pytest.mark.parametrize(
    ("content", "name", "family", "content_type", "called"),
    [
        (picture("PNG"), "a.png", "image", "image/png", "a.png"),
        (picture("JPEG"), "a.JPG", "image", "image/jpeg", "a.JPG"),
        (picture("WEBP"), "a.webp", "image", "image/webp", "a.webp"),
        (picture("GIF"), "a.gif", "image", "image/gif", "a.gif"),
        (MP4, "a.mp4", "video", "video/mp4", "a.mp4"),
        (MP4, "a.m4a", "audio", "audio/mp4", "a.m4a"),
        (WEBM, "a.webm", "video", "video/webm", "a.webm"),
        (b"ID3\x04\x00" + bytes(40), "a.mp3", "audio", "audio/mpeg", "a.mp3"),
        (OGG, "a.opus", "audio", "audio/ogg", "a.opus"),
        (FLAC, "a.flac", "audio", "audio/flac", "a.flac"),
        (WAV, "a.wav", "audio", "audio/wav", "a.wav"),
        (b"%PDF-1.7\n%\xe2\xe3", "a.pdf", "document", "application/pdf", "a.pdf"),
        (office("word"), "a.docx", "document", kinds.DOCX.content_type, "a.docx"),
        (office("xl"), "a.xlsx", "document", kinds.XLSX.content_type, "a.xlsx"),
        (office("ppt"), "a.pptx", "document", kinds.PPTX.content_type, "a.pptx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.xls", "document", "application/vnd.ms-excel", "a.xls"),
        (b"{\\rtf1 hello}", "a.rtf", "document", "application/rtf", "a.rtf"),
        (zipped(a=b"x"), "a.zip", "archive", "application/zip", "a.zip"),
        (b"plain words", "a.md", "text", "text/plain", "a.md"),
        ("größer\n".encode(), "a.csv", "text", "text/plain", "a.csv"),
        ("größer;1\n".encode("cp1252"), "a.csv", "text", "text/plain", "a.csv"),
        ("größer".encode("utf-16"), "a.txt", "text", "text/plain", "a.txt"),
        (b"MZ is how she signs her notes", "a.txt", "text", "text/plain", "a.txt"),
        # The name follows the content; what was typed stays.
        (picture("PNG"), "holiday.jpg", "image", "image/png", "holiday.jpg.png"),
        (picture("PNG"), "page.html", "image", "image/png", "page.html.png"),
        (picture("PNG"), "noending", "image", "image/png", "noending.png"),
        (b"%PDF-1.7\n", "invoice.exe", "document", "application/pdf", "invoice.exe.pdf"),
        (b"plain words", "README", "text", "text/plain", "README.txt"),
        (b"plain words", "notes.draft", "text", "text/plain", "notes.draft.txt"),
        (b"plain words", "", "text", "text/plain", "file.txt"),
        (picture("PNG"), "photo\u202egnp.exe", "image", "image/png", "photo\u202egnp.exe.png"),
    ],
)
def test_the_content_decides(
    content: bytes, name: str, family: str, content_type: str, called: str, tmp_path: Path
) -> None:
    ready = take(content, name, tmp_path)
    assert (ready.kind.kind, ready.kind.content_type, ready.name) == (family, content_type, called)
    assert ready.path.stat().st_size == ready.size


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"<!DOCTYPE html><p>hi", "a.txt"),
        (b"<html><script>alert(1)</script>", "a.md"),
        (b"  \n<!-- x --><!-- y --><HTML>", "a.txt"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><svg onload='x'/>", "a.txt"),
        (b"<!DOCTYPE svg PUBLIC 'x'><svg/>", "a.txt"),
        (b"<?xml version='1.0'?><x:html xmlns:x='http://www.w3.org/1999/xhtml'/>", "a.log"),
        ("<html>".encode("utf-16"), "a.txt"),
        (b"words", "a.html"),
        (b"words", "a.svg"),
        (b"words", "a.XHT"),
        (b"words", "a.js"),
        (b"words", "a.exe"),
        (b"words", "a.lnk"),
        (b"words", "a.exe. "),
        (b"words", "a\u202etxt.exe"),
        (b"MZ\x90\x00\x03\x00\x00\x00", "a.txt"),
        (b"\x7fELF\x02\x01\x01\x00", "a"),
        (b"\xca\xfe\xba\xbe\x00\x00\x00\x34", "a.class"),
        (b"\x1f\x8b\x08\x00\x00\x00\x00\x00", "a.svgz"),
        (b"\x1f\x8b\x08\x00\x00\x00\x00\x00", "a.tar.gz"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "setup.msi"),
        (b"\x00\x00\x00\x18ftypabcd" + bytes(20), "a.heic"),
        (b"BM" + bytes(60), "a.bmp"),
        (b"text with \x00 inside", "a.txt"),
        (bytes(range(256)), "a.csv"),
        (b"\x00", "a.txt"),
        (zipped(META_INF=b"x", **{"META-INF__MANIFEST.MF": b"x"}), "a.zip"),
        (office("word", **{"word/vbaProject.bin": b"x"}), "a.docx"),
    ],
)
def test_what_is_not_taken(content: bytes, name: str, tmp_path: Path) -> None:
    with pytest.raises(NotAllowed) as refused:
        take(content, name, tmp_path)
    assert refused.value.status == 415
    assert refused.value.message


def test_an_empty_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(Unreadable):
        take(b"", "a.txt", tmp_path)


def test_markdown_may_begin_with_harmless_markup(tmp_path: Path) -> None:
    assert take(b"<div align=center>\n# Title", "README.md", tmp_path).kind is kinds.PLAIN


def test_recognising_hostile_text_is_quick(tmp_path: Path) -> None:
    for content in (b"<!---->" * 400 + b"x", b"<?x?>" * 800, b"<!doctype x [" * 300, b" " * 4000 + b"<"):
        begun = time.process_time()
        take(content * 20, "a.txt", tmp_path)
        assert time.process_time() - begun < 0.5


# --- Two things at once. ---


def test_a_picture_with_a_page_behind_it_loses_the_page(tmp_path: Path) -> None:
    page = b"<html><script>alert(1)</script></html>"
    for form in ("PNG", "JPEG", "GIF", "WEBP"):
        ready = take(picture(form) + page, "a.html", tmp_path)
        assert b"<script>" not in ready.path.read_bytes()


def test_a_header_with_a_page_behind_it_is_no_picture(tmp_path: Path) -> None:
    for head in (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"GIF89a/*", b"RIFF\x00\x00\x00\x00WEBP"):
        with pytest.raises(Unreadable):
            take(head + b"<script>alert(1)</script>*/=1;", "a.gif", tmp_path)


def test_a_comment_that_is_a_script_is_gone(tmp_path: Path) -> None:
    plain = picture("GIF")
    comment = b"\x21\xfe\x10*/=1;alert(1);//\x00\x00"
    at = 13 + (3 << ((plain[10] & 7) + 1))
    ready = take(plain[:at] + comment + plain[at:], "a.gif", tmp_path)
    assert b"alert" not in ready.path.read_bytes()


def test_a_pdf_that_is_a_zip_as_well_is_a_pdf_to_download(tmp_path: Path) -> None:
    ready = take(b"%PDF-1.7\n" + zipped(a=b"x"), "a.zip", tmp_path)
    assert ready.kind is kinds.PDF
    assert not ready.kind.inline
    assert ready.name == "a.zip.pdf"


# --- What pictures and films tell. ---


def with_place() -> bytes:
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "SecretCamera", 6
    exif.get_ifd(0x8825).update({1: "N", 2: (51.0, 13.0, 9.0), 3: "E", 4: (4.0, 24.0, 1.0)})
    return exif.tobytes()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_location_and_camera_are_gone_and_the_picture_is_upright(form: str, tmp_path: Path) -> None:
    sent = picture(form, (300, 200), exif=with_place(), icc_profile=b"ICC" * 50)
    assert Image.open(io.BytesIO(sent)).getexif().get_ifd(0x8825)
    ready = take(sent, f"a.{form.lower()}", tmp_path)
    for path in (ready.path, *(path for _w, _h, path in ready.renditions.values())):
        content = path.read_bytes()
        assert b"SecretCamera" not in content
        assert b"ICCICC" not in content
        with Image.open(path) as image:
            assert not image.getexif()
            assert image.size == (200, 300)
            assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "loop", "background"}
    assert (ready.width, ready.height) == (200, 300)


def test_texts_in_a_png_are_gone(tmp_path: Path) -> None:
    plain = picture("PNG")
    secret = chunk(b"tEXt", b"Author\x00SecretName") + chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<x:SecretName/>")
    ready = take(plain[:33] + secret + plain[33:], "a.png", tmp_path)
    assert b"SecretName" not in ready.path.read_bytes()


def box(kind: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def test_a_film_forgets_where_it_was_taken(tmp_path: Path) -> None:
    place = b"\xa9xyz\x00\x12\x15\xc7+51.2192+004.4029/"
    head = box(b"ftyp", b"isom\x00\x00\x00\x00isom")
    moov = box(
        b"moov", box(b"mvhd", bytes(20)) + box(b"trak", box(b"udta", place)) + box(b"udta", place) + box(b"meta", place)
    )
    film = (
        head + moov + box(b"uuid", bytes.fromhex("be7acfcb97a942e89c71999491e3afac") + place) + box(b"mdat", b"pixels")
    )
    ready = take(film, "a.mp4", tmp_path)
    written = ready.path.read_bytes()
    assert b"51.2192" not in written
    assert len(written) == len(film)
    assert written.endswith(box(b"mdat", b"pixels"))
    assert written.index(b"mvhd") == film.index(b"mvhd")


@pytest.mark.parametrize(("brand", "name"), [(b"isom", "drone.mp4"), (b"qt  ", "drone.mov"), (b"M4A ", "walk.m4a")])
def test_a_track_of_places_goes_and_those_of_pictures_and_sounds_stay(brand: bytes, name: str, tmp_path: Path) -> None:
    """As cameras for sports write it: coordinates several times a second, between the pictures."""

    def track(handler: bytes, *chunks: tuple[int, list[int]]) -> bytes:
        sizes = [size for _at, samples in chunks for size in samples]
        stbl = box(
            b"stbl",
            box(
                b"stsc",
                struct.pack(">II", 0, len(chunks))
                + b"".join(struct.pack(">III", n, len(samples), 1) for n, (_at, samples) in enumerate(chunks, 1)),
            )
            + box(b"stsz", struct.pack(f">III{len(sizes)}I", 0, 0, len(sizes), *sizes))
            + box(b"stco", struct.pack(f">II{len(chunks)}I", 0, len(chunks), *(at for at, _samples in chunks))),
        )
        return box(b"trak", box(b"mdia", box(b"hdlr", bytes(8) + handler + bytes(13)) + box(b"minf", stbl)))

    head = box(b"ftyp", brand + bytes(4) + brand)
    data = b"PICTURE1" + b"GPS5+51.21" + b"PICTURE2" + b"GPS5+51.22" + b"GPS5" + b"PICTURE3"
    start = len(head) + 8
    film = head + box(b"mdat", data)
    film += box(
        b"moov",
        track(b"vide", (start, [8]), (start + 18, [8]), (start + 40, [8]))
        + track(b"meta", (start + 8, [4, 6]), (start + 26, [10, 4])),
    )
    written = take(film, name, tmp_path).path.read_bytes()
    assert b"GPS5" not in written and b"51.2" not in written and len(written) == len(film)
    assert [written.index(b"PICTURE%d" % n) for n in (1, 2, 3)] == [start, start + 18, start + 40]
    assert written.count(b"trak") == 1 and b"vide" in written
    # A track that points beyond the end, or at everything at once, costs nothing.
    for chunks in ([(2**31, [50])], [(start, [2**31])] * 3):
        hostile = head + box(b"mdat", data) + box(b"moov", track(b"meta", *chunks))
        try:
            take(hostile, name, tmp_path)
        except Refused as refused:
            assert refused.code == "unreadable"


@pytest.mark.parametrize(
    "content",
    [
        box(b"ftyp", b"isom\0\0\0\0"),
        box(b"ftyp", b"isom\0\0\0\0") + struct.pack(">I4s", 4, b"moov"),
        box(b"ftyp", b"isom\0\0\0\0") + struct.pack(">I4s", 9000, b"moov"),
        box(b"ftyp", b"isom\0\0\0\0") + struct.pack(">I4sQ", 1, b"moov", 2**63),
        box(b"ftyp", b"isom\0\0\0\0") + box(b"moov", box(b"free") * 30_000),
    ],
)
def test_damaged_films_are_refused(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(Unreadable):
        take(content, "a.mp4", tmp_path)


def test_boxes_inside_boxes_end(tmp_path: Path) -> None:
    inner = b""
    for _ in range(200):
        inner = box(b"trak", inner)
    films.forget_place(io.BytesIO(box(b"ftyp", b"isom") + box(b"moov", inner)))


# --- Moving pictures. ---


def moving(frames: int, size: tuple[int, int] = (40, 30), **options: Any) -> bytes:
    pictures = [Image.new("RGB", size, (number * 37 % 256, number * 11 % 256, 90)) for number in range(frames)]
    written = io.BytesIO()
    pictures[0].save(written, "GIF", save_all=True, append_images=pictures[1:], duration=80, loop=0, **options)
    return written.getvalue()


def test_a_gif_keeps_moving(tmp_path: Path) -> None:
    ready = take(moving(5, comment=b"SecretName"), "a.gif", tmp_path)
    assert ready.animated
    with Image.open(ready.path) as image:
        assert (image.n_frames, image.info["duration"], image.info["loop"]) == (5, 80, 0)
    assert b"SecretName" not in ready.path.read_bytes()
    with Image.open(ready.renditions["320"][2]) as still:
        assert still.format == "WEBP"
        assert getattr(still, "n_frames", 1) == 1


def test_too_many_frames_or_pixels_are_refused(tmp_path: Path, settings: Any) -> None:
    settings.KRING_LIMITS = {"IMAGE_FRAMES": 5}
    take(moving(5), "a.gif", tmp_path)
    with pytest.raises(TooLarge, match="5"):
        take(moving(6), "a.gif", tmp_path)
    settings.KRING_LIMITS = {"ANIMATION_PIXELS": 6 * 1200}
    take(moving(6), "a.gif", tmp_path)
    with pytest.raises(TooLarge):
        take(moving(7), "a.gif", tmp_path)


def test_a_gif_that_lies_about_its_screen_is_refused(tmp_path: Path) -> None:
    lying = b"GIF89a\x01\x00\x01\x00\x00\x00\x00" + b"\x2c\0\0\0\0" + struct.pack("<HH", 9000, 9000) + b"\0\2\2D\1\0;"
    with pytest.raises(TooLarge):
        take(lying, "a.gif", tmp_path)


# --- Limits and bombs. ---


def test_pixels_and_sides_hold_to_the_pixel(tmp_path: Path, settings: Any) -> None:
    settings.KRING_LIMITS = {"IMAGE_PIXELS": 3072, "PHOTO_PIXELS": 3072}
    for form in ("PNG", "JPEG", "WEBP", "GIF"):
        take(picture(form, (64, 48)), "a", tmp_path)
        with pytest.raises(TooLarge, match=r"3[,.]?072"):
            take(picture(form, (64, 49)), "a", tmp_path)
    settings.KRING_LIMITS = {"IMAGE_SIDE": 64}
    take(picture("PNG", (64, 2)), "a", tmp_path)
    with pytest.raises(TooLarge, match="65"):
        take(picture("PNG", (2, 65)), "a", tmp_path)


def test_a_large_photograph_is_kept_smaller(tmp_path: Path, settings: Any) -> None:
    settings.KRING_LIMITS = {"IMAGE_PIXELS": 200_000, "PHOTO_PIXELS": 2_000_000}
    ready = take(picture("JPEG", (1600, 1200)), "a.jpg", tmp_path)
    assert (ready.width, ready.height) == (400, 300)
    with pytest.raises(TooLarge):
        take(picture("PNG", (1600, 1200)), "a.png", tmp_path)


BOMB = """
import io, resource, sys, time
from django.conf import settings
settings.configure(USE_I18N=False, KRING_LIMITS={}, KRING_CLAMD="", KRING_UNSCANNED="hold")
from pathlib import Path
from files import intake, images, archives, kinds
from files.errors import Refused
from PIL import PngImagePlugin, JpegImagePlugin, GifImagePlugin, WebPImagePlugin
folder, source = Path(sys.argv[1]), Path(sys.argv[2])
stream = source.open("rb")
before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
try:
    intake.take(stream, source.name, folder)
    said = "taken"
except Refused as refused:
    said = refused.status
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(said, round(time.process_time() - begun, 2), (after - before) // 1024)
"""


def ten_thousand_frames() -> bytes:
    frame = b"\x2c\0\0\0\0\x08\0\x08\0\0\x02\x02\x44\x01\0"
    return b"GIF89a\x08\0\x08\0\x80\0\0\0\0\0\xff\xff\xff" + frame * 10_000 + b"\x3b"


def zip_bomb(name: str = "zeros") -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b"<Types/>")
        with archive.open(name, "w") as out:
            for _ in range(100):
                out.write(bytes(1024 * 1024))
    return written.getvalue()


def many_levels() -> bytes:
    content = zip_bomb()
    for _ in range(5):
        content = zipped(**{f"{n}.zip": content for n in range(4)})
    return content


@pytest.mark.parametrize(
    ("name", "make", "status"),
    [
        ("13000.png", lambda: flat_png(13_000, 13_000), "413"),
        ("20000.png", lambda: flat_png(20_000, 20_000), "413"),
        ("side.png", lambda: flat_png(17_000, 1), "413"),
        ("largest.png", lambda: flat_png(4472, 4472), "taken"),
        ("frames.gif", ten_thousand_frames, "413"),
        ("bomb.zip", zip_bomb, "413"),
        ("bomb.docx", lambda: zip_bomb("word/document.xml"), "413"),
        ("levels.zip", many_levels, "413"),
        ("bad.tiff", lambda: b"II*\x00" + struct.pack("<I", 8) + b"\xff\xff" + bytes(200), "422"),
        ("huge.gif", lambda: b"GIF89a\xff\xff\xff\xff\x00\x00\x00\x2c\0\0\0\0\xff\xff\xff\xff\0\2\2D\1\0;", "413"),
    ],
)
def test_bombs_cost_little(name: str, make: Any, status: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(make())
    folder = tmp_path / "work"
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", BOMB, str(folder), str(tmp_path / name)],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    said, seconds, megabytes = done.stdout.split()
    assert said == status
    assert float(seconds) < 2
    assert int(megabytes) < 150


def test_only_four_decoders_can_be_reached(tmp_path: Path) -> None:
    for form in ("TIFF", "BMP", "PPM", "ICO", "TGA", "PCX", "JPEG2000"):
        written = io.BytesIO()
        Image.new("RGB", (16, 16)).save(written, form)
        with pytest.raises(Refused):
            images.avatar(written)
        if form != "TIFF":
            with pytest.raises(Refused):
                take(written.getvalue(), "a.png", tmp_path)


def test_every_cut_and_many_flipped_bytes_are_refused_or_taken(tmp_path: Path) -> None:
    """No damage raises anything but a refusal."""
    for form in ("PNG", "JPEG", "GIF", "WEBP"):
        whole = picture(form, (24, 16))
        damaged = [whole[:length] for length in range(1, len(whole), max(len(whole) // 40, 1))]
        damaged += [
            whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :]
            for at in range(0, len(whole), max(len(whole) // 60, 1))
        ]
        for content in damaged:
            try:
                take(content, f"a.{form.lower()}", tmp_path)
            except Refused:
                continue


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "CMYK"])
def test_every_mode_becomes_a_plain_picture(mode: str, tmp_path: Path) -> None:
    form = "JPEG" if mode == "CMYK" else "PNG"
    written = io.BytesIO()
    Image.new(mode, (400, 300)).save(written, form)
    ready = take(written.getvalue(), "a", tmp_path)
    with Image.open(ready.path) as image:
        assert image.mode in ("L", "LA", "RGB", "RGBA")
        assert image.size == (400, 300)


def test_sixteen_bits_of_grey_stay_grey(tmp_path: Path) -> None:
    written = io.BytesIO()
    Image.new("I;16", (4, 4), 0x8000).save(written, "PNG")
    with Image.open(take(written.getvalue(), "a.png", tmp_path).path) as image:
        assert image.getpixel((0, 0)) == 128


def foreign(form: str, size: tuple[int, int] = (600, 400), **options: Any) -> bytes:
    """A picture as a phone or a scanner sends it, with a place in it."""
    pillow_heif.register_heif_opener(thumbnails=False)
    written = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(written, form, **options)
    return written.getvalue()


def test_photos_of_phones_and_scans_become_pictures_that_every_browser_shows(tmp_path: Path) -> None:
    place = Image.Exif()
    place[0x8825] = {1: "N", 2: (51.0, 13.0, 9.0)}
    cases = [
        ("IMG_0042.HEIC", foreign("HEIF", exif=place), (600, 400), "IMG_0042.jpg"),
        ("scan.tif", foreign("TIFF", compression="tiff_lzw", tiffinfo={0x0112: 6}), (400, 600), "scan.jpg"),
        ("face.avif", foreign("AVIF"), (600, 400), "face.jpg"),
        ("fax", foreign("TIFF", compression="tiff_deflate"), (600, 400), "fax.jpg"),
    ]
    for number, (name, content, size, called) in enumerate(cases):
        folder = tmp_path / str(number)
        folder.mkdir()
        ready = take(content, name, folder)
        assert (ready.kind, ready.name) == (kinds.JPEG, called)
        assert b"Exif" not in ready.path.read_bytes()
        assert (ready.width, ready.height) == size
        assert set(ready.renditions) == {"320", "960"}
        assert len(ready.blur) < images.BLUR_CHARS


def test_a_foreign_picture_that_is_damaged_or_a_bomb_costs_a_child_and_nothing_more(tmp_path: Path) -> None:
    began = time.monotonic()
    bomb = io.BytesIO()
    Image.new("1", (13_000, 13_000)).save(bomb, "TIFF", compression="group4")
    for number, (content, error) in enumerate(
        [
            (bomb.getvalue(), TooLarge),
            (b"II*\x00\x08\x00\x00\x00\xff\xff", Unreadable),
            (b"\x00\x00\x00\x18ftypheic" + bytes(20), Unreadable),
            (foreign("HEIF")[:-600], Unreadable),
        ]
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        with pytest.raises(error):
            take(content, "a.tiff", folder)
    with pytest.raises(sandbox.Failed):
        sandbox.run("picture", tmp_path / "0" / "sent", tmp_path / "out", 10**5, 10**9, 10**9, memory=200 * 2**20)
    assert time.monotonic() - began < 20


def test_an_avatar_is_square() -> None:
    with Image.open(io.BytesIO(images.avatar(io.BytesIO(picture("JPEG", (900, 300)))))) as image:
        assert (image.format, image.size) == ("WEBP", (300, 300))
    with Image.open(io.BytesIO(images.avatar(io.BytesIO(picture("PNG", (2000, 1500)))))) as image:
        assert image.size == (640, 640)


# --- Names. ---


@pytest.mark.parametrize("name", ["a\x00.txt", "\ud800.txt", "x" * 201])
def test_names_that_cannot_be_kept_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        take(b"words", name, tmp_path)
    assert refused.value.status == 422


def test_a_long_name_keeps_room_for_its_ending(tmp_path: Path) -> None:
    ready = take(picture("PNG"), "x" * 200, tmp_path)
    assert len(ready.name) == 200
    assert ready.name.endswith(".png")
