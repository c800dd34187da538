"""Real servers on this machine: SMTP by aiosmtpd, a webhook by http.server; and a shop in which something waits."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.conftest import MODELS, Shop
from tests.conftest import _made as made_shop


@dataclass
class Mailbox:
    """What an SMTP server took, and what it says to whom."""

    taken: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    """Said in place of taking the next messages, first to last."""
    refused: set[str] = field(default_factory=set)
    tried: int = 0

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if address in self.refused:
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.tried += 1
        if self.answers:
            return self.answers.pop(0)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.taken.append((envelope.rcpt_tos, mail))
        return "250 taken"

    @property
    def texts(self) -> list[str]:
        """Bodies."""
        return [mail.get_content() for _, mail in self.taken]


@contextmanager
def mail_server(box: Mailbox, **settings: Any) -> Iterator[int]:
    """A server on a free port; `settings` are aiosmtpd's."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])  # aiosmtpd wants to know it beforehand
    controller = Controller(box, hostname="127.0.0.1", port=port, **settings)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


@dataclass
class Hook:
    """What a webhook was sent, and what it answers: status and headers, first to last, then 200."""

    port: int = 0
    posted: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    silent: float = 0
    """Seconds before it answers."""
    methods: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/services/T0/secret"


@contextmanager
def hook_server() -> Iterator[Hook]:
    """A server on a free port."""
    hook = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            hook.methods.append("POST")
            body = self.rfile.read(int(self.headers["Content-Length"]))
            time.sleep(hook.silent)
            status, headers = hook.answers.pop(0) if hook.answers else (200, {})
            if status == 200:
                hook.posted.append((self.path, json.loads(body)))
            self.send_response(status)
            for name, value in {"Content-Length": "0", **headers}.items():
                self.send_header(name, value)
            self.end_headers()

        def do_GET(self) -> None:
            hook.methods.append("GET")
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hook.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield hook
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def hook() -> Iterator[Hook]:
    with hook_server() as made:
        yield made


@pytest.fixture
def box() -> Mailbox:
    return Mailbox()


@dataclass(frozen=True)
class Certificate:
    """A throw-away certificate for 127.0.0.1, as files."""

    chain: Path
    key: Path


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = Certificate(tmp_path / "chain.pem", tmp_path / "key.pem")
    files.chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files.key.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files


OWNED = MODELS.replace("- name: stg_orders\n", "- name: stg_orders\n    config: {meta: {owner: orders@example.com}}\n")
EXPOSED = """
exposures:
  - name: cities
    type: dashboard
    owner: {name: People, email: people@example.com}
    depends_on: [ref('stg_customers')]
"""


@pytest.fixture(scope="session")
def built_waiting(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Two columns of one source and one of another renamed, all for a person."""
    made = made_shop(tmp_path_factory.mktemp("waiting") / "shop")
    made.write("models/models.yml", OWNED)
    made.write("models/exposures.yml", EXPOSED)
    made.write("adp.yml", "policy: {auto: none}\n")
    made.commit()
    assert made.build().published
    made.deliver_orders(amount="orderTotal", status="orderStatus")
    made.sql("alter table raw.customers rename city to town")
    healed = made.heal()
    assert healed.report.status == "pending", healed.applied
    assert healed.told == ()
    return made


@pytest.fixture
def waiting_shop(built_waiting: Shop, tmp_path: Path) -> Shop:
    """A shop in which proposals for two sources wait."""
    return built_waiting.copy(tmp_path / "shop")


@pytest.fixture
def settings_of(waiting_shop: Shop) -> Callable[[str], None]:
    """A function that writes `notify:` into the shop's adp.yml."""

    def write(notify: str) -> None:
        waiting_shop.write("adp.yml", f"policy: {{auto: none}}\nnotify: {notify}\n")

    return write
