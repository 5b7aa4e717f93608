"""`manage.py serve`: server, worker and scheduler together, for one machine."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from core import memory
from core.worker import Loop


class Command(BaseCommand):
    """Serve the network: HTTP and sockets in this process, worker and scheduler in a child that is kept alive."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="Address to listen on.")
        parser.add_argument("--port", type=int, default=8000, help="Port to listen on.")
        parser.add_argument("--no-worker", action="store_true", help="The worker runs elsewhere.")

    def handle(self, *args: Any, **options: Any) -> None:
        memory.share()
        self._statics()
        # Everything is loaded before the fork, so that both processes share its memory.
        from social.asgi import application

        _warm()
        connections.close_all()
        gc.collect()
        gc.freeze()
        self.stopping = False
        self.child = 0
        if not options["no_worker"]:
            self._fork()
            threading.Thread(target=self._watch, daemon=True, name="worker watch").start()
        config = uvicorn.Config(
            application,
            host=options["host"],
            port=options["port"],
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=10,
            ws_max_size=4096,
            h11_max_incomplete_event_size=64 * 1024,
        )
        server = uvicorn.Server(config)
        # The server hands the signal on when it has stopped; by default that would end this process before its child.
        signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
        self.stdout.write(f"Kring listens on http://{options['host']}:{options['port']}/")
        self.stdout.flush()
        try:
            server.run()
        finally:
            self.stopping = True
            self._end_child()
        if not server.started:
            raise CommandError(
                f"Port {options['port']} on {options['host']} cannot be used. Is Kring running already? Try --port."
            )

    def _statics(self) -> None:
        """Collect the static files when they are newer than what was collected."""
        if settings.DEBUG or settings.TESTING:
            return
        call_command("collectstatic", interactive=False, verbosity=0)

    def _fork(self) -> None:
        """Start the worker as a child of this process."""
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            code = 0
            try:
                connections.close_all()
                threading.Thread(target=_outlive, args=(parent,), daemon=True, name="server watch").start()
                Loop().run()
            except BaseException:
                code = 1
            finally:
                sys.stdout.flush()
                os._exit(code)
        self.child = pid

    def _watch(self) -> None:
        """Start the worker anew when it dies; a worker that cannot stand is tried ever more slowly."""
        pause = 1.0
        while not self.stopping:
            started = time.monotonic()
            try:
                os.waitpid(self.child, 0)
            except ChildProcessError:
                return
            if self.stopping:
                return
            pause = 1.0 if time.monotonic() - started > 60 else min(60.0, pause * 2)
            self.stderr.write("The worker ended; it starts again.")
            time.sleep(pause)
            if not self.stopping:
                self._fork()

    def _end_child(self) -> None:
        """Ask the worker to finish its round; insist after ten seconds."""
        if not self.child:
            return
        try:
            os.kill(self.child, signal.SIGTERM)
            for _ in range(100):
                if os.waitpid(self.child, os.WNOHANG)[0]:
                    return
                time.sleep(0.1)
            os.kill(self.child, signal.SIGKILL)
        except (ProcessLookupError, ChildProcessError):
            return


def _outlive(parent: int) -> None:
    """End this worker, when its round is done, once its server is gone without having said so."""
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


def _warm() -> None:
    """Load what the first request would load, so that it is shared and fast."""
    from django.urls import get_resolver

    get_resolver()._populate()
