"""The classifier: lists the organization's repositories and says of every other one whose it is."""
