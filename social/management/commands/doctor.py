"""`manage.py doctor`: is the network healthy, and what to do where it is not."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.files.storage import storages
from django.core.mail import get_connection
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from core import outbox, worker
from files import scanner
from files.models import File
from inbox import push, sending
from inbox.models import Device
from people.models import User
from search.actions import health as search_health

Finding = tuple[str, bool, str, str]


class Command(BaseCommand):
    """Look at database, migrations, index, worker, mail, files, scanner and clock; exit status 1 if one is not well."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        ill = 0
        for name, well, found, advice in self.findings():
            mark = self.style.SUCCESS("ok  ") if well else self.style.ERROR("BAD ")
            self.stdout.write(f"{mark} {name}: {found}")
            if not well:
                ill += 1
                self.stdout.write(f"     → {advice}")
        if ill:
            self.stdout.write(self.style.ERROR(f"{ill} to look at."))
            sys.exit(1)
        self.stdout.write(self.style.SUCCESS("All is well."))

    def findings(self) -> Iterator[Finding]:
        """Name, whether it is well, what was found, and what to do."""
        for look in (
            self.database,
            self.migrations,
            self.index,
            self.worker,
            self.mail,
            self.push,
            self.files,
            self.bucket,
            self.scanner,
            self.clock,
            self.cache,
        ):
            try:
                yield from look()
            except Exception as error:
                yield (
                    look.__name__,
                    False,
                    f"{type(error).__name__}: {error}",
                    "Mend this first, then run doctor again.",
                )

    def database(self) -> Iterator[Finding]:
        """SQLite's durability settings, or the server's version."""
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                for pragma, wanted in (("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)):
                    value = cursor.execute(f"PRAGMA {pragma}").fetchone()[0]
                    yield (
                        f"database {pragma}",
                        value == wanted,
                        str(value),
                        f"It should be {wanted}. Do not override DATABASES' init_command; WAL needs a local disk.",
                    )
                result = cursor.execute("PRAGMA quick_check(1)").fetchone()[0]
                yield "database integrity", result == "ok", result, "Restore the last backup; keep the damaged file."
            else:
                cursor.execute("SHOW server_version")
                version = cursor.fetchone()[0]
                yield "database", True, f"{connection.vendor} {version}", ""

    def migrations(self) -> Iterator[Finding]:
        """Whether the tables are those of this version."""
        executor = MigrationExecutor(connection)
        left = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        yield "migrations", left == 0, f"{left} to run" if left else "all run", "Run `python manage.py migrate`."

    def index(self) -> Iterator[Finding]:
        """Whether search answers and keeps up."""
        facts = search_health()
        text = ", ".join(f"{key} {value}" for key, value in facts.items() if key != "ok")
        yield (
            "search index",
            bool(facts.get("ok")),
            text or "answers",
            "Run `python manage.py search_audit --repair`; if that fails, `python manage.py search_rebuild`.",
        )

    def worker(self) -> Iterator[Finding]:
        """Whether a worker runs and keeps up."""
        age = worker.alive()
        yield (
            "worker",
            age is not None and age < 30,
            "never seen" if age is None else f"last sign {age:.0f} s ago",
            "Start it: `python manage.py serve` starts one, or `python manage.py worker`.",
        )
        waiting, dead = outbox.waiting(), outbox.dead()
        yield "outbox", waiting < 1000, f"{waiting} waiting", "The worker does not keep up: look at its log."
        yield (
            "given up",
            dead == 0,
            f"{dead} consequences",
            "Their events name the failure; mend it and set them pending.",
        )

    def mail(self) -> Iterator[Finding]:
        """Whether the mail server takes a connection."""
        backend = settings.EMAIL_BACKEND.rsplit(".", 2)[-2]
        if backend == "smtp":
            with get_connection():
                pass
            yield "mail", True, f"{settings.EMAIL_HOST} answers", ""
        else:
            yield (
                "mail",
                not settings.PRODUCTION,
                f"written by the {backend} backend, sent to nobody",
                "Set EMAIL_URL, for example smtp+tls://user:password@mail.example.org:587.",
            )
        waits, refused = sending.waiting()
        yield "letters and messages", waits < 10_000, f"{waits} waiting", "The worker, or the mail server, is too slow."
        yield (
            "refused",
            refused == 0 or refused < User.objects.active().count() / 20,
            f"{refused} in a week, for good",
            "Many addresses are refused, or DEFAULT_FROM_EMAIL is: the mail server's log says why.",
        )

    def push(self) -> Iterator[Finding]:
        """Whether devices can be sent messages."""
        if not push.is_on():
            yield "messages to devices", True, "off (KRING_PUSH, or the administrators' choice)", ""
            return
        secure = settings.BASE_URL.startswith("https://") or (urlsplit(settings.BASE_URL).hostname == "localhost")
        yield (
            "messages to devices",
            secure or not settings.PRODUCTION,
            f"{Device.objects.count()} devices, at {settings.BASE_URL}",
            "Browsers take messages at a secure address alone: KRING_BASE_URL must begin with https://.",
        )
        push.public_key()
        kept = push.key_file()
        if not settings.KRING_PUSH_KEY:
            mode = stat.S_IMODE(kept.stat().st_mode)
            yield "key for messages", mode & 0o077 == 0, f"{kept} has mode {mode:o}", f"Run `chmod 600 {kept}`."

    def files(self) -> Iterator[Finding]:
        """Whether the data directory is ours alone and has room."""
        root = settings.KRING_DATA_DIR
        mode = stat.S_IMODE(root.stat().st_mode)
        yield "data directory", mode & 0o077 == 0, f"{root} has mode {mode:o}", f"Run `chmod 700 {root}`."
        probe = root / ".doctor"
        probe.write_bytes(b"ok")
        probe.unlink()
        free = shutil.disk_usage(root).free // 2**20
        yield "free space", free > 1024, f"{free} MiB", "Make room: below 1 GiB uploads will start to fail."

    def bucket(self) -> Iterator[Finding]:
        """Whether the bucket in place of the disk is written and read by us, and read by nobody else."""
        for alias in ("files", "default"):
            kept: Any = storages[alias]
            if hasattr(kept, "findings"):
                yield from kept.findings()

    def scanner(self) -> Iterator[Finding]:
        """Whether the virus scanner answers and keeps up."""
        if not scanner.configured():
            yield "virus scanner", True, "none: files are not checked (KRING_CLAMD)", ""
            return
        try:
            found = scanner.version()
        except scanner.Unreachable:
            advice = "Start clamav-daemon; KRING_CLAMD names its socket. Until then new files are held or marked."
            yield "virus scanner", False, "does not answer", advice
            return
        yield "virus scanner", True, found, ""
        waiting = File.objects.filter(scan_due=True).count()
        yield "files to scan", waiting < 1000, f"{waiting} waiting", "The scanner does not keep up: look at its log."

    def clock(self) -> Iterator[Finding]:
        """Whether the database's clock and ours agree, and time does not stand still."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT CURRENT_TIMESTAMP")
            value = cursor.fetchone()[0]
        if isinstance(value, str):
            value = datetime.fromisoformat(value).replace(tzinfo=UTC)
        drift = abs((timezone.now() - value).total_seconds())
        yield (
            "clock",
            drift < 5,
            f"{drift:.1f} s apart from the database's",
            "Let both machines set their clocks by NTP.",
        )

    def cache(self) -> Iterator[Finding]:
        """Whether several processes count together."""
        several = int(os.environ.get("KRING_WEB_PROCESSES", "1")) > 1
        shared = bool(settings.REDIS_URL)
        yield (
            "shared cache",
            shared or not several,
            "Redis" if shared else "this process",
            "Several web processes need REDIS_URL: rate limits count in the cache.",
        )
