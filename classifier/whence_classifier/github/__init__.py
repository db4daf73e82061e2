"""GitHub, as the classifier asks it: credentials, listings, look-ups, what it refused, and the cache.

Imports: whence_contract, error, text.
"""
