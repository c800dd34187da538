-- A subscription business: billing in camelCase, its CRM and its help desk. `day` 2 adds 3% and moves a few states.
set variable customers = case getvariable('day') when 1 then 1000 else 1030 end;
set variable subscriptions = case getvariable('day') when 1 then 1500 else 1545 end;
set variable invoices = case getvariable('day') when 1 then 4000 else 4120 end;

create schema if not exists billing;
create schema if not exists crm;
create schema if not exists support;

create or replace table crm.accounts as
select
    'ACC-' || lpad(i::varchar, 4, '0') as accountId,
    'Company ' || (hash(i * 11) % 9000)::varchar || ['AG', 'Ltd', 'Inc', 'SA'][1 + i % 4] as accountName,
    ['software', 'retail', 'health', 'logistics', 'education'][1 + (hash(i * 3) % 5)::int] as industry,
    (5 + hash(i * 5) % 900)::int as employees,
    ['EMEA', 'AMER', 'APAC'][1 + (hash(i * 7) % 3)::int] as region,
    'owner' || (hash(i) % 40)::varchar || '@example.com' as ownerEmail
from range(400) as t (i);

create or replace table crm.deals as
select
    50000 + i as dealId,
    'ACC-' || lpad((hash(i * 13) % 400)::varchar, 4, '0') as accountId,
    case when getvariable('day') = 2 and i % 60 = 7 then 'won'
        else ['open', 'won', 'lost', 'won'][1 + (hash(i * 17) % 4)::int] end as stage,
    round(500 + (hash(i * 19) % 2500000) / 100.0, 2) as dealValue,
    date '2025-01-01' + (i * 360 // 1200)::int as closedOn
from range(case getvariable('day') when 1 then 1200 else 1236 end) as t (i);

create or replace table billing.plans as
select * from (
    values
    ('starter', 'Starter', 29.00::decimal(10, 2), 3),
    ('team', 'Team', 99.00::decimal(10, 2), 10),
    ('business', 'Business', 299.50::decimal(10, 2), 40),
    ('enterprise', 'Enterprise', 990.00::decimal(10, 2), 200),
    ('legacy', 'Legacy 2019', 19.90::decimal(10, 2), 2)
) as p (planCode, planName, monthlyPrice, seatsIncluded);

create or replace table billing.customers as
select
    'cus_' || lpad(i::varchar, 6, '0') as customerId,
    'ACC-' || lpad((hash(i * 23) % 400)::varchar, 4, '0') as accountRef,
    'Team ' || (hash(i * 29) % 7000)::varchar as companyName,
    ['DE', 'FR', 'US', 'GB', 'NO', 'JP'][1 + (hash(i * 31) % 6)::int] as country,
    date '2024-06-01' + (i * 400 // 1000)::int as signupDate,
    hash(i * 37) % 10 < 8 as isActive,
    'billing+' || i::varchar || '@example.org' as email
from range(getvariable('customers')) as t (i);

create or replace table billing.subscriptions as
select
    'sub_' || lpad(i::varchar, 6, '0') as subscriptionId,
    'cus_' || lpad((hash(i * 41) % 1000)::varchar, 6, '0') as customerId,
    ['starter', 'team', 'team', 'business', 'enterprise', 'legacy'][1 + (hash(i * 43) % 6)::int] as planCode,
    timestamp '2024-07-01 08:00:00' + to_minutes((i * 500000 // 1500 + hash(i * 47) % 300)::int) as startedAt,
    case when hash(i * 53) % 5 = 0
        then timestamp '2025-07-01' + to_hours((hash(i * 59) % 2000)::int) end as canceledAt,
    case when hash(i * 53) % 5 = 0 then 'canceled'
        when getvariable('day') = 2 and i % 75 = 4 then 'past_due'
        else ['active', 'active', 'trialing', 'past_due'][1 + (hash(i * 61) % 4)::int] end as status,
    (1 + hash(i * 67) % 25)::int as quantity
from range(getvariable('subscriptions')) as t (i);

create or replace table billing.invoices as
select
    'inv_' || lpad(i::varchar, 7, '0') as invoiceId,
    s.subscriptionId,
    s.customerId,
    date '2025-01-01' + (i * 300 // 4000)::int as issuedOn,
    round(20 + (hash(i * 71) % 400000) / 100.0, 2) as amountDue,
    case when hash(i * 73) % 6 = 0 then 0.0
        else round((20 + (hash(i * 71) % 400000) / 100.0) * (80 + hash(i * 79) % 21) / 100, 2) end as amountPaid,
    round((hash(i * 83) % 40000) / 100.0, 2) as taxAmount,
    ['EUR', 'USD', 'GBP'][1 + (hash(i * 89) % 3)::int] as currency,
    case when hash(i * 73) % 6 = 0 then ['open', 'void'][1 + (hash(i * 97) % 2)::int] else 'paid' end as invoiceStatus
from range(getvariable('invoices')) as t (i)
join billing.subscriptions as s on s.subscriptionId = 'sub_' || lpad((hash(t.i * 101) % 1500)::varchar, 6, '0');

create or replace table billing.payments as
select
    900000 + i as paymentId,
    'inv_' || lpad(i::varchar, 7, '0') as invoiceId,
    timestamp '2025-01-02 06:00:00' + to_minutes((i * 431000 // 4000 + hash(i * 103) % 900)::int) as paidAt,
    (round(20 + (hash(i * 71) % 400000) / 100.0, 2))::decimal(12, 2) as amount,
    ['card', 'sepa', 'wire', 'paypal'][1 + (hash(i * 107) % 4)::int] as method,
    hash(i * 109) % 12 > 0 as succeeded
from range(getvariable('invoices')) as t (i)
where hash(i * 73) % 6 > 0;

create or replace table support.tickets as
select
    7000 + i as ticketId,
    'cus_' || lpad((hash(i * 113) % 1000)::varchar, 6, '0') as customerId,
    timestamp '2025-01-01 00:30:00' + to_minutes((i * 430000 // 2500)::int) as openedAt,
    (3 + hash(i * 127) % 1400)::int as firstReplyMinutes,
    ['low', 'normal', 'high', 'urgent'][1 + (hash(i * 131) % 4)::int] as priority,
    case when hash(i * 137) % 3 > 0 then (1 + hash(i * 139) % 5)::int end as satisfaction
from range(case getvariable('day') when 1 then 2500 else 2575 end) as t (i);
