"""Servers for what cannot be had here, spoken to over real HTTP: the Messages API, GitHub, a failing receiver."""
