"""The layer of paths: where in a dbt project generated files may be, and of which kind."""

import re
import unicodedata
from pathlib import PurePosixPath

from agents.guard.context import Context
from agents.guard.finding import Finding, shown

PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\- ]*")
LENGTH, DEEP = 240, 12
RESERVED = {".git", "dbt_packages", "dbt_modules", "target", "logs", ".adp", "adp_certificates"}
SETTINGS = {"profiles.yml", "dbt_project.yml", "adp.yml", "adp.lock", "packages.yml", "dependencies.yml",
            "package-lock.yml", "selectors.yml", "dbt_cloud.yml"}  # fmt: skip
NEVER = SETTINGS - {"dbt_project.yml", "packages.yml", "dependencies.yml", "selectors.yml"}
"""What no repair has any business in; the others are judged by what is new in them."""


def path_findings(text: str, path: str, context: Context) -> tuple[Finding, ...]:
    """What speaks against a file at `path`, relative to the dbt project; its text is not looked at."""
    reads_as = unicodedata.normalize("NFKC", path)
    found = [*_characters(path), *(_shape(path) or _shape(reads_as))]
    if found:
        return tuple(found)
    if reads_as != path:
        found = [Finding(f"path {shown(path)} reads as {shown(reads_as)}", "names with one spelling")]
    return (*found, *_place(path, context), *_links(path, context))


def _characters(path: str) -> list[Finding]:
    strange = [c for c in path if not c.isprintable()]
    if strange:
        return [_never(f"path {shown(path)} holds the character {shown(strange[0])}", "printable characters")]
    return []


def _shape(path: str) -> list[Finding]:
    if not path or len(path) > LENGTH:
        return [_never(f"path {shown(path)} has {len(path)} characters", f"1 to {LENGTH}")]
    if path.startswith(("/", "~", "\\")) or re.match(r"[A-Za-z]:|\w+://", path):
        return [_never(f"path {shown(path)} leads out of the project", "paths relative to the dbt project")]
    if "\\" in path:
        return [_never(f"path {shown(path)} holds a backslash", "folders separated by /")]
    parts = path.split("/")
    if len(parts) > DEEP:
        return [_never(f"path {shown(path)} is {len(parts)} folders deep", f"up to {DEEP}")]
    for part in parts:
        if part in ("", ".", ".."):
            return [_never(f"path {shown(path)} holds the part {shown(part)}", "paths inside the dbt project")]
        if part.startswith("-"):
            return [_never(f"path {shown(path)} has a part that begins with a dash", "names that are no options")]
        if part.rstrip(". ") != part or part.lstrip() != part:
            return [_never(f"path {shown(path)} has a part that begins or ends with blanks or dots", "plain names")]
        if part.casefold() in RESERVED or part.casefold().startswith((".git", "git~")):
            return [_never(f"path {shown(path)} is in {shown(part)}", "the project's own models, snapshots and tests")]
    return []


def _place(path: str, context: Context) -> list[Finding]:
    name = PurePosixPath(path).name.casefold()
    if name in SETTINGS:
        final = name in NEVER
        return [Finding(f"path {shown(path)} is a file of settings", "models, snapshots, tests and their YAML", final)]
    if not all(PLAIN.fullmatch(part) for part in path.split("/")):
        return [Finding(f"path {shown(path)} is not a plain name", "letters, digits, _, -, . and blanks, no dot first")]
    kind = PurePosixPath(path).suffix
    folders = {".sql": context.sql_folders, ".yml": context.yaml_folders, ".yaml": context.yaml_folders}.get(kind)
    if folders is None:
        return [Finding(f"path {shown(path)} is of the kind {shown(kind)}", ".sql, .yml and .yaml")]
    if not any(path.startswith(f"{folder}/") for folder in folders):
        places = ", ".join(f"{folder}/" for folder in folders)
        return [Finding(f"path {shown(path)} is in a place for other files", f"{kind} under {places}")]
    return []


def _links(path: str, context: Context) -> list[Finding]:
    """A link on the way, or in the file's place, would lead what is written elsewhere."""
    if context.root is None:
        return []
    here = context.root
    for part in path.split("/"):
        here = here / part
        if here.is_symlink():
            return [_never(f"path {shown(path)} goes through the link {shown(part)}", "real folders and files")]
    return []


def _never(what: str, allowed: str) -> Finding:
    return Finding(what, allowed, final=True)
