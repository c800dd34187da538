"""What the words of DuckDB, dbt, operating systems, databases and HTTP clients say about a cause."""

import re

from agents.contracts import Cause
from agents.minds.features import without_frames

_RAN = ("configured to fail if", "actual differs from expected")
"""dbt's words where a test ran and does not hold, unlike one that could not run."""
CUT_OFF = (
    r"DagsterExecutionInterruptedError|ChildProcessCrashException|KeyboardInterrupt|interrupted unexpectedly"
    r"|terminated by signal \d+|marked as failed from outside the execution context"
)
"""Words of Dagster where a run's process was ended from outside, and not by what it ran."""
PATTERNS: tuple[tuple[Cause, str], ...] = (
    (
        Cause.lock,
        r"could not set lock on file|conflicting lock is held|database is locked|deadlock (detected|found)"
        r"|lock timeout|lock wait timeout|could not obtain lock|unique file handle conflict"
        r"|write-write conflict|resource busy",
    ),
    (
        Cause.authentication,
        r"permission denied \(publickey|authentication failed|authentication required|\bunauthori[sz]ed\b"
        r"|invalid api key"
        r"|access denied for user '[^']*'@'[^']*' \(using password|expiredtoken|unable to locate credentials"
        r"|invalid_grant|invalid_client|password authentication|no password supplied|role \"[^\"]*\" does not exist",
    ),
    (
        Cause.out_of_memory,
        r"out of memory(?!.*max_temp_directory)|memoryerror|failed to allocate|cannot allocate memory",
    ),
    (
        Cause.disk_full,
        r"no space left on device|dis[kc] (is )?full|max_temp_directory_size|could not write .* temp"
        r"|disk quota exceeded|errno 27\] file too large",
    ),
    (Cause.server_error, r"\b504\b.{0,12}gateway time-?out|gateway time-?out.{0,12}\b504\b"),
    (Cause.timeout, r"timed? ?out|deadline exceeded|did not finish .* within"),
    (
        Cause.unknown_macro,
        r"'[\w.]+' is undefined|macro .* not found|depends on a macro named|no materialization '\w+' was found"
        r"|function with name \w+ does not exist|no such function|function \w+\([^)]*\) does not exist",
    ),
    (Cause.cyclic_refs, r"found a cycle|circular reference"),
    (
        Cause.unknown_relation,
        r"depends on a (node|source) named|which is not in the graph|table with name .* does not exist"
        r"|schema with name|referenced table \"[^\"]*\" not found|dbt found two \w+ with the name"
        r"|no such table|(?<!of )relation \"[^\"]*\" does not exist|schema \"[^\"]*\" does not exist"
        r"|missing from-clause entry",
    ),
    (Cause.incremental_schema_change, r"on_schema_change|source and target schemas .* out of sync"),
    (Cause.contract_violated, r"enforced contract|contract that failed"),
    (Cause.ambiguous_column, r"ambiguous reference|is ambiguous(?!\. use a\.empty)|ambiguous column"),
    (Cause.missing_group_by, r"must appear in the group by clause|must be part of the group by"),
    (Cause.division_by_zero, r"division by zero|divide by zero"),
    (
        Cause.unknown_column,
        r"referenced column .* not found|does not have a column named|column .* does not exist"
        r"|no such column|has no column named",
    ),
    (
        Cause.rate_limit,
        r"too many requests|rate.?limit(ed|exceeded| exceeded| reached)|request was throttled"
        r"|throttlingexception|slowdown"
        r"|quota exceeded|quotaexceeded|too many (clients|connections)|reduce your request rate",
    ),
    (
        Cause.moved,
        r"moved permanently|permanent ?redirect|too ?many ?redirects|exceeded \d+ redirects|redirect response '"
        r"|maximum \(\d+\) redirects|redirect error that would lead to an infinite loop",
    ),
    (
        Cause.pagination,
        r"(invalid|expired|bad) (page|cursor|page.?token|next.?token)\b"
        r"|(page|cursor|next) ?token (is |was )?(invalid|expired)"
        r"|result window is too large|same next token|page \d+ is out of range",
    ),
    (
        Cause.payload,
        r"jsondecodeerror|expecting value: line|unterminated string starting at|extra data: line|unexpected end of json"
        r"|malformed json|not a gzipped file|not in gzip format|end-of-stream marker|while decompressing data"
        r"|content-encoding: gzip|unexpected mimetype|not a zip file|error tokenizing data|no magic bytes"
        r"|magic bytes not found"
        r"|file is not a database|disk image is malformed|not a valid duckdb database|too small to be a parquet"
        r"|codec can't decode(?![\s\S]*dbt reads utf-8)|no columns to parse"
        r"|csv error on line(?!.*error when converting)|when sniffing file|badzipfile",
    ),
    (
        Cause.network,
        r"connection refused|econnrefused|name resolution|name or service not known|could not resolve host"
        r"|\benotfound\b"
        r"|connection reset by peer|econnreset|remote end closed connection|server disconnected"
        r"|certificate.verify.failed"
        r"|ssl: \w+|connection attempts failed|network is unreachable|no route to host|sslerror|sslhandshake"
        r"|closed the connection unexpectedly|could not translate host name|incompleteread|incomplete chunked read",
    ),
    (
        Cause.server_error,
        r"internal server error|bad gateway|service (temporarily )?unavailable|internal error encountered",
    ),
    (
        Cause.invalid_yaml,
        r"while (scanning|parsing) (a (?!string)|for the next)|mapping values are not allowed|yaml(?!\S*['\"]?$)"
        r"|parsing error.*\.yml|error reading .*\.yml|schema file at .* is invalid",
    ),
    (
        Cause.syntax_error,
        r"parser error|syntax error|unexpected .*end of (template|statement|print)|(?<!un)expected token|unexpected '"
        r"|reached eof without finding|encountered unknown tag|dbt reads utf-8 only",
    ),
    (
        Cause.duplicate_keys,
        r"duplicate key|^unique_|\.unique_|(violates|failed:?) (unique|primary key)|unique constraint",
    ),
    (Cause.null_keys, r"not[ -]null constraint|^not_null_|\.not_null_"),
    (Cause.orphans, r"relationships_|foreign key constraint"),
    (
        Cause.permission,
        r"permission denied|operation not permitted|readonly database|insufficient.privilege"
        r"|access ?denied|\bforbidden\b|attached in read-only mode|read-only (transaction|file system)"
        r"|file system operations are disabled",
    ),
    (
        Cause.column_retyped,
        r"conversion error|could not convert string|mismatch type|given name and argument types"
        r"|invalid input syntax for type|invalid literal for int\(\)|could not convert string to float",
    ),
    (
        Cause.not_found,
        r"no such file or directory|filenotfounderror|no files found that match|nosuchbucket|nosuchkey"
        r"|\b404 page not found"
        r"|the specified (key|bucket|container|blob) does not exist|database \"[^\"]*\" does not exist"
        r"|unable to open database file|path does not exist",
    ),
)
"""In this order: the first that matches names the cause."""

STATUSES = {
    **dict.fromkeys((301, 302, 303, 307, 308), Cause.moved),
    **dict.fromkeys((401, 407, 511), Cause.authentication),
    403: Cause.permission,
    **dict.fromkeys((404, 410), Cause.not_found),
    408: Cause.timeout,
    **dict.fromkeys((415, 422), Cause.payload),
    429: Cause.rate_limit,
    **dict.fromkeys((500, 502, 503, 504, 520, 521, 522, 523, 524, 529), Cause.server_error),
    507: Cause.disk_full,
}
"""What an HTTP status says where the text has no better word."""
_STATUS = re.compile(
    r"(?:\bhttp(?:/[\d.]+)?(?: status| error)?(?: code)?[ :=]+|\bstatus(?:[_ ]code)?[\"']?[ :=]+(?:code )?"
    r"|\bclient error '|\bserver error '|redirect response '|\breturned error: )(\d{3})\b"
    r"|\b(\d{3})[ ,:]+(?:message='|(?:client|server) error\b)",
    re.IGNORECASE,
)
"""A number that stands where clients put the status, not any number of three digits."""

_SNIPPET = re.compile(r"\bLINE \d+:.*|\bCandidate (?:bindings|tables|functions).*", re.DOTALL)
_QUOTED = re.compile(r"'(?:[^'\\\n]|\\.|'')*'|\"(?:[^\"\\\n]|\\.)*\"")


def ran(message: str) -> bool:
    """Whether a test ran and does not hold, by dbt's words; one that could not run says why instead.

    >>> ran("Got 3 results, configured to fail if != 0"), ran("Binder Error: no such column")
    (True, False)
    """
    return any(words in message for words in _RAN)


def ruled(text: str) -> tuple[Cause, str]:
    """The cause that an error's text names, and the words that name it; `other` and nothing where none does.

    What stands in quotes or repeats the user's SQL is somebody's data. It counts only where the words around it say
    nothing.

    >>> ruled('Binder Error: Referenced column "amt" not found in FROM clause!')[0].value
    'unknown_column'
    >>> ruled("Conversion Error: Could not convert string 'timed out' to INT32")[0].value
    'column_retyped'
    >>> ruled("something else")[0].value
    'other'
    """
    said = without_frames(text)
    whole = " ".join(said.split())
    bare = _QUOTED.sub(_emptied, " ".join(_SNIPPET.sub(" ", said).split()))
    for words in dict.fromkeys((bare, whole)):
        if found := _first(words):
            return found
    return Cause.other, ""


def _first(said: str) -> tuple[Cause, str] | None:
    for cause, pattern in PATTERNS:
        if found := re.search(pattern, said, re.IGNORECASE):
            return cause, found[0][:80]
    for found in _STATUS.finditer(said):
        number = int(found[1] or found[2])
        if number in STATUSES:
            return STATUSES[number], found[0][:80]
    return None


def _emptied(quoted: re.Match[str]) -> str:
    """Quotes stay, and what can only be a name stays in them."""
    inside = quoted[0][1:-1]
    return quoted[0] if re.fullmatch(r"[\w.\-]{0,80}", inside) else f"{quoted[0][0]}_{quoted[0][-1]}"
