"""How large one piece of an input may be, so that memory holds whatever a file says of itself."""

from __future__ import annotations

MOST_BYTES = 16 << 20  # of a line, a record or a cell: eight of the longest novels
MOST_VALUES = 1_000_000  # of one line of JSON: 16 MB of empty lists would take 400 MB and more
MOST_COLUMNS = 50_000  # of CSV: each takes Arrow some kilobytes, however short its name
SHOWN_LIMIT = f"{MOST_BYTES >> 20} MB"
