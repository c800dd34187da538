select md5(concat_ws('|', <k>, <c>)) as row_hash, hash(<k>) as h, sha256(<c>) as s, uuid() as u,
    levenshtein(<c>, 'x') as distance, strip_accents(<c>) as ascii, printf('%05d', <k>) as padded
from {{ ref('stg_<t>') }}
