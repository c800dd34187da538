"""A source behind a model of the project's own, and a package's model taken over so that it reads that.

For what cannot be repaired in place: models of packages, and models whose macros ask which columns the source has.
"""

import json
import re
from pathlib import Path
from typing import Any

import yaml

from agents.errors import FinalError
from agents.graph import Node
from agents.project import Project
from agents.propose.sql_text import Called
from agents.propose.yaml_text import set_path

FOLDER = "overrides"


def known_name(source: Node) -> str:
    """Name of the model that gives a source as the models know it."""
    return f"{source.source_name or source.package}__{source.name}_as_known"


def known_text(source: Node, called: Called) -> str:
    """Its text before any change: the source as it is."""
    return (
        f"-- {source.label} under the names and in the forms that the models know, whatever it is delivered as\n"
        "{{ config(materialized='view') }}\n\n"
        f"select * from {{{{ {called.words} }}}}\n"
    )


def behind(text: str, source: Node, called: Called) -> str:
    """The text with every call of the source replaced by its model. Raises FinalError where there is none."""
    found = called.mentions(text)
    if not found:
        raise FinalError(f"no literal {called.words} in the text")
    for span in reversed(found):
        text = f"{text[: span.start]}ref('{known_name(source)}'){text[span.end :]}"
    return text


def override_path(project: Project, name: str, kind: str = "sql") -> str:
    """Where a file of this name goes, relative to the dbt project."""
    declared = _yaml(project.root / "dbt_project.yml").get("model-paths") or ["models"]
    return f"{declared[0]}/{FOLDER}/{name}.{kind}"


def override_text(project: Project, model: Node) -> str:
    """The package's text as it reads from the project: macros with their package, variables with their values.

    Raises FinalError where the package is not on disk, or somebody refers to the model by its package.
    """
    folder = _folder(project, model.package)
    text = model.raw + ("" if model.raw.endswith("\n") else "\n")
    macros = "|".join(sorted(map(re.escape, macro_names(folder)), key=len, reverse=True))
    if macros:
        text = re.sub(rf"(?<![\w.])({macros})(?=\s*\()", rf"{model.package}.\1", text)
    text = _with_variables(text, project, folder, model.package)
    if re.search(
        rf"ref\(\s*['\"]{re.escape(model.package)}['\"]\s*,\s*['\"]{re.escape(model.name)}['\"]", _all_sql(project)
    ):
        raise FinalError(f"{model.name} is referred to by its package {model.package}, so it cannot be overridden")
    settings = [f"materialized={model.materialized!r}"] if model.materialized else []
    settings += [f"schema={model.custom_schema!r}"] if model.custom_schema else []
    settings += [f"alias={model.identifier!r}"] if model.identifier != model.name else []
    note = f"{{# in place of {model.name} of package {model.package}, which dbt_project.yml switches off #}}\n"
    return note + (f"{{{{ config({', '.join(settings)}) }}}}\n" if settings else "") + text


def switched_off(text: str, model: Node) -> str:
    """The text of `dbt_project.yml` with the package's model disabled."""
    folders = Path(model.path).with_suffix("").parts[1:]
    return set_path(text, ("models", model.package, *folders, "+enabled"), "false")


def _folder(project: Project, package: str) -> Path:
    install = _yaml(project.root / "dbt_project.yml").get("packages-install-path") or "dbt_packages"
    for file in sorted((project.root / install).glob("*/dbt_project.yml")):
        if _yaml(file).get("name") == package:
            return file.parent
    raise FinalError(f"package {package} is not installed under {install}/. Run `dbt deps`.")


def macro_names(folder: Path) -> set[str]:
    """Names of the macros that a project or package defines itself."""
    texts = (f.read_text(errors="replace") for f in (folder / "macros").rglob("*.sql"))
    return {name for text in texts for name in re.findall(r"\{%-?\s*macro\s+(\w+)\s*\(", text)}


def _with_variables(text: str, project: Project, folder: Path, package: str) -> str:
    """A package's own variables are unknown outside of it."""
    own = _yaml(folder / "dbt_project.yml").get("vars") or {}
    ours = _yaml(project.root / "dbt_project.yml").get("vars") or {}
    known = {**own, **(own.get(package) or {}), **ours, **(ours.get(package) or {})}

    def valued(match: re.Match[str]) -> str:
        value = known.get(match.group("name"))
        return value if isinstance(value, str) and "{{" in value else match.group()

    text = re.sub(r"""\{\{-?\s*var\(\s*['"](?P<name>\w+)['"]\s*\)\s*-?\}\}""", valued, text)

    def defaulted(match: re.Match[str]) -> str:
        name = match.group("name")
        return f"var('{name}', {json.dumps(known[name])})" if name in known else match.group()

    return re.sub(r"""var\(\s*['"](?P<name>\w+)['"]\s*\)""", defaulted, text)


def _all_sql(project: Project) -> str:
    return "\n".join(f.read_text(errors="replace") for f in project.root.rglob("*.sql") if ".adp" not in f.parts)


def _yaml(file: Path) -> dict[str, Any]:
    found = yaml.safe_load(file.read_text()) if file.is_file() else None
    return found if isinstance(found, dict) else {}
