-- Draws are hashes of (row, purpose, seed), so that a row is the same however many rows are made.
create macro u(purpose, i) as (hash(i, purpose, getvariable('seed')) >> 11)::double / 9007199254740992.0;
create macro normal(purpose, i) as
    sqrt(-2 * ln(1 - u(purpose || ' radius', i))) * cos(2 * pi() * u(purpose || ' angle', i));
create macro pick(choices, draw) as choices[1 + floor(draw * len(choices))::int];

create macro given_name(i) as pick([
    'Ada', 'Amir', 'Ana', 'Ben', 'Carla', 'Chen', 'Dara', 'Elif', 'Emeka', 'Fatima', 'Grace', 'Hugo', 'Ines',
    'Jamal', 'Jana', 'Kofi', 'Lena', 'Luis', 'Maya', 'Mina', 'Noah', 'Nora', 'Omar', 'Priya', 'Rosa', 'Sam',
    'Sofia', 'Tariq', 'Uma', 'Victor', 'Wanda', 'Yusuf'], u('given name', i));
create macro family_name(i) as pick([
    'Abbott', 'Baker', 'Castillo', 'Chowdhury', 'Cruz', 'Diallo', 'Evans', 'Fischer', 'Garcia', 'Haddad', 'Ito',
    'Jensen', 'Kaya', 'Khan', 'Larsen', 'Lopez', 'Martin', 'Mbeki', 'Nguyen', 'Novak', 'Okafor', 'Olsen', 'Park',
    'Patel', 'Quinn', 'Rossi', 'Sato', 'Silva', 'Tran', 'Walker', 'Yilmaz', 'Zhang'], u('family name', i));
create macro email(i) as
    lower(given_name(i)) || '.' || lower(family_name(i)) || i || '@' ||
    pick(['example.com', 'example.net', 'example.org'], u('mail host', i));
create macro region_of(customer) as case
    when u('region', customer) < 0.18 then 'Northeast' when u('region', customer) < 0.40 then 'Midwest'
    when u('region', customer) < 0.76 then 'South' else 'West' end;
create macro postal_code(customer) as lpad((500 + 99000 * u('postal code', customer))::int::varchar, 5, '0');
create macro address(i) as
    '10.' || (256 * u('ip b', i))::int % 256 || '.' || (256 * u('ip c', i))::int % 256 || '.' ||
    (256 * u('ip d', i))::int % 256;

-- Two years of days; busier towards the end, in November and December, and at weekends.
create temp table days as
with weighted as (
    select
        day::date as day,
        (1 + 0.6 * date_diff('day', date '2023-01-01', day::date) / 731)
        * [0.9, 0.85, 0.95, 0.95, 1.0, 0.95, 0.9, 0.95, 1.0, 1.05, 1.45, 1.6][month(day)]
        * [1.2, 0.9, 0.9, 0.95, 1.0, 1.1, 1.25][1 + dayofweek(day)] as weight
    from range(timestamp '2023-01-01', timestamp '2025-01-01', interval 1 day) days(day)
)
select
    day,
    (sum(weight) over (order by day) - weight) / sum(weight) over () as lower_bound
from weighted;
