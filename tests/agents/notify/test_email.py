"""Mail over real SMTP: encrypted, with a name and a password, and with answers that are no."""

import ssl

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword

from agents.channels import Email
from agents.errors import FinalError, RetryableError
from agents.notify.email import MailChannel
from agents.notify.letter import Letter, Section
from tests.agents.notify.conftest import Certificate, Mailbox, mail_server

LETTER = Letter("[adp] shop: a tést", (Section("Title", (("Risk", "low"),)),), "Closing.", "abc")


def channel(port: int, **settings: object) -> MailChannel:
    given = {"host": "127.0.0.1", "port": port, "from": "adp@example.com", "security": "none", **settings}
    return MailChannel(Email.model_validate(given), seconds=5)


def login(_server: object, _session: object, _envelope: object, _mechanism: str, data: LoginPassword) -> AuthResult:
    return AuthResult(success=(data.login, data.password) == (b"robot", b"correct horse"), handled=False)


@pytest.fixture
def tls(certificate: Certificate) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain, certificate.key)
    return context


@pytest.fixture
def trusted(certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.chain))
    monkeypatch.setenv("SMTP_USER", "robot")
    monkeypatch.setenv("SMTP_PASSWORD", "correct horse")


WITH_NAME = {"user_env": "SMTP_USER", "password_env": "SMTP_PASSWORD"}


def test_a_letter_arrives_as_plain_text_for_one_person(box: Mailbox) -> None:
    with mail_server(box) as port:
        channel(port).send(LETTER, "ada@example.com")

    ((to, mail),) = box.taken
    assert to == ["ada@example.com"]
    assert (mail["Subject"], mail["To"], mail.get_content_type()) == (LETTER.subject, "ada@example.com", "text/plain")
    assert mail["Message-ID"] == "<adp.abc@example.com>"
    assert mail.get_content().splitlines() == LETTER.text.splitlines()


@pytest.mark.usefixtures("trusted")
def test_a_letter_is_encrypted_and_signed_in_with_what_the_environment_holds(box: Mailbox, tls: ssl.SSLContext) -> None:
    strict = {"tls_context": tls, "require_starttls": True, "authenticator": login, "auth_required": True}
    with mail_server(box, **strict) as port:
        channel(port, security="starttls", **WITH_NAME).send(LETTER, "ada@example.com")
        with pytest.raises(FinalError, match="STARTTLS"):
            channel(port).send(LETTER, "ada@example.com")

    assert len(box.taken) == 1


@pytest.mark.usefixtures("trusted")
def test_a_wrong_password_is_final_and_not_repeated_in_the_error(
    box: Mailbox, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTP_PASSWORD", "wrong donkey")
    with (
        mail_server(box, tls_context=tls, authenticator=login) as port,
        pytest.raises(FinalError, match="535") as refused,
    ):
        channel(port, security="starttls", **WITH_NAME).send(LETTER, "ada@example.com")

    assert "donkey" not in str(refused.value)
    assert box.taken == []


def test_nothing_is_sent_past_a_certificate_that_is_not_trusted_or_missing(box: Mailbox, tls: ssl.SSLContext) -> None:
    with mail_server(box, tls_context=tls) as port, pytest.raises(FinalError, match="certificate verify failed"):
        channel(port, security="starttls").send(LETTER, "ada@example.com")
    with mail_server(box) as port, pytest.raises(FinalError, match="STARTTLS"):
        channel(port, security="starttls").send(LETTER, "ada@example.com")

    assert box.taken == []


def test_no_for_now_may_be_tried_again_and_no_for_ever_is_not(box: Mailbox) -> None:
    box.answers = ["451 try later", "554 spam"]
    box.refused = {"gone@example.com"}
    with mail_server(box) as port:
        with pytest.raises(RetryableError, match="451 try later"):
            channel(port).send(LETTER, "ada@example.com")
        with pytest.raises(FinalError, match="554 spam"):
            channel(port).send(LETTER, "ada@example.com")
        with pytest.raises(FinalError, match="550 no such person"):
            channel(port).send(LETTER, "gone@example.com")
    with pytest.raises(RetryableError, match="refused"):
        channel(port).send(LETTER, "ada@example.com")


def test_a_variable_that_is_not_set_is_named(box: Mailbox) -> None:
    with mail_server(box) as port, pytest.raises(FinalError, match="SMTP_USER"):
        channel(port, **WITH_NAME).send(LETTER, "ada@example.com")
