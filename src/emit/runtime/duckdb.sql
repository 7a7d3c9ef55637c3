-- The days between which a date lies: "2026-03-01", "2026-03" or "2026". NULL, if it is none.
CREATE MACRO first_day(date) AS CASE
    WHEN date LIKE '0000%' THEN NULL
    WHEN regexp_full_match(date, '[0-9]{4}') THEN TRY_CAST(date || '-01-01' AS DATE)
    WHEN regexp_full_match(date, '[0-9]{4}-[0-9]{2}') THEN TRY_CAST(date || '-01' AS DATE)
    WHEN regexp_full_match(date, '[0-9]{4}-[0-9]{2}-[0-9]{2}') THEN TRY_CAST(date AS DATE)
END;
CREATE MACRO last_day_of(date) AS CASE
    WHEN regexp_full_match(date, '[0-9]{4}') THEN TRY_CAST(date || '-12-31' AS DATE)
    WHEN regexp_full_match(date, '[0-9]{4}-[0-9]{2}') THEN last_day(TRY_CAST(date || '-01' AS DATE))
    ELSE first_day(date)
END;

-- Completed units between two days: as many as can be added to the first without passing the second.
CREATE MACRO completed_days(since, till) AS till - since;
CREATE MACRO completed_weeks(since, till) AS CAST(floor((till - since) / 7) AS BIGINT);
CREATE MACRO completed_months(since, till) AS date_diff('month', since, till)
    - CASE WHEN since + to_months(CAST(date_diff('month', since, till) AS INTEGER)) > till THEN 1 ELSE 0 END;
CREATE MACRO completed_years(since, till) AS date_diff('year', since, till)
    - CASE WHEN since + to_months(CAST(12 * date_diff('year', since, till) AS INTEGER)) > till THEN 1 ELSE 0 END;
