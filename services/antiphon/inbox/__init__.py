"""The inbox is the people's edge: REST with OpenAPI, sign-in cookies, the real-time protocol, and the desk (web/).

It owns no business record: it asks directory, routing, acd and channels with the caller's own token, so they decide.
What it owns is small and short-lived: remembered answers of repeated commands, and who is at a desk right now.
"""
