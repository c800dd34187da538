"""Real failures, by what fails. A family is a function that returns its kinds: the causes that are right, and what
causes the error and returns its text. A family whose parts are not installed here has no kinds."""

from _minds.errors import clients, databases, files, ordinary, postgres, project, readers
from _minds.errors.kind import Kinds

FAMILIES = {
    "clients": clients.kinds,
    "answers": clients.answers,
    "bodies": clients.bodies,
    "sqlite": databases.sqlite,
    "duckdb": databases.duckdb_,
    "postgres": postgres.kinds,
    "files": files.kinds,
    "readers": readers.kinds,
    "project": project.kinds,
    "ordinary": ordinary.kinds,
}
__all__ = ["FAMILIES", "Kinds"]
