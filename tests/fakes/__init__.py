"""Fake servers for services that tests cannot use, over real HTTP: the Messages API, GitHub, a failing receiver."""
