select unnest(generate_series(date '2020-01-01', date '2020-12-31', interval 1 month))::date as month_on, i
from range(12) as r(i)
