-- A clinic: master data as seeds (schema `seed` becomes CSV files), events in the warehouse. `day` 2 adds 3% and later dates.
set variable visits = case getvariable('day') when 1 then 4000 else 4120 end;
set variable patients = case getvariable('day') when 1 then 900 else 925 end;

create schema if not exists seed;
create schema if not exists clinic_raw;

create or replace table seed.departments as
select * from (
    values
    ('CAR', 'Cardiology', 2), ('DER', 'Dermatology', 1), ('ENT', 'Ear, nose, throat', 1), ('GYN', 'Gynaecology', 3),
    ('NEU', 'Neurology', 4), ('ONC', 'Oncology', 5), ('ORT', 'Orthopaedics', 2), ('PED', 'Paediatrics', 3)
) as d (department_code, department_name, floor);

create or replace table seed.doctors as
select
    200 + i as doctor_id,
    'Dr. ' || ['Berg', 'Dahl', 'Lund', 'Moen', 'Vik', 'Aas'][1 + i % 6] || ' ' || i::varchar as full_name,
    ['CAR', 'DER', 'ENT', 'GYN', 'NEU', 'ONC', 'ORT', 'PED'][1 + (hash(i * 3) % 8)::int] as department_code,
    date '2010-01-15' + (hash(i * 5) % 5000)::int as hired_on,
    hash(i * 7) % 3 = 0 as is_consultant
from range(60) as t (i);

create or replace table seed.tariffs as
select
    'T' || lpad((i * 7)::varchar, 3, '0') || ['a', 'b'][1 + i % 2] as tariff_code,
    ['Consultation', 'Imaging', 'Procedure', 'Laboratory'][1 + i % 4] || ' ' || i::varchar as title,
    (20 + (hash(i * 11) % 48000) / 100.0)::decimal(10, 2) as unit_price,
    ['standard', 'reduced', 'exempt'][1 + (hash(i * 13) % 3)::int] as vat_class
from range(1, 41) as t (i);

create or replace table seed.patients as
select
    'p-' || lpad(i::varchar, 5, '0') as patient_no,
    ['f', 'm', 'x'][1 + least(2, (hash(i * 17) % 41)::int // 20)] as sex,
    (1930 + hash(i * 19) % 90)::int as birth_year,
    case when getvariable('day') = 2 and i % 90 = 11 then 'private'
        else ['public', 'public', 'private', 'self'][1 + (hash(i * 23) % 4)::int] end as insurer,
    lpad((hash(i * 29) % 9999)::varchar, 4, '0') as postal_code,
    date '2023-01-01' + (i * 700 // 900)::int as registered_on
from range(getvariable('patients')) as t (i);

create or replace table clinic_raw.visits as
select
    100000 + i as visit_id,
    'p-' || lpad((hash(i * 31) % 900)::varchar, 5, '0') as patient_no,
    200 + (hash(i * 37) % 60)::int as doctor_id,
    timestamp '2025-01-01 07:30:00' + to_days((i * 300 // 4000)::int) + to_minutes((hash(i * 41) % 600)::int) as visited_at,
    (1 + hash(i * 43) % 14)::int as "order",
    ['first', 'control', 'control', 'emergency'][1 + (hash(i * 47) % 4)::int] as visit_kind,
    (5 + hash(i * 53) % 86)::int as duration_minutes,
    case when getvariable('day') = 2 and i % 200 = 17 then true else hash(i * 59) % 11 = 0 end as no_show
from range(getvariable('visits')) as t (i);

create or replace table clinic_raw.visit_lines as
select
    v.visit_id * 10 + n as line_id,
    v.visit_id,
    n as "order",
    'T' || lpad(((1 + hash(v.visit_id * 61 + n) % 40) * 7)::varchar, 3, '0')
    || ['a', 'b'][1 + ((1 + hash(v.visit_id * 61 + n) % 40) % 2)::int] as tariff_code,
    (1 + hash(v.visit_id * 67 + n) % 4)::int as quantity,
    [0.0, 0.0, 0.05, 0.1][1 + (hash(v.visit_id * 71 + n) % 4)::int]::double as discount_share
from clinic_raw.visits as v, range(1, 3) as r (n)
where hash(v.visit_id * 73 + n) % 5 < 4;

create or replace table clinic_raw.payments as
select
    'pay' || lpad((v.visit_id * 3)::varchar, 8, '0') as payment_ref,
    v.visit_id,
    v.visited_at::date as paid_on,
    (15 + (hash(v.visit_id * 79) % 90000) / 100.0)::decimal(10, 2) as amount,
    ['card', 'cash', 'insurer', 'giro'][1 + (hash(v.visit_id * 83) % 4)::int] as channel
from clinic_raw.visits as v
where hash(v.visit_id * 89) % 8 > 0;

create or replace table clinic_raw.lab_results as
select
    500000 + i as result_id,
    100000 + (i * 4000 // 3000) as visit_id,
    ['glucose', 'sodium', 'crp', 'ferritin'][1 + (hash(i * 97) % 4)::int] as analyte,
    round(1 + (hash(i * 101) % 18000) / 100.0, 2) as result_value,
    ['mmol/L', 'mmol/L', 'mg/L', 'ug/L'][1 + (hash(i * 97) % 4)::int] as result_unit,
    timestamp '2025-01-01 09:00:00' + to_days((i * 300 // 3000)::int) + to_minutes((hash(i * 103) % 400)::int) as taken_at
from range(case getvariable('day') when 1 then 3000 else 3090 end) as t (i);
