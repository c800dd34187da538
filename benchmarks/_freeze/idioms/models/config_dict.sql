{{ config({'materialized': 'table', 'tags': ['<s>'], 'meta': {'owner': 'data', 'personal': false}}) }}
select <k>, <n> from {{ ref('stg_<t>') }}
