"""A real HTTP server that answers as it is told."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

Said = tuple[int, dict[str, str], Any]


@dataclass
class Speaker:
    """What was asked, and what is answered: first to last, then the last again."""

    port: int = 0
    answers: list[Said] = field(default_factory=list)
    asked: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def say(self, status: int, body: Any = None, **headers: str) -> None:
        self.answers.append((status, {k.replace("_", "-"): v for k, v in headers.items()}, body))

    def write(self, text: str) -> None:
        """The message that a chat answers with."""
        usage = {"prompt_tokens": 40, "completion_tokens": 10}
        self.say(200, {"choices": [{"message": {"content": text}}], "usage": usage})


@pytest.fixture
def speaker() -> Iterator[Speaker]:
    """A server on a free port of this machine."""
    made = Speaker()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            made.asked.append((self.path, dict(self.headers), body))
            status, headers, said = made.answers.pop(0) if len(made.answers) > 1 else made.answers[0]
            raw = json.dumps(said).encode()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(raw)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()
