"""Load and chaos: bounded in count and time, on loopback only."""
