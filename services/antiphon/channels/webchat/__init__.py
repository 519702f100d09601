"""Web chat: our own widget over a WebSocket."""
