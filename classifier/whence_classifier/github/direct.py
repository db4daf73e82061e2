"""Bypass proxies for our requests and PyGithub's to a GitHub on this machine."""

import os
from typing import Any

import requests
from github.Requester import HTTPRequestsConnectionClass, HTTPSRequestsConnectionClass, Requester

from whence_contract.address import is_loopback


def session_for(host: str, session: requests.Session) -> requests.Session:
    """Return the session, changed to bypass proxies if ``host`` is this machine.

    It keeps the environment's certificate authorities.
    """
    if is_loopback(host):
        session.trust_env = False
        session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True
    return session


class _HTTP(HTTPRequestsConnectionClass):
    def __init__(self, host: str, *given: Any, **options: Any) -> None:
        super().__init__(host, *given, **options)
        self.verify = session_for(host, self.session).verify


class _HTTPS(HTTPSRequestsConnectionClass):
    def __init__(self, host: str, *given: Any, **options: Any) -> None:
        super().__init__(host, *given, **options)
        self.verify = session_for(host, self.session).verify


def make_pygithub_direct() -> None:
    """Apply the same rule to PyGithub's own requests, which fetch an App's tokens."""
    Requester.injectConnectionClasses(_HTTP, _HTTPS)
