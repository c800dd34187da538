"""Letters by HTTP: the JSON that Slack's incoming webhooks take, and others that speak like them."""

import http.client
import json
import os
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from agents.channels import Webhook, web_address
from agents.errors import FinalError, RetryableError
from agents.masking import masked
from agents.notify.letter import Letter

HOPS = 3
TEXT, BLOCK = 3500, 2900
"""Characters that Slack shows of a message's text and takes in a block's."""


@dataclass(frozen=True)
class WebhookChannel:
    """One address that takes POST requests. Records and errors name its host only: the path is the key to it."""

    settings: Webhook
    seconds: float = 10
    """How long the server may be silent."""

    name = "webhook"

    def recipients(self, _owners: tuple[str, ...], _people: tuple[str, ...] = ()) -> tuple[str, ...]:
        """The one address, by its host; by its variable where that is not set."""
        url = self.settings.url or os.environ.get(self.settings.url_env or "")
        return (_host(url) if url else f"${self.settings.url_env}",)

    def send(self, letter: Letter, _recipient: str) -> None:
        """Post a letter. Raises RetryableError for silence, 429 and 5xx, FinalError for all else but success."""
        body = json.dumps(payload(letter)).encode()
        url = first = self._url()
        for _ in range(HOPS + 1):
            status, location = self._posted(url, body)
            if 200 <= status < 300:
                return
            if status not in (301, 302, 307, 308) or not location:
                again = status == 429 or status >= 500
                raise (RetryableError if again else FinalError)(f"{_host(first)} answered {status}")
            url = _followed(url, location)
        raise FinalError(f"{_host(first)} redirects more than {HOPS} times")

    def _url(self) -> str:
        url = self.settings.url or os.environ.get(self.settings.url_env or "")
        if not url:
            raise FinalError(
                f"environment variable {self.settings.url_env}, named by notify.webhook.url_env, is not set"
            )
        try:
            return web_address(url)
        except ValueError as error:
            raise FinalError(f"the address in {self.settings.url_env} is not used: {error}") from error

    def _posted(self, url: str, body: bytes) -> tuple[int, str]:
        headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "adp"}
        request = urllib.request.Request(url, body, headers, method="POST")
        try:
            with _OPENER.open(request, timeout=self.seconds) as answer:
                return answer.status, ""
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers.get("Location") or ""
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = getattr(error, "reason", None) or error
            raise RetryableError(f"{_host(url)}: {masked(str(reason)) or type(error).__name__}") from error


class _Refused(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Leave redirects to `send`: the standard library would ask again with GET and send nothing."""


_OPENER = urllib.request.build_opener(_Refused)


def _followed(url: str, location: str) -> str:
    """Where a redirect leads. Raises FinalError for another host, port or scheme: the message is for this one."""
    target = urljoin(url, location)
    if (urlsplit(target).scheme, urlsplit(target).netloc) != (urlsplit(url).scheme, urlsplit(url).netloc):
        raise FinalError(f"{_host(url)} redirects to another server, {_host(target)}; that is not followed")
    return target


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2] or "an address without a host"


def payload(letter: Letter) -> dict[str, Any]:
    """A letter as `text` for lists and plain clients, and as `blocks` whose variable parts are plain text."""
    blocks: list[dict[str, Any]] = [{"type": "header", "text": _plain(letter.subject, 150)}]
    for section in letter.sections:
        facts = "\n".join(f"{name}: {text}" for name, text in section.facts)
        blocks += [{"type": "divider"}, {"type": "section", "text": _plain(f"{section.title}\n{facts}", BLOCK)}]
    blocks.append({"type": "context", "elements": [_plain(letter.closing, BLOCK)]})
    text = neutral(f"{letter.subject}\n\n{letter.text}", TEXT)
    return {"text": text, "mrkdwn": False, "link_names": False, "unfurl_links": False, "blocks": blocks}


def neutral(text: str, limit: int) -> str:
    """A text in which chat programs see no mention, link or markup.

    >>> neutral("<!channel> & <https[:]//x|here>", 80)
    '&lt;!channel&gt; &amp; &lt;https[:]//x|here&gt;'
    >>> neutral("@here [click](http[:]//x)", 80) == "@\\u200bhere [click]\\u200b(http[:]//x)"
    True
    """
    short = text if len(text) <= limit else text[: limit - 1] + "…"
    escaped = short.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("@", "@\u200b").replace("](", "]\u200b(")


def _plain(text: str, limit: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": neutral(text, limit), "emoji": False}
