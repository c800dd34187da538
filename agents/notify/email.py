"""Letters by mail: SMTP of the standard library, plain text, one message for each recipient."""

import os
import smtplib
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from agents.channels import Email
from agents.errors import AdpError, FinalError, RetryableError
from agents.masking import masked
from agents.notify.letter import Letter

PORTS = {"starttls": 587, "ssl": 465, "none": 25}


@dataclass(frozen=True)
class MailChannel:
    """A mail server."""

    settings: Email
    seconds: float = 10
    """How long the server may be silent."""

    name = "email"

    def recipients(self, owners: tuple[str, ...], people: tuple[str, ...] = ()) -> tuple[str, ...]:
        """The owners, or where there are none the addresses of the settings; and the people whom it concerns."""
        return tuple(dict.fromkeys((*(owners or self.settings.to), *people)))

    def send(self, letter: Letter, recipient: str) -> None:
        """Hand a letter to the server.

        Raises RetryableError where the server may take it later, FinalError where it never will. Never falls back to
        a connection without encryption.
        """
        at = f"mail server {self.settings.host}:{self.settings.port or PORTS[self.settings.security]}"
        user, password = _secret(self.settings.user_env), _secret(self.settings.password_env)
        try:
            server = self._connected()
            try:
                if user is not None and password is not None:
                    server.login(user, password)
                server.send_message(message(letter, self.settings.sender, recipient), self.settings.sender, [recipient])
            finally:
                with suppress(OSError, smtplib.SMTPException):  # what the server accepted has been sent
                    server.quit()
        except (OSError, smtplib.SMTPException) as error:
            raise _kind(error)(f"{at}: {masked(_words(error))}") from error

    def _connected(self) -> smtplib.SMTP:
        here = self.settings
        port = here.port or PORTS[here.security]
        name = socket.gethostname()
        if here.security == "ssl":
            return smtplib.SMTP_SSL(
                here.host, port, local_hostname=name, timeout=self.seconds, context=ssl.create_default_context()
            )
        server = smtplib.SMTP(here.host, port, local_hostname=name, timeout=self.seconds)
        if here.security == "starttls":
            try:
                server.starttls(context=ssl.create_default_context())
            except BaseException:
                server.close()
                raise
        return server


def message(letter: Letter, sender: str, recipient: str) -> EmailMessage:
    """A letter as a mail of plain text, so that nothing in it is markup."""
    mail = EmailMessage()
    mail["Subject"] = letter.subject
    mail["From"] = sender
    mail["To"] = recipient
    mail["Date"] = formatdate(localtime=True)
    domain = sender.rpartition("@")[2]
    mail["Message-ID"] = f"<adp.{letter.identity}@{domain}>" if letter.identity else make_msgid("adp", domain)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(letter.text, cte="quoted-printable")
    return mail


def _secret(variable: str | None) -> str | None:
    if variable is None:
        return None
    if (value := os.environ.get(variable)) is None:
        raise FinalError(f"environment variable {variable}, which adp.yml names for the mail server, is not set")
    return value


def _kind(error: Exception) -> Callable[[str], AdpError]:
    """5xx is the server's last word, and so is a certificate that is not trusted or a method that it lacks."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in error.recipients.values()]
        return RetryableError if all(400 <= code < 500 for code in codes) else FinalError
    if isinstance(error, smtplib.SMTPResponseException):
        return RetryableError if 400 <= error.smtp_code < 500 or error.smtp_code < 0 else FinalError
    final = (smtplib.SMTPNotSupportedError, smtplib.SMTPAuthenticationError, ssl.SSLCertVerificationError)
    return FinalError if isinstance(error, final) else RetryableError


def _words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "; ".join(f"{code} {text.decode(errors='replace')}" for code, text in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        return f"{error.smtp_code} {text.decode(errors='replace') if isinstance(text, bytes) else text}"
    return str(error) or type(error).__name__
