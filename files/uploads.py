"""Stop reading an upload where the limit is passed, while it still comes in."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, StopUpload

from core import limits

#: Set in `request.META` when an upload was stopped.
STOPPED = "kring.upload_stopped"


class StopAtLimit(FileUploadHandler):
    """First of the upload handlers: counts the bytes of each file and ends the parsing past the limit.

    The rest of the request is read and dropped, so that the browser gets an answer instead of a broken connection.
    """

    def handle_raw_input(
        self, input_data: Any, META: dict, content_length: int, boundary: Any, encoding: Any = None
    ) -> None:
        """Remember where to say that it was stopped."""
        self._meta = META

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Start counting anew for each file."""
        super().new_file(*args, **kwargs)
        self._count = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Count, and pass the chunk on to the next handler.

        Raises:
            StopUpload: the file is larger than any may be.
        """
        self._count += len(raw_data)
        if self._count > limits.FILE_BYTES.value:
            self._meta[STOPPED] = self._count
            raise StopUpload(connection_reset=False)
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """The handlers behind make the file."""
