"""What a contact of a list is. READY means now or when it is due."""

READY, DIALLING, DONE, PREVIEW = "ready", "dialling", "done", "preview"
