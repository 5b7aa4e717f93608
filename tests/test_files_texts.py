"""What stands in a file is found, by those who may see it: documents, and captions of films."""

from __future__ import annotations

import io
import os
import shutil
import struct
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from PIL import Image

from files import captions, sandbox, texts
from files.actions import reading
from files.errors import Refused
from files.models import File, FileText
from social.demo.papers import pdf
from tests import make

FILM = struct.pack(">I4s4sI4s", 20, b"ftyp", b"isom", 0, b"isom") + struct.pack(">I4s", 8, b"moov")
VTT = (
    b"WEBVTT\n\nNOTE nothing\n\nSTYLE\n::cue { color: red }\n\n"
    b"1\n00:01.000 --> 00:02.500 align:start\n<v Tom>The zeppelin lands\n"
)
SRT = (
    b"\xef\xbb\xbf1\r\n00:00:01,000 --> 00:00:02,500\r\nDe zeppelin landt\r\n\r\n"
    b"2\r\n00:00:03,000 --> 00:00:04,000\r\nNu\r\n"
)


@pytest.fixture(autouse=True)
def _place(settings: Any, tmp_path: Path) -> None:
    settings.STORAGES = settings.STORAGES | {
        "files": {"BACKEND": "files.storage.PrivateStorage", "OPTIONS": {"location": str(tmp_path / "files")}}
    }


@pytest.fixture
def cast(db: None) -> make.Cast:
    return make.cast()


def picture() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (181, 256), "white").save(written, "PNG")
    return written.getvalue()


def packed(**parts: str | bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return written.getvalue()


def word(text: str) -> bytes:
    inside = f"<w:document xmlns:w='w'><w:p><w:r><w:t>{text}</w:t></w:r></w:p><w:instr>hidden</w:instr></w:document>"
    return packed(**{"[Content_Types].xml": "<Types/>", "word/document.xml": inside})


DOCUMENTS = {
    "plan.pdf": lambda said: pdf("Plan", [said, "More of it."]),
    "plan.docx": word,
    "plan.xlsx": lambda said: packed(
        **{"[Content_Types].xml": "<T/>", "xl/sharedStrings.xml": f"<sst><si><t>{said}</t></si></sst>"}
    ),
    "plan.pptx": lambda said: packed(
        **{"[Content_Types].xml": "<T/>", "ppt/slides/slide1.xml": f"<p xmlns:a='a'><a:p><a:t>{said}</a:t></a:p></p>"}
    ),
    "plan.odt": lambda said: packed(
        mimetype="application/vnd.oasis.opendocument.text",
        **{"content.xml": f"<o xmlns:text='t'><text:p>{said}</text:p></o>", "Thumbnails/thumbnail.png": picture()},
    ),
    "plan.rtf": lambda said: f"{{\\rtf1 {said}}}".encode(),
    "plan.txt": lambda said: said.encode(),
}


def on_a_post(cast: make.Cast, content: bytes, name: str, **fields: Any) -> tuple[Any, File]:
    answer = cast.browser("alice").post(
        "/files/", {"file": SimpleUploadedFile(name, content)}, HTTP_ACCEPT="application/json"
    )
    assert answer.status_code == 201, answer.content
    post = make.post(cast.alice, "Here it is", files=[answer.json()["id"]], **fields)
    return post, File.objects.get(public_id=answer.json()["id"])


def found(cast: make.Cast, who: str, words: str) -> set[str]:
    """The names of the files that someone finds."""
    answer = cast.browser(who).get(f"/api/v1/search?q={words}&kind=file")
    return {one["title"] for one in answer.json()["items"]}


def test_what_stands_in_a_document_is_found_by_those_who_may_see_it(
    cast: make.Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A tool of the machine, as far as we know it: it gets a file and says its words.
    tool = tmp_path / "catdoc"
    tool.write_text('#!/bin/sh\ncat "$2"\n')
    tool.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    files = {}
    for name, made in DOCUMENTS.items():
        _post, files[name] = on_a_post(cast, made("The zeppelin hangar"), name, group=cast.private)
    make.settle()
    assert found(cast, "bob", "zeppelin") == found(cast, "gil", "zeppelin") == set(DOCUMENTS)
    assert found(cast, "carol", "zeppelin") == found(cast, "ada", "zeppelin") == set()
    assert found(cast, "bob", "hidden") == set()
    page = cast.browser("bob").get("/search/?q=hangar&kind=file").content.decode()
    assert "<mark>hangar</mark>" in page
    # The first page: drawn by a tool, or brought along.
    for one in [files["plan.odt"], *([files["plan.pdf"]] if shutil.which("pdftoppm") else [])]:
        small = f"/files/{one.public_id}/320/"
        assert [cast.browser(who).get(small).status_code for who in ("bob", "carol")] == [200, 404]
        assert small in cast.browser("bob").get(_post_of(one)).content.decode()
    # It goes with the post, and with a virus.
    File.objects.filter(pk=files["plan.txt"].pk).update(scan="infected")
    files["plan.txt"].refresh_from_db()
    assert files["plan.txt"].words() == ""
    from feed import actions as feed
    from feed.models import Post

    feed.delete(post=Post.objects.get(pk=files["plan.odt"].on_pk), by=cast.alice)
    make.settle()
    assert "plan.odt" not in found(cast, "bob", "zeppelin")
    assert not FileText.objects.filter(file=files["plan.odt"]).exists()


def _post_of(file: File) -> str:
    from feed.models import Post

    return Post.objects.get(pk=file.on_pk).get_absolute_url()


def test_hostile_documents_cost_a_child_and_nothing_more(tmp_path: Path) -> None:
    bomb = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]><w:t xmlns:w='w'>&b;</w:t>"
    deep = "<x>" * 200_000
    cases = {
        "entities.docx": packed(**{"word/document.xml": bomb}),
        "deep.docx": packed(**{"word/document.xml": deep}),
        "cut.docx": word("x" * 500)[:-40],
        "cut.pdf": pdf("Plan", ["words"])[:300],
        "loop.pdf": b"%PDF-1.7\n1 0 obj<</Type/Pages/Kids[1 0 R]/Count 9>>endobj\ntrailer<</Root<</Pages 1 0 R>>>>",
        "wide.txt": "ä".encode() * 2_000_000,
    }
    began = time.monotonic()
    for name, content in cases.items():
        (tmp_path / name).write_bytes(content)
        said = texts.read(tmp_path / name, _type(name), tmp_path)
        assert len(said) <= 500_000
        assert "aaaa" not in said
    (tmp_path / "false.docx").write_bytes(packed(**{"docProps/thumbnail.jpeg": "<svg onload=alert(1)>"}))
    assert texts.first_page(tmp_path / "false.docx", _type("false.docx"), tmp_path) is None
    (tmp_path / "long.pdf").write_bytes(pdf("Plan", ["words"]))
    with pytest.raises(sandbox.Failed):
        sandbox.run("pdf", tmp_path / "long.pdf", tmp_path / "out", 1000, memory=40 * 2**20)
    assert time.monotonic() - began < 40


def _type(name: str) -> str:
    from files import kinds

    return {"docx": kinds.DOCX, "pdf": kinds.PDF, "txt": kinds.PLAIN}[name.rpartition(".")[2]].content_type


def test_a_worker_that_dies_leaves_the_document_due_and_one_that_cannot_be_read_is_given_up(
    cast: make.Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    _post, file = on_a_post(cast, b"The zeppelin hangar", "plan.txt")

    def dies(*_: Any, **__: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(reading, "keep_text", dies)
        reading.drain()
    file.refresh_from_db()
    assert (file.text_due, file.text_tries, FileText.objects.count()) == (True, 1, 0)
    # What kills the worker each time is given up.
    File.objects.update(text_tries=reading.TRIES)
    reading.drain()
    file.refresh_from_db()
    assert (file.text_due, file.text_tries) == (False, 0)
    File.objects.update(text_due=True)

    def fails(*_: Any, **__: Any) -> None:
        raise sandbox.Failed

    with monkeypatch.context() as patch:
        patch.setattr(sandbox, "run", fails)
        reading.drain()
    file.refresh_from_db()
    assert (file.text_due, FileText.objects.count()) == (False, 0)
    out = io.StringIO()
    call_command("read_files", stdout=out)
    assert out.getvalue().startswith("1 documents")
    make.settle()
    assert found(cast, "bob", "hangar") == {"plan.txt"}


def test_captions_are_shown_found_and_kept_to_those_who_may_see_the_film(cast: make.Cast) -> None:
    post, file = on_a_post(cast, FILM, "landing.mp4", group=cast.private)
    about, place = f"/files/{file.public_id}/about/", f"/files/{file.public_id}/captions/"
    for who, status in (("bob", 403), ("carol", 404)):
        data = {"captions": SimpleUploadedFile("a.vtt", VTT), "language": "en"}
        assert cast.browser(who).post(place, data).status_code == status
    for content, code in ((VTT, "en"), (SRT, "nl")):
        data = {"captions": SimpleUploadedFile("a.vtt", content), "language": code}
        assert cast.browser("alice").post(place, data).status_code == 302
    make.settle()
    drawn = cast.browser("bob").get(post.get_absolute_url()).content.decode()
    assert f'src="{place}en/" default' in drawn
    assert 'label="Nederlands"' in drawn
    kept = cast.browser("bob").get(f"{place}nl/")
    assert kept["Content-Type"] == "text/vtt; charset=utf-8"
    assert kept.content.decode().startswith("WEBVTT\n\n00:00:01.000 --> 00:00:02.500\nDe zeppelin landt\n")
    assert b"STYLE" not in cast.browser("bob").get(f"{place}en/").content
    assert cast.browser("carol").get(f"{place}en/").status_code == 404
    assert (found(cast, "bob", "zeppelin"), found(cast, "carol", "zeppelin")) == ({"landing.mp4"}, set())
    assert "Add captions" in cast.browser("alice").get(about).content.decode()
    assert "Add captions" not in cast.browser("bob").get(about).content.decode()
    api = f"/api/v1/files/{file.public_id}/captions/en"
    assert cast.browser("bob").delete(api).status_code == 403
    assert cast.browser("alice").delete(api).json()["captions"] == ["nl"]
    assert cast.browser("bob").get(f"{place}en/").status_code == 404
    wrong = cast.browser("alice").post(place, {"captions": SimpleUploadedFile("a.vtt", b"words"), "language": "fr"})
    assert wrong.status_code == 422
    assert "These are no captions" in wrong.content.decode()


def test_captions_are_written_anew_and_held_to_the_limits(settings: Any) -> None:
    assert captions.words(captions.read(VTT)) == "The zeppelin lands"
    settings.KRING_LIMITS = {"CAPTION_CUES": 1}
    for wrong in (SRT, b"", b"WEBVTT", b"\xff\xfe", b"WEBVTT\n\n00:61.000 --> 00:02.000\nx"):
        with pytest.raises(Refused):
            captions.read(wrong)
    for code in ("", "english language", "e", "../en"):
        with pytest.raises(Refused):
            captions.language(code)
    assert captions.language("pt-br") == "pt-BR"
