"""Any server that speaks OpenAI's protocol: llama-server, vLLM, Ollama, a hosted one."""

import http.client
import json
import os
import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from pathlib import Path
from string import ascii_uppercase
from typing import Any
from urllib.parse import urlsplit

from agents.errors import FinalError
from agents.masking import masked
from agents.minds.engines.engine import Answer, Busy, JsonSchema, Limits, Partial, Unavailable, Unsuited
from agents.minds.engines.prompt import Prompt

ANSWER_BYTES = 4_000_000
UNREAD = (400, 415, 422, 500)
"""What servers answer to a schema that they cannot read."""
REACH_SECONDS = 2
SHARES = 20
"""Alternatives of which the protocol tells the probability, at most."""

Body = dict[str, Any]


class Server(Partial):
    """One server and one of its models. What goes to another machine is masked; its key appears in no message."""

    name = "server"
    jobs = frozenset({"fill", "score", "embed"})

    def __init__(self, url: str | None, model: str = "default", key_env: str = "ADP_MINDS_KEY") -> None:
        if not url:
            raise Unavailable("no server; name one as `minds.url` in adp.yml or in ADP_MINDS_URL")
        self._url, self._model, self._key = url.rstrip("/"), model, os.environ.get(key_env, "")
        self._host = urlsplit(url).netloc
        here = _on_this_machine(urlsplit(url).hostname or "")
        self._mask: Callable[[str], str] = (lambda text: text) if here else masked
        if self._key and not here and urlsplit(url).scheme != "https":
            raise Unavailable(f"a key is sent over https only, and {self._host} is named with http")
        self._schema_styles = [_strict, _plain]

    @property
    def identity(self) -> str:
        """Address and model; what a server gives that name may change behind it."""
        return f"{self._url} {self._model}"

    def reach(self) -> None:
        """See `LanguageModel.reach`. Whether somebody listens; what is asked of it may fail all the same."""
        parts = urlsplit(self._url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            socket.create_connection((parts.hostname or "", port), timeout=REACH_SECONDS).close()
        except OSError as error:
            raise Unavailable(f"nobody answers at {self._host}: {error.strerror or error}") from error

    def fill(self, prompt: Prompt, schema: JsonSchema, limits: Limits, _adapter: Path | None = None) -> Answer[str]:
        """See `LanguageModel.fill`. The server's own adapter counts."""
        body = {**self._chat(prompt), "max_tokens": min(limits.tokens, 1024)}
        for style in tuple(self._schema_styles):
            try:
                said = self._post("chat/completions", {**body, **style(schema)}, limits)
            except (Unsuited, Busy) as error:
                if error.status in UNREAD and style is not self._schema_styles[-1]:
                    continue  # some servers fail where they do not know this way of naming a schema
                raise
            self._schema_styles = [style]
            return Answer(_content(said), *_tokens(said))
        raise Unsuited(f"{self._host} takes no schema")

    def score(
        self, prompt: Prompt, candidates: Sequence[str], limits: Limits, _adapter: Path | None = None
    ) -> Answer[list[float]]:
        """By how probable the letter of each candidate is: servers do not tell how probable a given text is."""
        if len(candidates) > SHARES:
            raise Unsuited(f"a server scores {SHARES} candidates, not {len(candidates)}")
        letters = ascii_uppercase[: len(candidates)]
        choices = tuple(f"{letter} = {text}" for letter, text in zip(letters, candidates, strict=True))
        asked = Prompt(f"{prompt.instructions} Answer with one letter.", (*prompt.data, ("choices", choices)))
        shares = {"max_tokens": 1, "logprobs": True, "top_logprobs": SHARES}
        said = self._post("chat/completions", {**self._chat(asked), **shares}, limits)
        try:
            first = said["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
            told = {str(one["token"]).strip(): float(one["logprob"]) for one in reversed(first)}
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise Unsuited(f"{self._host} does not tell probabilities") from error
        if told.keys().isdisjoint(letters):
            raise Unsuited(f"{self._host} finds none of the candidates probable")
        least = min(told.values())
        return Answer([told.get(letter, least) for letter in letters], *_tokens(said))

    def embed(self, texts: Sequence[str], limits: Limits) -> Answer[list[list[float]]]:
        """See `LanguageModel.embed`."""
        said = self._post("embeddings", {"model": self._model, "input": [self._mask(t) for t in texts]}, limits)
        try:
            rows = sorted(said["data"], key=lambda row: row["index"])
            made = [_unit([float(x) for x in row["embedding"]]) for row in rows]
        except (KeyError, TypeError, ValueError) as error:
            raise Unsuited(f"{self._host} answered with something else than embeddings") from error
        if len(made) != len(texts):
            raise Unsuited(f"{self._host} made {len(made)} embeddings of {len(texts)} texts")
        return Answer(made, _tokens(said)[0])

    def _chat(self, prompt: Prompt) -> Body:
        content = prompt.shown(self._mask)
        messages = [{"role": "system", "content": prompt.system}, {"role": "user", "content": content}]
        return {"model": self._model, "messages": messages, "temperature": 0}

    def _post(self, path: str, body: Body, limits: Limits) -> Body:
        """Raises Busy for silence, 408, 429 and 5xx, Unsuited for 400, 404 and 422, and Unavailable for the rest."""
        headers = {"Content-Type": "application/json", "User-Agent": "adp"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        request = urllib.request.Request(f"{self._url}/{path}", json.dumps(body).encode(), headers, method="POST")
        try:
            with _OPENER.open(request, timeout=limits.seconds) as answer:
                said = json.loads(answer.read(ANSWER_BYTES))
        except urllib.error.HTTPError as error:
            with error:
                raise self._refused(error) from None
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", None) or error
            raise Busy(f"{self._host}: {reason or type(error).__name__}") from None
        except ValueError as error:
            raise Unsuited(f"{self._host} answered with no JSON") from error
        if not isinstance(said, dict):
            raise Unsuited(f"{self._host} answered with no JSON object")
        return said

    def _refused(self, error: urllib.error.HTTPError) -> FinalError | Busy:
        if error.code in (408, 409, 425, 429) or error.code >= 500:
            return Busy(f"{self._host} answered {error.code}", _seconds(error.headers.get("Retry-After")), error.code)
        if error.code in (400, 404, 413, 415, 422):
            return Unsuited(f"{self._host} answered {error.code} to {self._model}", error.code)
        return Unavailable(f"{self._host} answered {error.code}")


class _Refused(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """No redirect is followed: it would take the key and the question to another server."""


_OPENER = urllib.request.build_opener(_Refused)


def _strict(schema: JsonSchema) -> Body:
    named = {"name": "answer", "schema": schema, "strict": True}
    return {"response_format": {"type": "json_schema", "json_schema": named}}


def _plain(schema: JsonSchema) -> Body:
    return {"response_format": {"type": "json_object", "schema": schema}}


def _content(said: Body) -> str:
    try:
        return str(said["choices"][0]["message"]["content"])
    except (KeyError, IndexError, TypeError) as error:
        raise Unsuited("the server answered without a message") from error


def _tokens(said: Body) -> tuple[int, int]:
    usage = said.get("usage") or {}
    return int(usage.get("prompt_tokens") or 0), int(usage.get("completion_tokens") or 0)


def _unit(vector: list[float]) -> list[float]:
    length = sum(x * x for x in vector) ** 0.5 or 1.0
    return [x / length for x in vector]


def _seconds(said: str | None) -> float:
    """Of a Retry-After header; a date there is not read."""
    return min(float(said), 3600.0) if said and said.strip().isdigit() else 0.0


def _on_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
