{# What is left of an amount after a share is taken off, in cents precision. #}
{% macro net_of(amount, share) -%}
round(({{ amount }}) * (1 - {{ share }}), 2)
{%- endmacro %}
