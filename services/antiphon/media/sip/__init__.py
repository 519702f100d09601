"""SIP without I/O: bytes and the time go in, effects come out (RFC 3261 and the extensions a PBX needs)."""
