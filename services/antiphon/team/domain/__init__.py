"""The pure part: what a room is and how a line changes it."""
