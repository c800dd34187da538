select <k>, payload->>'$.user.name' as user_name, json_extract_string(payload, '$.items[0].sku') as sku,
    unnest(from_json(payload->'$.tags', '["VARCHAR"]')) as tag
from {{ source('<s>', '<t>_raw') }}
