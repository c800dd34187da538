"""Let dbt start from what it parsed elsewhere: in a copy of a project only the files that differ are parsed again."""

import pprint
from pathlib import Path

from agents.dbt import SAVED, parsed_in
from agents.errors import UsageError
from agents.profile import profile_of


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
        own, files, nodes = manifest["metadata"]["project_name"], manifest["files"], manifest["nodes"]
        connection = profile_of(root, profiles_dir, target).credentials.connection_info()
        manifest["state_check"]["profile_hash"] = FileHash.from_contents(pprint.pformat(sorted(connection))).to_dict()
    except (OSError, ValueError, KeyError, TypeError, UsageError):
        # Gone, written by another version of dbt, or of a project that cannot be parsed at all.
        return False
    for uid, file in files.items():
        file["path"]["project_root"] = _here(file["path"]["project_root"], uid.startswith(f"{own}://"), root)
    for node in nodes.values():
        if node.get("root_path"):  # seeds are loaded from there
            node["root_path"] = _here(node["root_path"], node["package_name"] == own, root)
    parsed_in(artifacts, root)
    (artifacts / SAVED).write_bytes(msgpack.packb(manifest, use_bin_type=True))
    return True


def _here(folder: str, own: bool, root: Path) -> str:
    """Where a package is in the copy: the project itself, one installed in it, or one that has a single place."""
    installed = root / Path(folder).parent.name / Path(folder).name
    return str(root) if own else str(installed) if installed.is_dir() else folder
