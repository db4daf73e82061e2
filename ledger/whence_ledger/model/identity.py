"""Identities: short hashes that distinguish items."""

import hashlib


def item_id(identity: str) -> int:
    """Return 64 bits that identify an item among those of the same time, however often and by whomever it is sent."""
    return hash_id(identity.encode("utf-8", "surrogatepass"))


def hash_id(identity: bytes) -> int:
    """Return :func:`item_id` of text that is already encoded."""
    return int.from_bytes(hashlib.blake2b(identity, digest_size=16).digest()[:8])
