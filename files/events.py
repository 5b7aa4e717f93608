"""What this room tells."""

from core.events import declare

UPLOADED = declare("files.file.uploaded", "A file was sent; it hangs on nothing yet, and only its owner sees it.")
ATTACHED = declare("files.file.attached", "A file was hung on something, and its readers are those of that thing.")
MOVED = declare("files.file.moved", "What a file hangs on got another audience, and the file went along.")
WITHHELD = declare("files.file.withheld", "A file was hidden, by itself or with what it hangs on.")
RELEASED = declare("files.file.released", "A hidden file is shown again.")
REMOVED = declare("files.file.removed", "A file is gone for good, with its bytes and renditions.")
DESCRIBED = declare("files.file.described", "The words that stand for a picture were changed.")
REPLACED = declare("files.file.replaced", "A file got a new version; the one before is kept under it.")
FOLDER_MADE = declare("files.folder.made", "A folder was made in a library.")
FOLDER_RENAMED = declare("files.folder.renamed", "A folder of a library got another name.")
FOLDER_REMOVED = declare("files.folder.removed", "An empty folder of a library was removed.")
SHELVED = declare("files.file.shelved", "A file of a library was put into another folder.")
CAPTIONED = declare("files.file.captioned", "The captions of a film or a sound were changed.")
DRAWN = declare("files.file.drawn", "The first page of a document was drawn for its card.")
SCANNED = declare("files.file.scanned", "The virus scanner said something new of a file, and it was no virus.")
QUARANTINED = declare("files.file.quarantined", "A virus was found in a file; it is given to nobody.")
CLEARED = declare("files.file.cleared", "A file in quarantine was found clean by newer signatures.")
SCAN_ASKED = declare("files.scan.asked", "An administrator had a file in quarantine scanned again.")
