"""What integrations say happened."""

from core.events import declare

declare("integrations.token.made", "Someone has a new key to the API.")
declare("integrations.token.revoked", "A key to the API was taken back.")
declare("integrations.import.finished", "An export of another network was read in.")
