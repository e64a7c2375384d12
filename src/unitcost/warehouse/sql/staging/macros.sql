-- Exact arithmetic that DECIMAL(38,18) cannot do by itself, in 128-bit integers of 1e-18 ("units").

-- Units of an amount. The text always shows all 18 decimals, so dropping the point scales it.
create or replace macro units_of(amount) as
    cast(replace(cast(cast(amount as decimal(38, 18)) as varchar), '.', '') as hugeint);

-- An amount of so many units.
create or replace macro amount_of(units) as
    cast(cast(units as decimal(38, 0)) * cast('0.000000000000000001' as decimal(18, 18)) as decimal(38, 18));

-- amount × digits ÷ power, half-even at the 18th place; a rate is given as its digits and a power of ten.
-- The amount is cut at the power, so that no product leaves 128 bits.
create or replace macro whole_part(units, digits, power) as
    (abs(units) // power) * digits + ((abs(units) % power) * digits) // power;
create or replace macro rest_part(units, digits, power) as
    ((abs(units) % power) * digits) % power;
create or replace macro converted_units(units, digits, power) as
    sign(units) * (
        whole_part(units, digits, power)
        + case
            when 2 * rest_part(units, digits, power) > power then 1
            when 2 * rest_part(units, digits, power) = power and whole_part(units, digits, power) % 2 = 1 then 1
            else 0
        end
    );
create or replace macro converted(amount, digits, power) as
    amount_of(converted_units(units_of(amount), digits, power));

-- The share of days [first_day, last_day) out of n equal days, one largest-remainder step:
-- every day gets the whole part, the earliest days get the units left over.
create or replace macro share_of_days(units, n, first_day, last_day) as
    sign(units) * (
        (abs(units) // n) * (last_day - first_day)
        + greatest(0, least(last_day, abs(units) % n) - least(first_day, abs(units) % n))
    );

-- The part of an amount that falls on those days.
create or replace macro piece_of(amount, n, first_day, last_day) as
    amount_of(share_of_days(units_of(amount), n, first_day, last_day));

-- Plain decimal text with at most 18 places needs no second look.
create or replace macro is_plain(text) as
    regexp_full_match(text, '[+-]?[0-9]{1,20}(\.[0-9]{0,18})?');

-- The days that a number of one bit a day stands for. Marts call it, and every engine has a form of its own for it.
create or replace macro days_in(bits) as bit_count(bits);

-- What lies below a share of so many units, cut off towards 0; the share is in units of 1e-18 itself. Units are cut
-- there too, so that no product leaves 128 bits.
create or replace macro below(units, share) as
    sign(units) * (
        (abs(units) // 1000000000000000000) * share
        + ((abs(units) % 1000000000000000000) * share) // 1000000000000000000
    );
