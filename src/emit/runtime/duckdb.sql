-- The days between which a date lies: "2026-03-01", "2026-03" or "2026". NULL, if they cannot be read from it.
CREATE MACRO first_day(date) AS CASE
    WHEN date LIKE '____-__-__' THEN TRY_CAST(date AS DATE)
    WHEN date LIKE '____-__' THEN TRY_CAST(date || '-01' AS DATE)
    WHEN date LIKE '____' THEN TRY_CAST(date || '-01-01' AS DATE)
END;
CREATE MACRO last_day_of(date) AS CASE
    WHEN date LIKE '____-__-__' THEN TRY_CAST(date AS DATE)
    WHEN date LIKE '____-__' THEN last_day(TRY_CAST(date || '-01' AS DATE))
    WHEN date LIKE '____' THEN TRY_CAST(date || '-12-31' AS DATE)
END;
-- Whether the text was a date: DuckDB reads days from others, too, but writes them as they have to be.
CREATE MACRO is_date(date, day) AS starts_with(CAST(day AS VARCHAR), date);

-- Completed units between two days: as many as can be added to the first without passing the second.
CREATE MACRO completed_days(since, till) AS till - since;
CREATE MACRO completed_weeks(since, till) AS CAST(floor((till - since) / 7) AS BIGINT);
CREATE MACRO completed_months(since, till) AS date_diff('month', since, till)
    - CASE WHEN since + to_months(CAST(date_diff('month', since, till) AS INTEGER)) > till THEN 1 ELSE 0 END;
CREATE MACRO completed_years(since, till) AS date_diff('year', since, till)
    - CASE WHEN since + to_months(CAST(12 * date_diff('year', since, till) AS INTEGER)) > till THEN 1 ELSE 0 END;
