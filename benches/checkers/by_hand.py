"""NCT05106972 by hand: what a careful engineer writes for this one protocol in Python.

`check(record)` validates a record and gives the verdict with the outcome of each criterion. A test is
True, False, or None for unknown; a date is its first and last possible day.
"""

from datetime import date, timedelta

CAUSES = {"hepatitis_b", "hepatitis_c", "hepatitis_d", "alcohol", "autoimmune", "other"}
RELATIVES = {"parent", "child", "sibling", "grandparent", "grandchild", "great_grandparent", "collateral"}
IMMEDIATE = {"parent", "child", "sibling", "grandparent", "grandchild"}
TUMORS = {"malignant", "benign"}
VIRUSES = {"hepatitis_b", "hepatitis_c", "hepatitis_d", "hiv", "cmv", "other"}
BOOLEANS = (
    "decompensated", "transplant_unsuitable", "donor_liver", "bleeding_tendency", "bleeding", "encephalopathy",
    "encephalopathy_ever", "symptom_relief", "life_improved", "liver_malignancy", "hypersplenism",
    "needs_splenectomy", "peritonitis", "peritonitis_ever", "bacterial", "pregnant", "lactating", "consent",
    "inappropriate",
)
KEYS = {
    *BOOLEANS, "registration", "birth_date", "sex", "causes", "hepatitis_onset", "cirrhosis_onset",
    "decompensation_onset", "treatment_start", "family_liver_malignancy", "other_tumors", "pt", "pt_control",
    "pt_baseline", "albumin", "gi_bleed", "active_viral",
}
MONTH_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class Invalid(ValueError):
    """What is wrong with a record."""


# ---------------------------------------------------------------- reading


def days(text, name):
    if text is None:
        return None
    try:
        if len(text) == 10 and text[4] == text[7] == "-":
            day = date.fromisoformat(text)
            return day, day
        if len(text) == 7 and text[4] == "-":
            first = date(int(text[:4]), int(text[5:]), 1)
            return first, first.replace(day=month_length(first.year, first.month))
        if len(text) == 4:
            return date(int(text), 1, 1), date(int(text), 12, 31)
    except (TypeError, ValueError):
        pass
    raise Invalid(f"{name}: {text!r} is no date")


def members(values, allowed, name):
    if values is None:
        return None
    if not isinstance(values, list):
        raise Invalid(f"{name}: a list is expected")
    try:
        found = set(values)
    except TypeError:
        raise Invalid(f"{name}: a list of strings is expected") from None
    if not found <= allowed or len(found) < len(values):
        raise Invalid(f"{name}: {values!r} has unknown or repeated members")
    return found


def number(value, name):
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Invalid(f"{name}: a number is expected")
    if value != 0 and not 1e-21 <= abs(value) < 1e21:
        raise Invalid(f"{name}: {value} is out of range")
    return value


def lab(values, name):
    """The value of a lab; its limits are checked."""
    if values is None:
        return None
    if not isinstance(values, dict) or not values.keys() <= {"value", "upper", "lower", "date"}:
        raise Invalid(f"{name}: a laboratory value is expected")
    upper, lower = number(values.get("upper"), name), number(values.get("lower"), name)
    if upper is not None and lower is not None and lower > upper:
        raise Invalid(f"{name}: the limits are out of order")
    days(values.get("date"), name)
    return number(values.get("value"), name)


def events(values, keys, name):
    """The days of each event, from its first to its last, and whether it is significant."""
    if values is None:
        return None
    if not isinstance(values, list):
        raise Invalid(f"{name}: a list is expected")
    found = []
    for event in values:
        if not isinstance(event, dict) or not event.keys() <= keys:
            raise Invalid(f"{name}: an event is expected")
        start = days(event.get("date"), name)
        end = start
        if "end" in keys:
            ongoing = event.get("end") == "ongoing"
            end = (date.max, date.max) if ongoing else days(event.get("end"), name)
            if start is not None and end is not None and end[1] < start[0]:
                raise Invalid(f"{name}: an event ends before it starts")
        significant = event.get("significant")
        if significant is not None and not isinstance(significant, bool):
            raise Invalid(f"{name}: significant is true or false")
        found.append((start, end, significant))
    return found


# ---------------------------------------------------------------- three values


def negate(test):
    return None if test is None else not test


def both(*tests):
    if False in tests:
        return False
    return None if None in tests else True


def either(*tests):
    if True in tests:
        return True
    return None if None in tests else False


# ---------------------------------------------------------------- dates


def month_length(year, month):
    leap = month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 29 if leap else MONTH_LENGTHS[month - 1]


def later(day, months):
    """The day so many months later, or the last of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, month_length(year, month + 1)))


def passed(since, months, till, more=False):
    """Whether so many months, or more, have passed between two dates."""
    if since is None or till is None:
        return None
    if more:
        return True if later(since[1], months) < till[0] else None if later(since[0], months) < till[1] else False
    return True if later(since[1], months) <= till[0] else None if later(since[0], months) <= till[1] else False


def recently(events, weeks, till):
    """Whether one of the events was within so many weeks before a date."""
    if events is None or till is None:
        return False if events == [] else None
    width = timedelta(weeks=weeks)
    since = till[0] - width, till[1] - width
    result = False
    for start, end, counts in events:
        first, latest = start or (date.min, date.max)
        # What has no end lasts at least until its first day.
        soonest, last = end or (first, date.max)
        if counts is False or first > till[1] or last < since[0]:
            continue
        if counts and min(latest, last) <= till[0] and max(soonest, first) >= since[1]:
            return True
        result = None
    return result


# ---------------------------------------------------------------- the protocol


def check(record):
    """The verdict on a record, and the outcome of each criterion; or what is wrong with it."""
    try:
        criteria = outcomes(record)
    except Invalid as error:
        return {"invalid": str(error)}
    values = criteria.values()
    verdict = "ineligible" if False in values else "undetermined" if None in values else "eligible"
    return {"verdict": verdict, "criteria": criteria}


def outcomes(record):
    if not isinstance(record, dict):
        raise Invalid("a record is an object")
    if not record.keys() <= KEYS:
        raise Invalid(f"undeclared keys: {record.keys() - KEYS}")
    get = record.get
    for name in BOOLEANS:
        value = get(name)
        if value is not None and not isinstance(value, bool):
            raise Invalid(f"{name}: true or false is expected")
    sex = get("sex")
    if sex not in (None, "female", "male"):
        raise Invalid(f"sex: {sex!r} is none")
    registration = days(get("registration"), "registration")
    birth = days(get("birth_date"), "birth_date")
    cirrhosis = days(get("cirrhosis_onset"), "cirrhosis_onset")
    treated = days(get("treatment_start"), "treatment_start")
    days(get("hepatitis_onset"), "hepatitis_onset")
    days(get("decompensation_onset"), "decompensation_onset")
    causes = members(get("causes"), CAUSES, "causes")
    family = members(get("family_liver_malignancy"), RELATIVES, "family_liver_malignancy")
    tumors = members(get("other_tumors"), TUMORS, "other_tumors")
    viruses = members(get("active_viral"), VIRUSES, "active_viral")
    pt = lab(get("pt"), "pt")
    control = number(get("pt_control"), "pt_control")
    number(get("pt_baseline"), "pt_baseline")
    albumin = events(get("albumin"), {"date"}, "albumin")
    albumin = albumin and [(start, end, True) for start, end, _ in albumin]
    bleeds = events(get("gi_bleed"), {"date", "end", "significant"}, "gi_bleed")
    pregnant, lactating = get("pregnant"), get("lactating")
    if sex == "male":
        if pregnant or lactating:
            raise Invalid("pregnant and lactating do not apply to men")
        pregnant = lactating = False

    adult = both(passed(birth, 240, registration), negate(passed(birth, 732, registration)))
    return {
        "adult": adult,
        "course": both(
            None if causes is None else "hepatitis_b" in causes,
            get("decompensated"),
            passed(cirrhosis, 60, registration, more=True),
        ),
        "no_transplant": either(get("transplant_unsuitable"), negate(get("donor_liver"))),
        "no_bleeding": negate(either(get("bleeding_tendency"), get("bleeding"))),
        "no_encephalopathy": negate(get("encephalopathy")),
        "refractory": both(
            passed(treated, 6, registration, more=True), negate(either(get("symptom_relief"), get("life_improved")))
        ),
        "consent": get("consent"),
        "age": adult,
        "other_causes": None if causes is None else causes <= {"hepatitis_b", "hepatitis_d"},
        "liver_malignancy": negate(
            either(get("liver_malignancy"), None if family is None else not family.isdisjoint(IMMEDIATE))
        ),
        "hypersplenism": negate(both(get("hypersplenism"), get("needs_splenectomy"))),
        "other_tumors": None if tumors is None else not tumors,
        # Doubles are off by less than this: 16.1 - 13.1 is 3.
        "prolonged_pt": None if pt is None or control is None else round(pt - control, 6) <= 3,
        "recent_albumin": negate(recently(albumin, 3, registration)),
        "recent_bleed": negate(recently(bleeds, 4, registration)),
        "peritonitis": negate(get("peritonitis")),
        "infection": negate(either(get("bacterial"), None if viruses is None else not viruses <= {"hepatitis_b"})),
        "pregnancy": negate(either(pregnant, lactating)),
        "inappropriate": negate(get("inappropriate")),
    }
