"""The GitHub client of the classifier: credentials, listings, look-ups, refusals and the cache.

Imports: whence_contract, error, text.
"""
