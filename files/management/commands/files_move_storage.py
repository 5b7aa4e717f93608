"""`manage.py files_move_storage bucket|disk`: copy all files from the disk to the bucket, or back."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.files.storage import FileSystemStorage, storages
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from files.models import File
from files.storage import BLOCK, Prepared, Unreachable, workplace

ALIASES = ("files", "default")


class Command(BaseCommand):
    """Copy every file with its pictures to the other place, and compare what arrived.

    What is there already with as many bytes is left, so the command goes on where it was cut off, and a second run
    brings what came meanwhile. Nothing is deleted where it comes from.
    """

    help = (
        "Copy all files from the disk to the bucket of KRING_S3_*, or back. Run it while the network runs, stop the "
        "network, run it again for what came meanwhile, and start with the other setting."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("to", choices=("bucket", "disk"), help="where to")
        parser.add_argument("--dry-run", action="store_true", help="only count what would be copied")
        parser.add_argument("--check", action="store_true", help="read what is there already, and compare that too")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.KRING_S3["bucket"]:
            raise CommandError("KRING_S3_BUCKET names no bucket; set KRING_S3_* for this command.")
        places = settings.DISKS, settings.BUCKETS
        before, after = places if options["to"] == "bucket" else places[::-1]
        self._bad: list[str] = []
        copied = there = size = 0
        try:
            for alias in ALIASES:
                source, target = _of(before[alias]), _of(after[alias])
                present = list(source.entries())
                known = {name: length for name, length, _at in target.entries()}
                wanted = [one for one in present if options["check"] or known.get(one[0]) != one[1]]
                there += sum(known.get(name) == length for name, length, _at in present)
                size += sum(length for _name, length, _at in wanted)
                sums = dict(_sums()) if alias == "files" else {}
                missing = set(sums) - set(known) - {name for name, _length, _at in present}
                self._bad += [f"{key}: a file of which there are no bytes" for key in sorted(missing)]
                if options["dry_run"]:
                    copied += sum(known.get(name) != length for name, length, _at in present)
                else:
                    copied += self._copy(source, target, wanted, known, sums)
        except Unreachable as error:
            raise CommandError(f"{error}. Run it again: it goes on from here.") from error
        said = "would be copied" if options["dry_run"] else "copied and compared"
        self.stdout.write(f"{copied} {said} ({size / 1e6:.1f} MB read), {there} there already.")
        for line in self._bad:
            self.stdout.write(self.style.ERROR(line))
        if self._bad:
            sys.exit(1)

    def _copy(
        self,
        source: Any,
        target: Any,
        wanted: list[tuple[str, int, float]],
        known: dict[str, int],
        sums: dict[str, str],
    ) -> int:
        done = 0
        with tqdm(total=sum(one[1] for one in wanted), unit="B", unit_scale=True, disable=None) as bar:
            for name, length, _at in wanted:
                try:
                    right = _sum_of(source, name)
                except FileNotFoundError:
                    # Deleted meanwhile.
                    continue
                if sums.get(name, right) != right:
                    self._bad.append(f"{name}: its bytes are not those that were sent; not copied")
                elif known.get(name) != length or _sum_of(target, name) != right:
                    # Half of it may be there from a run that was cut off.
                    target.delete(name)
                    saved = _carry(source, target, name)
                    if saved == name and _sum_of(target, name) == right:
                        done += 1
                    else:
                        target.delete(saved)
                        self._bad.append(f"{name}: arrived with other bytes, and was taken away again")
                bar.update(length)
        return done


def _carry(source: Any, target: Any, name: str) -> str:
    """Copy one file; on a disk, too, it appears whole or not at all. Returns the name it got."""
    with source.open(name) as stream:
        if not isinstance(target, FileSystemStorage):
            saved: str = target.save(name, stream)
            return saved
        with workplace() as folder:
            copy = folder / "copy"
            with copy.open("x+b") as out:
                shutil.copyfileobj(stream, out, BLOCK)
                out.flush()
                os.fsync(out.fileno())
                return target.save(name, Prepared(out, name=str(copy)))


def _of(choice: dict[str, Any]) -> Any:
    """The storage of one of these settings, whichever the site uses."""
    return storages.create_storage(choice)


def _sum_of(storage: Any, name: str) -> str:
    digest = hashlib.sha256()
    with storage.open(name) as stream:
        while piece := stream.read(BLOCK):
            digest.update(piece)
    return digest.hexdigest()


def _sums() -> Iterator[tuple[str, str]]:
    """Of every file that is kept: its key, and what its bytes add up to."""
    kept = File.objects.exclude(key="").exclude(state=File.State.REMOVED)
    yield from kept.values_list("key", "sha256").iterator()
