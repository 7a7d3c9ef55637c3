-- NCT05106972 by hand: what a careful engineer writes for this one protocol in DuckDB, over the same table
-- `subject`. TRUE is pass, FALSE is fail, NULL is unknown; an invalid subject gets no verdict.

-- DuckDB reads days from more texts than a record may have ("2026/3/1", "0000-01-01"), but writes them in one way.
CREATE MACRO first_of(text) AS CASE
    WHEN text LIKE '____-__-__' THEN TRY_CAST(text AS DATE)
    WHEN text LIKE '____-__' THEN TRY_CAST(text || '-01' AS DATE)
    WHEN text LIKE '____' THEN TRY_CAST(text || '-01-01' AS DATE)
END;
CREATE MACRO last_of(text) AS CASE
    WHEN text LIKE '____-__-__' THEN TRY_CAST(text AS DATE)
    WHEN text LIKE '____-__' THEN last_day(TRY_CAST(text || '-01' AS DATE))
    WHEN text LIKE '____' THEN TRY_CAST(text || '-12-31' AS DATE)
END;
CREATE MACRO bad_date(text, day) AS text IS NOT NULL AND starts_with(CAST(day AS VARCHAR), text) IS NOT TRUE;
CREATE MACRO out_of_range(number) AS number <> 0 AND NOT (abs(number) >= 1e-21 AND abs(number) < 1e21);
CREATE MACRO bad_set(members, allowed) AS
    coalesce(NOT list_has_all(allowed, members) OR len(list_distinct(members)) < len(members), FALSE);

CREATE VIEW by_hand AS
WITH dated AS (
    SELECT
        *,
        first_of(registration) AS r1, last_of(registration) AS r2,
        first_of(birth_date) AS b1, last_of(birth_date) AS b2,
        first_of(hepatitis_onset) AS h1,
        first_of(cirrhosis_onset) AS c1, last_of(cirrhosis_onset) AS c2,
        first_of(decompensation_onset) AS d1,
        first_of(treatment_start) AS t1, last_of(treatment_start) AS t2,
        list_transform(albumin, lambda e: {'text': e.date, 'd1': first_of(e.date), 'd2': last_of(e.date)}) AS infusions,
        list_transform(gi_bleed, lambda e: {
            'date': e.date, 'end': e."end", 'significant': e.significant, 'd1': first_of(e.date), 'd2': last_of(e.date),
            'e1': CASE WHEN e."end" = 'ongoing' THEN DATE 'infinity' ELSE first_of(e."end") END,
            'e2': CASE WHEN e."end" = 'ongoing' THEN DATE 'infinity' ELSE last_of(e."end") END
        }) AS bleeds
    FROM subject
), criteria AS (
    SELECT
        *,
        CASE WHEN b2 + INTERVAL 20 YEARS <= r1 THEN TRUE WHEN b1 + INTERVAL 20 YEARS > r2 THEN FALSE END
            AND CASE WHEN b1 + INTERVAL 61 YEARS > r2 THEN TRUE WHEN b2 + INTERVAL 61 YEARS <= r1 THEN FALSE END AS adult,
        list_contains(causes, 'hepatitis_b') AND decompensated
            AND CASE WHEN c2 + INTERVAL 5 YEARS < r1 THEN TRUE WHEN c1 + INTERVAL 5 YEARS >= r2 THEN FALSE END AS course,
        transplant_unsuitable OR NOT donor_liver AS no_transplant,
        NOT (bleeding_tendency OR bleeding) AS no_bleeding,
        NOT encephalopathy AS no_encephalopathy,
        CASE WHEN t2 + INTERVAL 6 MONTHS < r1 THEN TRUE WHEN t1 + INTERVAL 6 MONTHS >= r2 THEN FALSE END
            AND NOT (symptom_relief OR life_improved) AS refractory,
        list_has_all(['hepatitis_b', 'hepatitis_d'], causes) AS other_causes,
        NOT (liver_malignancy OR list_has_any(family_liver_malignancy, ['parent', 'child', 'sibling', 'grandparent', 'grandchild']))
            AS no_malignancy,
        NOT (hypersplenism AND needs_splenectomy) AS no_splenectomy,
        len(other_tumors) = 0 AS no_tumors,
        TRY_CAST(pt."value" AS DECIMAL(18, 6)) - TRY_CAST(pt_control AS DECIMAL(18, 6)) <= 3 AS prolonged_pt,
        list_transform(infusions, lambda e: CASE
            WHEN e.d2 <= r1 AND e.d1 + INTERVAL 3 WEEKS >= r2 THEN TRUE
            WHEN e.d1 > r2 OR e.d2 + INTERVAL 3 WEEKS < r1 THEN FALSE
        END) AS recent_infusions,
        list_transform(bleeds, lambda e: e.significant AND CASE
            WHEN LEAST(e.d2, e.e2) <= r1 AND GREATEST(e.e1, e.d1) + INTERVAL 4 WEEKS >= r2 THEN TRUE
            WHEN e.d1 > r2 OR e.e2 + INTERVAL 4 WEEKS < r1 THEN FALSE
        END) AS recent_bleeds,
        NOT peritonitis AS no_peritonitis,
        NOT (bacterial OR NOT list_has_all(['hepatitis_b'], active_viral)) AS no_infection,
        NOT (sex IS DISTINCT FROM 'male' AND pregnant OR sex IS DISTINCT FROM 'male' AND lactating) AS pregnancy,
        NOT inappropriate AS not_inappropriate
    FROM dated
), outcomes AS (
    SELECT
        *,
        CASE WHEN list_contains(recent_infusions, TRUE) THEN FALSE
            WHEN len(list_filter(recent_infusions, lambda t: t IS NULL)) = 0 THEN TRUE END AS no_albumin,
        CASE WHEN list_contains(recent_bleeds, TRUE) THEN FALSE
            WHEN len(list_filter(recent_bleeds, lambda t: t IS NULL)) = 0 THEN TRUE END AS no_bleed,
        bad_date(registration, r1)
            OR bad_date(birth_date, b1)
            OR bad_date(hepatitis_onset, h1)
            OR bad_date(cirrhosis_onset, c1)
            OR bad_date(decompensation_onset, d1)
            OR bad_date(treatment_start, t1)
            OR bad_date(pt."date", first_of(pt."date"))
            OR coalesce(sex NOT IN ('female', 'male'), FALSE)
            OR bad_set(causes, ['hepatitis_b', 'hepatitis_c', 'hepatitis_d', 'alcohol', 'autoimmune', 'other'])
            OR bad_set(family_liver_malignancy, ['parent', 'child', 'sibling', 'grandparent', 'grandchild', 'great_grandparent', 'collateral'])
            OR bad_set(other_tumors, ['malignant', 'benign'])
            OR bad_set(active_viral, ['hepatitis_b', 'hepatitis_c', 'hepatitis_d', 'hiv', 'cmv', 'other'])
            OR coalesce(pt."lower" > pt."upper", FALSE)
            OR coalesce(out_of_range(pt."value"), FALSE) OR coalesce(out_of_range(pt."upper"), FALSE)
            OR coalesce(out_of_range(pt."lower"), FALSE)
            OR coalesce(out_of_range(pt_control), FALSE) OR coalesce(out_of_range(pt_baseline), FALSE)
            OR list_position(albumin, NULL) IS NOT NULL OR list_position(gi_bleed, NULL) IS NOT NULL
            OR coalesce(len(list_filter(infusions, lambda e: bad_date(e.text, e.d1))) > 0, FALSE)
            OR coalesce(len(list_filter(bleeds, lambda e: bad_date(e.date, e.d1)
                OR e."end" <> 'ongoing' AND bad_date(e."end", e.e1) OR coalesce(e.e2 < e.d1, FALSE))) > 0, FALSE)
            OR coalesce(sex = 'male' AND (pregnant OR lactating), FALSE) AS invalid
    FROM criteria
)
SELECT
    _subject,
    CASE WHEN invalid THEN NULL
        WHEN adult AND course AND no_transplant AND no_bleeding AND no_encephalopathy AND refractory AND consent AND other_causes
            AND no_malignancy AND no_splenectomy AND no_tumors AND prolonged_pt AND no_albumin AND no_bleed AND no_peritonitis
            AND no_infection AND pregnancy AND not_inappropriate THEN 'eligible'
        WHEN NOT (adult AND course AND no_transplant AND no_bleeding AND no_encephalopathy AND refractory AND consent AND other_causes
            AND no_malignancy AND no_splenectomy AND no_tumors AND prolonged_pt AND no_albumin AND no_bleed AND no_peritonitis
            AND no_infection AND pregnancy AND not_inappropriate) THEN 'ineligible'
        ELSE 'undetermined'
    END AS verdict,
    CASE WHEN NOT invalid THEN adult END AS include_adult,
    CASE WHEN NOT invalid THEN course END AS include_course,
    CASE WHEN NOT invalid THEN no_transplant END AS include_no_transplant,
    CASE WHEN NOT invalid THEN no_bleeding END AS include_no_bleeding,
    CASE WHEN NOT invalid THEN no_encephalopathy END AS include_no_encephalopathy,
    CASE WHEN NOT invalid THEN refractory END AS include_refractory,
    CASE WHEN NOT invalid THEN consent END AS include_consent,
    CASE WHEN NOT invalid THEN adult END AS exclude_age,
    CASE WHEN NOT invalid THEN other_causes END AS exclude_other_causes,
    CASE WHEN NOT invalid THEN no_malignancy END AS exclude_liver_malignancy,
    CASE WHEN NOT invalid THEN no_splenectomy END AS exclude_hypersplenism,
    CASE WHEN NOT invalid THEN no_tumors END AS exclude_other_tumors,
    CASE WHEN NOT invalid THEN prolonged_pt END AS exclude_prolonged_pt,
    CASE WHEN NOT invalid THEN no_albumin END AS exclude_recent_albumin,
    CASE WHEN NOT invalid THEN no_bleed END AS exclude_recent_bleed,
    CASE WHEN NOT invalid THEN no_peritonitis END AS exclude_peritonitis,
    CASE WHEN NOT invalid THEN no_infection END AS exclude_infection,
    CASE WHEN NOT invalid THEN pregnancy END AS exclude_pregnancy,
    CASE WHEN NOT invalid THEN not_inappropriate END AS exclude_inappropriate
FROM outcomes;
