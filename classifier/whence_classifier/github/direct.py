"""Requests to a GitHub on this machine: no proxy sees them, ours or PyGithub's."""

import os
from typing import Any

import requests
from github.Requester import HTTPRequestsConnectionClass, HTTPSRequestsConnectionClass, Requester

from whence_contract.address import is_loopback


def session_for(host: str, session: requests.Session) -> requests.Session:
    """Make ``session`` go direct if ``host`` is this machine; the environment's authorities stay trusted."""
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
    """Apply the rule to the requests that PyGithub makes itself: those for an App's tokens."""
    Requester.injectConnectionClasses(_HTTP, _HTTPS)
