"""HTTP as clients tell of it when it goes wrong; each client that is installed, against a real local server."""

import asyncio
import importlib.util
import json
import shutil
import urllib.request
from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any

from _minds.errors import server
from _minds.errors.kind import Kinds, kind, name, told

Fetch = Callable[[str], Any]
"""Fetches an address and reads the answer as JSON; raises whatever the client does."""

STATUSES = {
    "301": "moved", "308": "moved", "401": "authentication", "403": "permission", "404": "not_found",
    "407": "authentication", "408": "timeout", "410": "not_found moved", "429": "rate_limit", "500": "server_error",
    "502": "server_error", "503": "server_error", "504": "server_error timeout",
}  # fmt: skip
ACCEPTED = {"requests-latin", "aiohttp-empty"}
"""Bodies that a client reads without complaint."""


def _requests(url: str) -> Any:
    import requests

    answer = requests.get(url, timeout=0.5, allow_redirects="loop" in url)
    if answer.is_redirect:
        raise requests.HTTPError(f"{answer.status_code} {answer.reason}, Location: {answer.headers['Location']}")
    answer.raise_for_status()
    return answer.json()


def _httpx(url: str) -> Any:
    import httpx

    answer = httpx.get(url, timeout=0.5, follow_redirects="loop" in url, trust_env=False)
    answer.raise_for_status()
    return answer.json()


def _urllib3(url: str) -> Any:
    import urllib3

    with urllib3.PoolManager(timeout=0.5, retries=urllib3.Retry(0, redirect=4, raise_on_redirect=True)) as pool:
        answer = pool.request("GET", url, redirect="loop" in url)
        if answer.status >= 300:
            raise RuntimeError(f"GET {url} answered HTTP {answer.status} {answer.reason}")
        return answer.json()


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any) -> None:
        return None


def _urllib(url: str) -> Any:
    handlers = [] if "loop" in url else [_NoRedirect()]
    with urllib.request.build_opener(*handlers).open(url, timeout=0.5) as answer:
        return json.load(answer)


def _aiohttp(url: str) -> Any:
    import aiohttp

    async def fetch() -> Any:
        limit = aiohttp.ClientTimeout(total=0.5)
        async with (
            aiohttp.ClientSession(timeout=limit, raise_for_status=True) as session,
            session.get(url, allow_redirects="loop" in url) as answer,
        ):
            if answer.status >= 300:
                raise RuntimeError(f"status {answer.status} {answer.reason}: Location {answer.headers['Location']}")
            return await answer.json()

    return asyncio.run(fetch())


PYTHON: dict[str, Fetch] = {
    "requests": _requests, "httpx": _httpx, "urllib3": _urllib3, "urllib": _urllib, "aiohttp": _aiohttp,
}  # fmt: skip


def installed() -> dict[str, Fetch]:
    """The clients that can be imported here."""
    return {n: f for n, f in PYTHON.items() if importlib.util.find_spec(n)}


def kinds() -> Kinds:
    """Every status by every client; curl shows its own words where it is told to fail."""
    found: Kinds = {}
    for client, fetch in installed().items():
        for status, causes in STATUSES.items():
            found[f"{client}-{status}"] = kind(causes, partial(_asked, fetch, f"status/{status}"))
    if shutil.which("curl"):
        for status in ("401", "403", "404", "429", "500", "503"):
            found[f"curl-{status}"] = (
                frozenset(STATUSES[status].split()),
                lambda rng, s=status: told(["curl", "-fsS", f"{server.base()}/status/{s}?q={name(rng)}"]),
            )
    return found


def bodies() -> Kinds:
    """What a connector prints that shows the server's own words."""
    found: Kinds = {}
    for shape in server.ERRORS:
        for status in ("401", "403", "404", "429", "500", "503"):
            found[f"{shape}-{status}"] = kind(STATUSES[status], partial(_printed, f"status/{status}/{shape}"))
    return found


def answers() -> Kinds:
    """Answers that cannot be read, and connections that do not come about or break."""
    found: Kinds = {}
    for client, fetch in installed().items():
        for body in ("malformed", "cut_json", "empty", "html", "two", "latin"):
            if f"{client}-{body}" not in ACCEPTED:
                found[f"{client}-{body}"] = kind("payload", partial(_asked, fetch, f"body/{body}"))
        found |= {
            f"{client}-gzip": kind("payload", partial(_asked, fetch, "gzip/no")),
            f"{client}-short": kind("network payload", partial(_asked, fetch, "short/x")),
            f"{client}-chunk": kind("network payload", partial(_asked, fetch, "chunk/x")),
            f"{client}-drop": kind("network", partial(_asked, fetch, "drop/x")),
            f"{client}-slow": kind("timeout", partial(_asked, fetch, "slow/x")),
            f"{client}-loop": kind("moved", partial(_asked, fetch, "loop/x")),
            f"{client}-refused": kind("network", lambda rng, f=fetch: f(f"{server.closed()}/{name(rng)}")),
            f"{client}-dns": kind("network", lambda rng, f=fetch: f(f"http://{name(rng).replace('_', '')}.invalid/")),
            f"{client}-tls": kind("network", lambda rng, f=fetch: f(f"{server.secure()}/{name(rng)}")),
            f"{client}-tls-plain": kind(
                "network", lambda rng, f=fetch: f(f"{server.base().replace('http', 'https')}/{name(rng)}")
            ),
        }
        if client != "aiohttp":
            found[f"{client}-gzip-cut"] = kind("payload", partial(_asked, fetch, "gzip/cut"))
    if shutil.which("curl"):
        found |= {
            "curl-refused": (frozenset({"network"}), lambda rng: told(["curl", "-sS", server.closed()])),
            "curl-dns": (frozenset({"network"}), lambda rng: told(["curl", "-sS", "http://nowhere.invalid/"])),
            "curl-tls": (frozenset({"network"}), lambda rng: told(["curl", "-sS", server.secure()])),
            "curl-drop": (frozenset({"network"}), lambda rng: told(["curl", "-sS", f"{server.base()}/drop/x"])),
            "curl-slow": (
                frozenset({"timeout"}),
                lambda rng: told(["curl", "-sS", "-m", "0.4", f"{server.base()}/slow/x"]),
            ),
            "curl-gzip": (
                frozenset({"payload"}),
                lambda rng: told(["curl", "-sS", "--compressed", f"{server.base()}/gzip/no"]),
            ),
            "curl-loop": (
                frozenset({"moved"}),
                lambda rng: told(["curl", "-sSL", "--max-redirs", "5", f"{server.base()}/loop/x"]),
            ),
        }
    return found


def _asked(fetch: Fetch, path: str, rng: Random) -> Any:
    return fetch(f"{server.base()}/{path}?{name(rng)}={rng.randint(1, 9999)}")


def _printed(path: str, rng: Random) -> None:
    import requests

    answer = requests.get(f"{server.base()}/{path}", timeout=2)
    place = name(rng)
    shown = rng.choice((
        f"{answer.text}", f"{answer.status_code}: {answer.text}", f"could not read {place}: {answer.text}",
        f"loading {place} failed with {answer.status_code} {answer.text[:200]}",
    ))  # fmt: skip
    raise RuntimeError(shown)
