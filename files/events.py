"""What this room tells."""

from core.events import declare

UPLOADED = declare("files.file.uploaded", "A file was sent; it hangs on nothing yet, and only its owner sees it.")
ATTACHED = declare("files.file.attached", "A file was hung on something, and its readers are those of that thing.")
MOVED = declare("files.file.moved", "What a file hangs on got another audience, and the file went along.")
WITHHELD = declare("files.file.withheld", "A file was hidden, by itself or with what it hangs on.")
RELEASED = declare("files.file.released", "A hidden file is shown again.")
REMOVED = declare("files.file.removed", "A file is gone for good, with its bytes and renditions.")
DESCRIBED = declare("files.file.described", "The words that stand for a picture were changed.")
