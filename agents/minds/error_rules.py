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
        r"|write-write conflict|resource busy|concurrent (transaction|update|modification|append|delete)"
        r"|version.?conflict|could not serialize|lease (on the|id|is already)|has been locked by|already locked"
        r"|watched variable changed|release a lock that|table is locked|restart transaction"
        r"|being used by another process|commitfailedexception|pre-?conditions you specified did not hold",
    ),
    (
        Cause.authentication,
        r"permission denied \(publickey|authentication failed|authentication required|\bunauthori[sz]ed\b"
        r"|invalid api key"
        r"|access denied for user '[^']*'@'[^']*' \(using password|expiredtoken|unable to locate credentials"
        r"|curl: \(67\)|login (incorrect|failed)|not logged in|bad credentials|invalid user ?name or password"
        r"|signaturedoesnotmatch|invalidaccesskeyid|invalidclienttokenid|unrecognizedclient|noauth |wrongpass "
        r"|invalid_grant|invalid_client|password authentication|no password supplied|role \"[^\"]*\" does not exist",
    ),
    (
        Cause.out_of_memory,
        r"out of memory(?!.*max_temp_directory)|circuit_breaking_exception|memoryerror"
        r"|failed to allocate|cannot allocate memory",
    ),
    (
        Cause.disk_full,
        r"no space left on device|dis[kc] (is )?full|max_temp_directory_size|could not write .* temp"
        r"|disk quota exceeded|errno 27\] file too large",
    ),
    (Cause.server_error, r"\b504\b.{0,12}gateway time-?out|gateway time-?out.{0,12}\b504\b"),
    (
        Cause.network,
        r"connection refused \(configured timeouts",  # pymongo
    ),
    (
        Cause.timeout,
        r"(?<!_)(?:timed ?out|time-?out)(?!s?_|s\b| is none|[a-z_]* (?:\(|does not exist|already exists))"
        r"|deadline exceeded|did not finish .* within",
    ),
    (
        Cause.column_renamed,
        r"\b(column|field|key|header|attribute)\b.{0,60}\b(was|been|got|is) renamed\b|column renamed by"
        r"|\b(column|field|key|header|attribute|property)\b.{0,40}\b(is called|is now called|now arrives as) ['\"`\w]"
        r"|is now called [`'\"]\w+",
    ),
    (
        Cause.column_dropped,
        r"\b(column|field|attribute)\b.{0,60}\b(is no longer|was|has been) (delivered|present|dropped|removed)"
        r"|fail_missing_column_names|columns_to_match_set.{0,400}\"mismatched\": \{\"missing\"",
    ),
    (
        Cause.column_added,
        r"unrecognized_keys|strict_dynamic_mapping_exception|extra_forbidden|this element is not expected"
        r"|columns_to_match_set.{0,400}\"mismatched\": \{\"unexpected\"",
    ),
    (
        Cause.unknown_macro,
        r"'[\w.]+' is undefined|no (filter|test) named|macro .* not found|depends on a macro named"
        r"|no materialization '\w+' was found|could not find an? [\w ]{0,30}macro"
        r"|function with name \w+ does not exist|no such function"
        r"|(function|procedure|routine) [\w.]+(\([^)]*\))? does not exist|\w+/\d+ is not defined",
    ),
    (
        Cause.cyclic_refs,
        r"found a cycle|circular (reference|dependenc)|contains a cycle|infinite recursion|cyclic dependenc"
        r"|circular (import|inheritance)",
    ),
    (
        Cause.unknown_relation,
        r"depends on a (node|source) named|which is not in the graph|table with name .* does not exist"
        r"|schema with name|referenced table \"[^\"]*\" not found|dbt found two \w+ with the name"
        r"|no such table|couldn.?t find table|unknown table|(?<!of )relation \"[^\"]*\" does not exist"
        r"|schema \"[^\"]*\" does not exist"
        r"|missing from-clause entry",
    ),
    (
        Cause.incremental_schema_change,
        r"on_schema_change|source and target schemas .* out of sync|provided schema does not match table"
        r"|cannot cast schema, number of fields|table contains more columns: .{0,80}update the schema",
    ),
    (
        Cause.contract_violated,
        r"enforced contract|(?<=constraint )(`[^`]*`|'_?') failed for|contract that failed"
        r"|missing in (definition|contract)|data type mismatch|contracted models?\b"
        r"|violates check constraint"
        r"|check constraint ('[^']*' |\"[^\"]*\" )?(failed|is violated)|contract_mode"
        r"|contract on `?(columns|data_type)|contract check failed|differs from (the )?(published|declared) contract"
        r"|incompatible with an earlier schema",
    ),
    (Cause.ambiguous_column, r"ambiguous (reference|identifier|column)|is ambiguous(?!\. use a\.empty)"),
    (
        Cause.missing_group_by,
        r"must appear in the group by clause|must be part of the group by|(isn't|not) in (the )?group by"
        r"|mixing of group columns|contains nonaggregated column|no group by clause",
    ),
    (Cause.division_by_zero, r"division by zero|divide by zero|zerodivisionerror"),
    (
        Cause.unknown_column,
        r"referenced column .* not found|does not have a column named|column .* does not exist"
        r"|no such column|has no column named|unknown column|no field named|no match for fieldref|columnnotfound"
        r"|is not a field or valid field|columns were requested but are not available"
        r"|unable to find column|not a column of|columns? .{0,60}\b(is|are) not in (the )?(table|frame|index)",
    ),
    (
        Cause.rate_limit,
        r"too many requests|rate.?limit(ed|exceeded| exceeded| reached)|request was throttled"
        r"|throttlingexception|slowdown"
        r"|quota exceeded|quotaexceeded|too many (clients|connections)|reduce your request rate"
        r"|number of (clients|connections|sessions)( is)? (reached|exceeded)|connection slots are reserved"
        r"|remaining connection slots|max_user_connections|resourceexhausted|resource_exhausted"
        r"|query_queue_full|too many queued queries"
        r"|requestlimitexceeded|provisionedthroughputexceeded",
    ),
    (
        Cause.moved,
        r"\b(was|is|been) (retired|superseded|sunset)\b.{0,40}\buse\b"
        r"|moved permanently|permanent ?redirect|too ?many ?redirects|exceeded \d+ redirects|redirect response '"
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
        r"jsondecodeerror|pickle data was truncated|expecting value: line|unterminated string starting at"
        r"|extra data: line|unexpected end of json"
        r"|malformed json|not a gzipped file|not in gzip format|end-of-stream marker|while decompressing data"
        r"|content-encoding: gzip|unexpected mimetype|not a zip file|error tokenizing data|no magic bytes"
        r"|magic bytes not found"
        r"|file is not a database|disk image is malformed|not a valid duckdb database|too small to be a parquet"
        r"|row \d+ has \d+ values, but|data length mismatch|extra data after last expected column"
        r"|codec can't decode(?![\s\S]*dbt reads utf-8)|no columns to parse"
        r"|csv error on line(?!.*error when converting)|when sniffing file|badzipfile",
    ),
    (
        Cause.network,
        r"connection refused|econnrefused|connection is closed|other side closed"
        r"|name resolution|name or service not known|could not resolve host"
        r"|\benotfound\b"
        r"|connection reset by peer|econnreset|remote end closed connection|server disconnected"
        r"|certificate.verify.failed"
        r"|ssl: \w+|connection attempts failed|network is unreachable|no route to host|sslerror|sslhandshake"
        r"|badstatusline|dns query name does not exist|temporary failure in name|nodename nor servname"
        r"|getaddrinfo failed"
        r"|failed to download extension|can.?t create a connection to|connection to \S+ refused|couldn.?t connect to"
        r"|content.?length.?error|not enough data to satisfy content length|payload is not completed"
        r"|connection aborted|broken pipe|host is unreachable|connection (was )?closed by (remote|peer)"
        r"|server has gone away|lost connection to (mysql|server)|server closed the connection"
        r"|closed the connection unexpectedly|could not translate host name|incompleteread|incomplete chunked read",
    ),
    (
        Cause.server_error,
        r"internal server error|bad gateway|service (temporarily )?unavailable|internal error encountered",
    ),
    (
        Cause.invalid_yaml,
        r"while (scanning|parsing|constructing|composing) (a (?!string)|for the next)"
        r"|mapping values are not allowed|yaml(?!\S*['\"]?$)"
        r"|file contains no section headers|didn't find section in config file"
        r"|parsing error.*\.yml|error reading .*\.yml|schema file at .* is invalid",
    ),
    (
        Cause.syntax_error,
        r"parser error|syntax error|tokenerror|error tokenizing '"
        r"|unexpected .*end of (template|statement|print)|(?<!un)expected token|unexpected '"
        r"|reached eof without finding|encountered unknown tag|dbt reads utf-8 only",
    ),
    (
        Cause.duplicate_keys,
        r"duplicate (key|entry)|^unique_|\.unique_|failure in test unique_|(violates|failed:?) (unique|primary key)"
        r"|unique constraint|could not create unique index|affect row a second time|contains? duplicate (values|keys)"
        r"|exclusion constraint|overlapping values|not a one-to-one merge|merge keys are not unique"
        r"|join keys did not fulfill|not unique:"
        r"|e11000",
    ),
    (
        Cause.null_keys,
        r"not[ -]null constraint|^not_null_|\.not_null_|failure in test not_null_|null value in column|cannot be null"
        r"|cannot coerce null|cannot insert null|non-nullable|has null values|contains null values|not nullable",
    ),
    (
        Cause.enum_recoded,
        r"^accepted_values_|\.accepted_values_|failure in test accepted_values|isin\(|invalid input value for enum"
        r"|type=literal_error|facet 'enumeration'|failed validating 'enum'|expected \{'type': 'enum'"
        r"|is not (a valid|among the|one of the) (enum|categor|allowed)|not a valid enumeration member",
    ),
    (Cause.orphans, r"relationships_|foreign key constraint"),
    (
        Cause.permission,
        r"permission denied|missing_scope|insufficient.?scope|operation not permitted|readonly database"
        r"|insufficient.privilege"
        r"|access ?denied|\bforbidden\b|attached in read-only mode|read-only (transaction|file system)"
        r"|file system operations are disabled",
    ),
    (
        Cause.column_retyped,
        r"conversion error|could not convert string|mismatch type|given name and argument types"
        r"|invalid input syntax for type|invalid literal for int\(\)|could not convert string to float"
        r"|value is out of range|out of range value|value too long for type|data too long for column"
        r"|numeric field overflow|is not a valid value of the atomic type|is not an example of the schema"
        r"|type mismatch for key",
    ),
    (
        Cause.load_partial,
        r"loaded \d+ of \d+ (rows|records|files)|checksum.{0,20}(did not|does not|mismatch)|md5.?mismatch"
        r"|(received|loaded|copied|wrote) [\d,]+ (rows|records|files)\b.{0,60}\b(expects?|expected|source (says|has))\b"
        r"|(partitions|rows|records|files)\b.{0,40}: found \d+, expected \d+"
        r"|expect_table_row_count_to|row count (is )?(below|less than)"
        r"|row count mismatch|digest mismatch|hash mismatch",
    ),
    (Cause.load_truncated, r"file (is |looks )?truncated|unexpectedly truncated|transfer ended early"),
    (
        Cause.not_found,
        r"no such file or directory|filenotfounderror|no files found that match|nosuchbucket|nosuchkey"
        r"|\b404 page not found"
        r"|templatenotfound|nogroup no such key|resolved to no files|non-existent directory"
        r"|unknown database|couldn.?t open file|is not a directory$"
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
