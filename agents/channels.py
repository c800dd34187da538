"""How people are reached: the settings of a mail server and of a webhook. Secrets stand in environment variables."""

import re
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from agents.contracts import Record

MAIL_ADDRESS = re.compile(r"[A-Za-z0-9_+=~'-]+(\.[A-Za-z0-9_+=~'-]+)*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
"""Addresses that need no quoting; anything else could say more to a mail server than whom to write to."""


def _mail_address(text: str) -> str:
    if not MAIL_ADDRESS.fullmatch(text) or len(text) > 254:
        raise ValueError("one bare mail address is needed, such as data@example.com")
    return text


MailAddress = Annotated[str, AfterValidator(_mail_address)]


def web_address(url: str) -> str:
    """The address, if it is one of the web. Raises ValueError for other schemes, and for names and passwords in it."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc or not url.isprintable():
        raise ValueError("an http or https address is needed, without a name or password in it")
    return url


class Email(Record):
    """A mail server, and who is written to where an asset names no owner."""

    host: str = Field(min_length=1)
    port: int | None = Field(default=None, ge=1, le=65535)
    """By default 587, 465 where `security` is `ssl`, 25 where it is `none`."""
    sender: MailAddress = Field(alias="from")
    to: tuple[MailAddress, ...] = ()
    security: Literal["starttls", "ssl", "none"] = "starttls"
    user_env: str | None = Field(default=None, min_length=1)
    """Name of the environment variable that holds the user."""
    password_env: str | None = Field(default=None, min_length=1)
    """Name of the environment variable that holds the password; the password itself never stands in a file."""

    @model_validator(mode="before")
    @classmethod
    def _secrets_are_not_repeated(cls, data: Any) -> Any:
        """A password that stands in the file after all is refused by its key, and not printed."""
        return {**data, "password": "(not shown)"} if isinstance(data, dict) and "password" in data else data

    @model_validator(mode="after")
    def _nothing_secret_in_the_clear(self) -> Self:
        if (self.user_env is None) != (self.password_env is None):
            raise ValueError("user_env and password_env belong together")
        if self.password_env and self.security == "none" and self.host not in ("localhost", "127.0.0.1", "::1"):
            raise ValueError("a password is sent over starttls or ssl only")
        return self


class Webhook(Record):
    """A Slack-compatible address; who knows it can write there, so that an environment variable holds it best."""

    url_env: str | None = Field(default=None, min_length=1)
    url: Annotated[str, AfterValidator(web_address)] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.url_env is None) == (self.url is None):
            raise ValueError("give either url_env or url")
        return self
