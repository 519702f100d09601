"""What happens, as it happens: one reader of the stream per process, one bounded lane per browser.

    feed (follows the stream, ring) → rooms (one per tenant: floor, sockets) → socket (verdict, lane, writer)

Facts carry the stream's sequence `n`, which is the browser's cursor; ephemera (typing, presence, board) carry none.
"""
