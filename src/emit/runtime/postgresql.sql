-- The days between which a date lies: "2026-03-01", "2026-03" or "2026". NULL, if it is none.
CREATE FUNCTION first_day(day text) RETURNS date LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN day !~ '^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$' OR day LIKE '0000%' THEN NULL
        WHEN length(day) < 10 THEN CAST(left(day || '-01-01', 10) AS date)
        WHEN CAST(right(day, 2) AS integer) <= extract(day FROM CAST(left(day, 7) || '-01' AS date) + INTERVAL '1 month - 1 day')
            THEN make_date(CAST(left(day, 4) AS integer), CAST(substr(day, 6, 2) AS integer), CAST(right(day, 2) AS integer))
    END
$$;
CREATE FUNCTION last_day_of(day text) RETURNS date LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE length(day)
        WHEN 4 THEN CAST(first_day(day) + INTERVAL '1 year - 1 day' AS date)
        WHEN 7 THEN CAST(first_day(day) + INTERVAL '1 month - 1 day' AS date)
        ELSE first_day(day)
    END
$$;

-- Completed units between two days: as many as can be added to the first without passing the second.
CREATE FUNCTION completed_days(since date, till date) RETURNS integer LANGUAGE sql IMMUTABLE AS
$$ SELECT till - since $$;
CREATE FUNCTION completed_weeks(since date, till date) RETURNS integer LANGUAGE sql IMMUTABLE AS
$$ SELECT CAST(floor((till - since) / 7.0) AS integer) $$;
CREATE FUNCTION completed_months(since date, till date) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
    SELECT n - CASE WHEN since + make_interval(months => n) > till THEN 1 ELSE 0 END
    FROM (SELECT CAST(12 * (extract(year FROM till) - extract(year FROM since))
        + extract(month FROM till) - extract(month FROM since) AS integer) AS n) AS months
$$;
CREATE FUNCTION completed_years(since date, till date) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
    SELECT n - CASE WHEN since + make_interval(years => n) > till THEN 1 ELSE 0 END
    FROM (SELECT CAST(extract(year FROM till) - extract(year FROM since) AS integer) AS n) AS years
$$;

-- One of several events: whether it is selected, the ends of its attribute, and the days of its date.
CREATE TYPE "_pick.boolean" AS (t boolean, v boolean, w boolean, f date, l date);
CREATE TYPE "_pick.number" AS (t boolean, v double precision, w double precision, f date, l date);
CREATE TYPE "_pick.rank" AS (t boolean, v integer, w integer, f date, l date);
CREATE TYPE "_pick.text" AS (t boolean, v text, w text, f date, l date);
CREATE TYPE "_pick.texts" AS (t boolean, v text[], w text[], f date, l date);
CREATE TYPE "_pick.date" AS (t boolean, v date, w date, f date, l date);

-- The shortest decimal that reads back as a double. Its text is that, but for whole numbers that no double can count
-- one by one: of those PostgreSQL writes a digit more where the shortest lies midway between two doubles.
CREATE FUNCTION exact(value double precision) RETURNS numeric LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN abs(value) < 9007199254740992 THEN CAST(CAST(value AS text) AS numeric) ELSE (
    SELECT round(_n, -_k) FROM (SELECT CAST(CAST(value AS text) AS numeric) AS _n OFFSET 0) AS _v, generate_series(0, 6) AS _k
    WHERE CAST(round(_n, -_k) AS double precision) = value ORDER BY _k DESC LIMIT 1
) END $$;
