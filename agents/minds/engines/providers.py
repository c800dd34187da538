"""Which engine a name of the settings stands for. None of them is imported before it is wanted."""

from pathlib import Path

from agents.mind_settings import EngineName, MindSettings
from agents.minds.engines.engine import LanguageModel, Rules


def opened(name: EngineName, settings: MindSettings, root: Path) -> LanguageModel:
    """An engine; paths in the settings are relative to `root`. Raises Unavailable where it cannot be asked."""

    def file(path: str | None) -> Path | None:
        return root / Path(path).expanduser() if path else None

    if name == "minilm":
        from agents.minds.engines.minilm import MiniLM

        return MiniLM(settings.threads)
    if name == "llama":
        from agents.minds.engines.llama import Llama

        return Llama(
            file(settings.model), adapter=file(settings.adapter), threads=settings.threads, context=settings.context
        )
    if name == "mlx":
        from agents.minds.engines.mlx import Mlx

        return Mlx(file(settings.mlx_model), context=settings.context)
    if name == "server":
        from agents.minds.engines.server import Server

        return Server(settings.url, settings.server_model, settings.key_env)
    return Rules()
