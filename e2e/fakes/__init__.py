"""The outside world as servers on loopback."""
