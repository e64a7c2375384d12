-- question: what did users do, by one activity file?
-- grain:    one row of the file; internal users are left out for good
-- inputs:   {relation} (the file, or its texts), lookup tables named in {joins}
-- output:   activity_file; {drivers} are exact decimals
create or replace temp view activity_file as
select
    cast({date} as date) as date,
    {user_id} as user_id,
    {product_line} as product_line
    {drivers}
from {relation} as raw
{joins}
where {counted};
