"""Let dbt start from what it parsed elsewhere: in a copy of a project only the files that differ are parsed again."""

import pprint
from pathlib import Path

from agents.errors import UsageError
from agents.project import profile_of

SAVED = Path("target") / "partial_parse.msgpack"
"""Where dbt keeps what it parsed, inside a folder for its artifacts."""


def carry_over(parsed: Path, artifacts: Path, root: Path, profiles_dir: Path, target: str) -> bool:
    """Make what dbt parsed of one copy of a project the start for another copy; whether that was possible.

    `parsed` and `artifacts` are the folders for dbt's artifacts of the two, `root`, `profiles_dir` and `target`
    belong to the new one. dbt parses everything again where the profile differs, because Jinja may read it; a copy
    differs in the path to its warehouse only. dbt still parses whatever else differs: files by their
    content, variables, `dbt_project.yml`, its own version.
    """
    import msgpack
    from dbt.artifacts.resources.base import FileHash

    try:
        manifest = msgpack.unpackb((parsed / SAVED).read_bytes(), raw=False, strict_map_key=False)
        own = f"{manifest['metadata']['project_name']}://"
        before = next(f["path"]["project_root"] for uid, f in manifest["files"].items() if uid.startswith(own))
        connection = profile_of(root, profiles_dir, target).credentials.connection_info()
        manifest["state_check"]["profile_hash"] = FileHash.from_contents(pprint.pformat(sorted(connection))).to_dict()
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        StopIteration,
        UsageError,
    ):  # gone, or written by another version of dbt
        return False
    for file in manifest["files"].values():
        file["path"]["project_root"] = _moved(file["path"]["project_root"], before, root)
    for node in manifest["nodes"].values():
        if node.get("root_path"):  # seeds are loaded from there
            node["root_path"] = _moved(node["root_path"], before, root)
    there = artifacts / SAVED
    there.parent.mkdir(parents=True, exist_ok=True)
    there.write_bytes(msgpack.packb(manifest, use_bin_type=True))
    return True


def _moved(path: str, before: str, root: Path) -> str:
    inside = Path(path)
    return str(root / inside.relative_to(before)) if inside.is_relative_to(before) else path
