{{ config(materialized='ephemeral') }}
select distinct <g> from {{ ref('stg_<t>') }}
