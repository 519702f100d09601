"""Calls: the SIP user agent behind the edge, the media anchor, and what is done with the sound of a call."""
