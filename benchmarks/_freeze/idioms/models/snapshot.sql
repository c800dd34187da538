{% snapshot <t>_history %}
{{ config(target_schema='snapshots', unique_key='<k>', strategy='timestamp', updated_at='<d>') }}
select * from {{ source('<s>', '<t>') }}
{% endsnapshot %}
