"""Identities: short hashes that distinguish items."""

import hashlib


def item_id(identity: str) -> int:
    """64 bits that tell an item from all others of the same time, whoever delivers it and however often."""
    return hash_id(identity.encode("utf-8", "surrogatepass"))


def hash_id(identity: bytes) -> int:
    """As :func:`item_id`, of text that is encoded already."""
    return int.from_bytes(hashlib.blake2b(identity, digest_size=16).digest()[:8])
