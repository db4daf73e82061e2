"""Evidence packs: what a drawer shows, as one HTML file to print and a CSV file beside it.

A pack depends only on the view and on the ledger's data, so the same view gives the same bytes until data or labels of
its period change. It does not contain the time of its creation, and its times are in UTC.
"""
