-- question: what did users do, by one activity file?
-- grain:    one row of the file (table activity_rows); internal users are left out for good
-- inputs:   raw (texts of one file with its drivers), moments, driver_texts
-- output:   activity_rows; {values} and {joins} read the drivers
insert into activity_rows by name
select
    cast(d.at as date) as date,
    raw.user_id,
    raw.product_line
    {values}
from raw
inner join moments as d on raw.date = d.text
{joins}
where lower(coalesce(raw.is_internal, 'false')) not in ('true', '1', 't', 'yes');
