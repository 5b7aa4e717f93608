"""What happens to the network as a whole."""

from core.events import declare

SETTINGS_CHANGED = declare("social.settings.changed", "An administrator changed the settings of the network.")
AUDIT_EXPORTED = declare("social.audit.exported", "An administrator took a copy of the audit log.")
