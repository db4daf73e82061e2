"""Evidence packs: what a drawer shows, as one HTML file to print and a CSV file beside it.

A pack follows from the view and from what the ledger knows, so the same question gives the same bytes until data or
labels of its period change. It has no time of its own, and its times are in UTC.
"""
