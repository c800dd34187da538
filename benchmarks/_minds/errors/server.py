"""A local HTTP server that answers as asked: /status/N, broken bodies, dropped connections, endless redirects."""

import atexit
import gzip
import json
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

BODIES: dict[str, tuple[str, bytes]] = {
    "malformed": ("application/json", b'{"rows": [{"id": 1}, {"id": 2,, }]}'),
    "cut_json": ("application/json", b'{"rows": [{"id": 1, "name": "al'),
    "empty": ("application/json", b""),
    "html": ("text/html; charset=utf-8", b"<!doctype html><html><body>Please wait</body></html>"),
    "two": ("application/json", b'{"a": 1}{"a": 2}'),
    "latin": ("application/json; charset=utf-8", '{"name": "Müller"}'.encode("latin-1")),
    "cut_csv": ("text/csv", b'id,name\n1,"al\n2,bo'),
    "constant": ("application/json", b'{"a": undefined}'),
}
ERRORS = {
    "plain": lambda status, phrase: ("text/plain", phrase),
    "json": lambda status, phrase: ("application/json", json.dumps({"error": {"code": status, "message": phrase}})),
    "problem": lambda status, phrase: (
        "application/problem+json",
        json.dumps({"type": "about:blank", "title": phrase, "status": status}),
    ),
    "html": lambda status, phrase: ("text/html", f"<html><head><title>{status} {phrase}</title></head></html>"),
    "detail": lambda status, phrase: ("application/json", json.dumps({"detail": f"{phrase}.", "instance": "/v2/rows"})),
}
"""Bodies in which servers repeat a status."""


class Handler(BaseHTTPRequestHandler):
    """Reads from the path what to do wrong."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        what, _, rest = self.path.lstrip("/").partition("/")
        {"status": self._status, "body": self._body, "drop": self._drop, "loop": self._loop, "slow": self._slow,
         "gzip": self._gzip, "short": self._short, "chunk": self._chunk}[what](rest.split("?")[0])  # fmt: skip

    def _status(self, rest: str) -> None:
        number, _, shape = rest.partition("/")
        phrase = HTTPStatus(int(number)).phrase
        kind, body = ERRORS[shape or "plain"](int(number), phrase)
        extra = {"Location": "/status/404"} if number in ("301", "308") else {}
        extra |= {"Retry-After": "7"} if number == "429" else {}
        extra |= {"WWW-Authenticate": 'Bearer realm="rows"'} if number == "401" else {}
        self._send(int(number), kind, body.encode(), extra)

    def _body(self, rest: str) -> None:
        self._send(200, *BODIES[rest])

    def _drop(self, _rest: str) -> None:
        self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True

    def _loop(self, rest: str) -> None:
        self._send(302, "text/plain", b"", {"Location": f"/loop/{rest}x"})

    def _slow(self, _rest: str) -> None:
        time.sleep(1.5)
        self.close_connection = True

    def _gzip(self, rest: str) -> None:
        whole = gzip.compress(b'{"rows": []}' * 400)
        body = whole[: len(whole) // 2] if rest == "cut" else b"no gzip at all" * 9
        self._send(200, "application/json", body, {"Content-Encoding": "gzip"})

    def _short(self, _rest: str) -> None:
        self._send(200, "application/json", b'{"rows": [', {"Content-Length": "4000"})
        self.close_connection = True

    def _chunk(self, _rest: str) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"400\r\n{")
        self.close_connection = True

    def _send(self, status: int, kind: str, body: bytes, extra: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for key, value in {"Content-Type": kind, "Content-Length": str(len(body)), **(extra or {})}.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@cache
def base() -> str:
    """Address of the server, started when it is first asked for."""
    return f"http://127.0.0.1:{_serve(lambda s: s).server_address[1]}"


@cache
def secure() -> str:
    """The same with a certificate that nobody trusts."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-keyout", str(key), "-out", str(cert)],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return f"https://localhost:{_serve(lambda s: context.wrap_socket(s, server_side=True)).server_address[1]}"


def _serve(wrapped: Callable[[socket.socket], socket.socket]) -> ThreadingHTTPServer:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    server.socket = wrapped(server.socket)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def closed() -> str:
    """An address at which nobody listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{one.getsockname()[1]}"
