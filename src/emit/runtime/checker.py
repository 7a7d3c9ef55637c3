# ---------------------------------------------------------------- how it works
#
# A test is True, False, or Unknown; logic is strong Kleene. A value is known,
# Unknown, or NOT_APPLICABLE; a test over what does not apply is False. Unknown
# carries the facts that keep it open, one bit each, so that a report can name
# them. Numbers are exact: int or Fraction, never float.


class Unknown:
    """A test or value that is not known, and the facts that keep it open."""

    __slots__ = ("facts",)

    def __init__(self, facts):
        self.facts = facts


class Span:
    """Numbers from low to high, of which one is meant."""

    __slots__ = ("low", "high", "facts")

    def __init__(self, low, high, facts):
        self.low, self.high, self.facts = low, high, facts


class Days:
    """A date that lies between two days; where they differ, facts keep it open."""

    __slots__ = ("first", "last", "facts")

    def __init__(self, first, last, facts=0):
        self.first, self.last, self.facts = first, last, facts if first != last else 0


class _NotApplicable:
    facts = 0


NOT_APPLICABLE = _NotApplicable()
BEFORE_ALL, AFTER_ALL = -(10**9), 10**9


def _open(value):
    """The facts that keep a value from being exact."""
    return value.facts if isinstance(value, (Unknown, Span, Days)) else 0


def _truth(sure, possible, facts):
    return True if sure else Unknown(facts) if possible else False


# ---------------------------------------------------------------- tests of tests


def is_true(value):
    """A boolean as a test."""
    return False if value is NOT_APPLICABLE else value


def negate(test):
    return not test if isinstance(test, bool) else test


def every(*tests):
    facts, known = 0, True
    for test in tests:
        if test is False:
            return False
        if test is not True:
            known, facts = False, facts | test.facts
    return True if known else Unknown(facts)


def either(*tests):
    facts, known = 0, True
    for test in tests:
        if test is True:
            return True
        if test is not False:
            known, facts = False, facts | test.facts
    return False if known else Unknown(facts)


def choose(condition, then, otherwise):
    """If ... then ... else ...: where the condition is unknown, what both branches share."""
    if condition is True:
        return then
    if condition is False:
        return otherwise
    if isinstance(then, bool) and then is otherwise:
        return then
    return Unknown(condition.facts | _open(then) | _open(otherwise))


def some_of(how, wanted, *tests):
    sure = sum(test is True for test in tests)
    possible = sum(test is not False for test in tests)
    facts = 0
    for test in tests:
        facts |= _open(test)
    if how == "at-least":
        return _truth(sure >= wanted, possible >= wanted, facts)
    if how == "at-most":
        return _truth(possible <= wanted, sure <= wanted, facts)
    return _truth(sure == wanted == possible, sure <= wanted <= possible, facts)


# ---------------------------------------------------------------- numbers


def _ends(value):
    return (value.low, value.high) if isinstance(value, Span) else (value, value)


def _span(low, high, facts):
    return low if low == high else Span(low, high, facts)


def compare(left, sign, right):
    if left is NOT_APPLICABLE or right is NOT_APPLICABLE:
        return False
    facts = _open(left) | _open(right)
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return Unknown(facts)
    (a, b), (c, d) = _ends(left), _ends(right)
    if sign == "<":
        return _truth(b < c, a < d, facts)
    if sign == "<=":
        return _truth(b <= c, a <= d, facts)
    if sign == ">":
        return _truth(a > d, b > c, facts)
    if sign == ">=":
        return _truth(a >= d, b >= c, facts)
    return _truth(a == b == c == d, a <= d and c <= b, facts)


def _fold(values, join):
    if any(value is NOT_APPLICABLE for value in values):
        return NOT_APPLICABLE
    facts = 0
    for value in values:
        facts |= _open(value)
    if any(isinstance(value, Unknown) for value in values):
        return Unknown(facts)
    ends = join([_ends(value) for value in values])
    return Unknown(facts) if ends is None else _span(*ends, facts)


def total(*terms):
    """A sum of (sign, number)."""
    signs = [sign for sign, _ in terms]

    def join(ends):
        low = sum(a if sign > 0 else -b for sign, (a, b) in zip(signs, ends))
        high = sum(b if sign > 0 else -a for sign, (a, b) in zip(signs, ends))
        return low, high

    return _fold([value for _, value in terms], join)


def product(*terms):
    """A product of (power, number), the power 1 or -1; by zero nothing is divided."""
    powers = [power for power, _ in terms]

    def join(ends):
        low, high = ends[0]
        for power, (a, b) in zip(powers[1:], ends[1:]):
            if power < 0:
                if a <= 0 <= b:
                    return None
                corners = [Fraction(x) / y for x in (low, high) for y in (a, b)]
            else:
                corners = [x * y for x in (low, high) for y in (a, b)]
            low, high = min(corners), max(corners)
        return low, high

    return _fold([value for _, value in terms], join)


def convert(value, factor, shift):
    return _fold([value], lambda ends: tuple(end * factor + shift for end in ends[0]))


# ---------------------------------------------------------------- dates


def _day(year, month, day):
    """Days since 1970-01-01 in the proleptic Gregorian calendar."""
    year -= month <= 2
    era, of_era = divmod(year, 400)
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468


def _civil(day):
    era, of_era = divmod(day + 719468, 146097)
    year = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    of_month = of_year - (153 * month + 2) // 5 + 1
    month = month + 3 if month < 10 else month - 9
    return year + era * 400 + (month <= 2), month, of_month


def _month_length(year, month):
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def _add(day, count, unit):
    """The day so far after another, clamped to the end of its month."""
    if not BEFORE_ALL < day < AFTER_ALL:
        return day
    if unit == "days":
        return day + count
    if unit == "weeks":
        return day + 7 * count
    year, month, of_month = _civil(day)
    year, month = divmod(year * 12 + month - 1 + count * (12 if unit == "years" else 1), 12)
    return _day(year, month + 1, min(of_month, _month_length(year, month + 1)))


def _completed(unit, start, end):
    if unit == "days":
        return end - start
    if unit == "weeks":
        return (end - start) // 7
    (y1, m1, _), (y2, m2, _) = _civil(start), _civil(end)
    count = y2 - y1 if unit == "years" else (y2 - y1) * 12 + m2 - m1
    return count - 1 if _add(start, count, unit) > end else count


def elapsed(unit, start, end):
    """Completed units between two dates."""
    if start is NOT_APPLICABLE or end is NOT_APPLICABLE:
        return NOT_APPLICABLE
    facts = _open(start) | _open(end)
    if isinstance(start, Unknown) or isinstance(end, Unknown) or AFTER_ALL in (start.first, start.last, end.first, end.last):
        return Unknown(facts)
    return _span(_completed(unit, start.last, end.first), _completed(unit, start.first, end.last), facts)


def _holds(relation, start, end, anchor):
    """Whether a day from start to end stands so to the anchor."""
    name, count, unit = relation
    if name == "before":
        return start < anchor
    if name == "on-or-before":
        return start <= anchor
    if name == "on":
        return start <= anchor <= end
    if name == "on-or-after":
        return anchor <= end
    if name == "after":
        return anchor < end
    if name == "within-before":
        return start <= anchor <= _add(end, count, unit)
    if name == "within-after":
        return anchor <= end and start <= _add(anchor, count, unit)
    if name == "within-of":
        return anchor <= _add(end, count, unit) and start <= _add(anchor, count, unit)
    if name == "less-than-before":
        return start <= anchor < _add(end, count, unit)
    if name == "less-than-after":
        return anchor <= end and start < _add(anchor, count, unit)
    if name == "at-least-before":
        return _add(start, count, unit) <= anchor
    if name == "at-least-after":
        return _add(anchor, count, unit) <= end
    if name == "more-than-before":
        return _add(start, count, unit) < anchor
    return _add(anchor, count, unit) < end


def _lies(relation, start, end, anchor, facts):
    """The truth of it for partial dates, each of which may be any of its days."""
    latest_start, earliest_end = min(start.last, end.last), max(end.first, start.first)
    sure = all(_holds(relation, latest_start, earliest_end, day) for day in (anchor.first, anchor.last))
    if relation[0] in ("before", "on-or-before", "at-least-before", "more-than-before"):
        nearest = anchor.last
    elif relation[0] in ("on-or-after", "after", "at-least-after", "more-than-after"):
        nearest = anchor.first
    else:
        nearest = min(max(anchor.first, start.first), anchor.last) if anchor.first <= end.last else anchor.first
    return _truth(sure, _holds(relation, start.first, end.last, nearest), facts)


def lies(date, relation, anchor):
    """How a date lies to an anchor; the relation is (name, count, unit)."""
    if date is NOT_APPLICABLE or anchor is NOT_APPLICABLE:
        return False
    facts = _open(date) | _open(anchor)
    if isinstance(date, Unknown) or isinstance(anchor, Unknown):
        return Unknown(facts)
    return _lies(relation, date, date, anchor, facts)


# ---------------------------------------------------------------- members and sets


def is_in(value, *names):
    if value is NOT_APPLICABLE:
        return False
    return value if isinstance(value, Unknown) else value in names


def rank(value, *members):
    return value if value is NOT_APPLICABLE or isinstance(value, Unknown) else members.index(value)


def _ask(members, question):
    if isinstance(members, Unknown):
        return members
    return question(frozenset() if members is NOT_APPLICABLE else members)


def has_any(members):
    return _ask(members, lambda known: len(known) > 0)


def has_any_of(members, *names):
    return _ask(members, lambda known: any(name in known for name in names))


def has_any_except(members, *names):
    return _ask(members, lambda known: any(name not in names for name in known))


def has_all_of(members, *names):
    return _ask(members, lambda known: all(name in known for name in names))


def size(members):
    return _ask(members, len)


# ---------------------------------------------------------------- events


class Event:
    """One entry of a list of events: its days and its attributes."""

    __slots__ = ("date", "end", "lasting", "fact", "attributes")

    def __init__(self, date, end, lasting, fact, attributes):
        self.date, self.end, self.lasting, self.fact, self.attributes = date, end, lasting, fact, attributes

    def __getitem__(self, name):
        return self.attributes[name]


def _in_window(event, relation, anchor):
    start = Days(BEFORE_ALL, AFTER_ALL) if isinstance(event.date, Unknown) else event.date
    end = start
    if event.lasting:
        end = Days(start.first, AFTER_ALL) if isinstance(event.end, Unknown) else event.end
    loose = isinstance(event.date, Unknown) or start.first != start.last
    if event.lasting:
        loose = loose or isinstance(event.end, Unknown) or end.first != end.last
    facts = _open(anchor) | (event.fact if loose else 0)
    if isinstance(anchor, Unknown):
        return Unknown(facts)
    return _lies(relation, start, end, anchor, facts)


def select(events, condition=None, relation=None, anchor=None):
    """The events that are selected, surely (True) or possibly (Unknown)."""
    # A window over what does not apply is false of every event.
    if anchor is NOT_APPLICABLE or events is NOT_APPLICABLE:
        return []
    if isinstance(events, Unknown):
        return Unknown(events.facts | _open(anchor))
    selected = []
    for event in events:
        test = True if condition is None else condition(event)
        if test is not False and relation is not None:
            test = every(test, _in_window(event, relation, anchor))
        if test is not False:
            selected.append((event, test))
    return selected


def happened(selected):
    """Whether some event is selected."""
    return selected if isinstance(selected, Unknown) else either(*(test for _, test in selected))


def count(selected):
    if isinstance(selected, Unknown):
        return selected
    sure = sum(test is True for _, test in selected)
    facts = 0
    for _, test in selected:
        facts |= _open(test)
    return _span(sure, len(selected), facts)


def pick(which, selected, attribute, members=None, bound=None):
    """The attribute of the latest, earliest, highest or lowest event, if every choice gives the same."""
    if isinstance(selected, Unknown):
        return selected
    facts = 0
    for event, test in selected:
        value = attribute(event)
        loose = isinstance(value, Unknown) or isinstance(value, Days) and value.first != value.last
        if which in ("latest", "earliest"):
            loose = loose or isinstance(event.date, Unknown) or event.date.first != event.date.last
        facts |= _open(test) | (event.fact if loose else 0)
    if which in ("latest", "earliest"):
        value = _chosen(which == "latest", selected, attribute)
    else:
        value = _extreme(which == "highest", selected, attribute, members, bound)
    if value is None:
        return Unknown(facts)
    return Days(value.first, value.last, facts) if isinstance(value, Days) else value


def _chosen(latest, selected, attribute):
    def days(event):
        first, last = (BEFORE_ALL, AFTER_ALL) if isinstance(event.date, Unknown) else (event.date.first, event.date.last)
        return (first, last) if latest else (-last, -first)

    sure = [days(event)[0] for event, test in selected if test is True]
    if not sure:
        return None
    threshold = max(sure)
    values = [attribute(event) for event, _ in selected if days(event)[1] >= threshold]
    if isinstance(values[0], Unknown):
        return None
    return values[0] if all(_same(values[0], value) for value in values[1:]) else None


def _same(a, b):
    if isinstance(a, Unknown) or isinstance(b, Unknown):
        return False
    # Two partial dates agree on nothing, though they be written alike.
    return a.first == a.last == b.first == b.last if isinstance(a, Days) else a == b


def _extreme(highest, selected, attribute, members, bound):
    def ends(value):
        if isinstance(value, Days):
            return (value.first, value.last) if highest else (-value.last, -value.first)
        order = members.index(value) if members else value
        return (order, order) if highest else (-order, -order)

    known = [(attribute(event), test) for event, test in selected]
    sure = [value for value, test in known if test is True and not isinstance(value, Unknown)]
    if not sure:
        return None
    best = max(sure, key=ends)
    low, high = max(ends(value)[0] for value in sure), max(ends(value)[1] for value in sure)
    if any(isinstance(value, Unknown) for value, _ in known) and (bound is None or not _same(best, bound)):
        return None
    if any(test is not True and not isinstance(value, Unknown) and ends(value)[1] > low for value, test in known):
        return None
    if isinstance(best, Days):
        return Days(low, high) if highest else Days(-high, -low)
    return best


# ---------------------------------------------------------------- records

_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")


def _step(path, key):
    name = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", key)
    return f"{path}.{key}" if name else f"{path}[{json.dumps(key, ensure_ascii=False)}]"


class _Reader:
    def __init__(self):
        self.errors = []

    def error(self, path, code, message):
        self.errors.append({"path": path, "code": code, "message": message})

    def value(self, kind, value, path, bit):
        """A value of the type, or Unknown; what is wrong is noted."""
        if value is None:
            return Unknown(bit)
        name = kind["kind"]
        if isinstance(value, float) and not math.isfinite(value):
            self.error(path, "not-finite", "the number is not finite")
        elif name == "boolean" and isinstance(value, bool):
            return value
        elif name == "number" and isinstance(value, (int, float)) and not isinstance(value, bool):
            return self.number(kind, value, path, bit)
        elif name == "member" and isinstance(value, str):
            if value in kind["members"]:
                return value
            self.error(path, "undeclared-member", f"`{value}` is no member")
        elif name == "date" and isinstance(value, str):
            days = _parse_date(value, bit)
            if days is not None:
                return days
            self.error(path, "not-a-date", f"`{value}` is no day, month or year of the calendar")
        elif name == "set" and isinstance(value, list):
            return self.set(kind, value, path)
        elif name == "lab" and isinstance(value, dict):
            return self.lab(kind, value, path, bit)
        elif name == "events" and isinstance(value, list):
            return [self.event(kind, event, f"{path}[{i}]", bit) for i, event in enumerate(value)]
        elif _is_endless(value):
            self.error(path, "not-finite", "the number is too large for any machine")
        else:
            self.error(path, "wrong-type", f"expected {kind['expected']}")
        return Unknown(bit)

    def number(self, kind, value, path, bit):
        # A JSON number is the shortest decimal that reads back as its double.
        if isinstance(value, int) and abs(value) >= 2**53:
            try:
                value = float(value)
            except OverflowError:
                self.error(path, "not-finite", "the number is too large for any machine")
                return Unknown(bit)
        exact = Fraction(repr(value)) if isinstance(value, float) else value
        if exact != 0 and not Fraction(1, 10**21) <= abs(exact) < 10**21:
            self.error(path, "out-of-range", "numbers lie below 10^21 and, unless zero, above its inverse")
        elif kind["whole"] and exact != int(exact):
            self.error(path, "wrong-type", f"expected {kind['expected']}, not a fraction")
        elif kind["range"] is not None and not kind["range"][0] <= exact <= kind["range"][1]:
            self.error(path, "out-of-range", "the number lies outside the plausible range")
        else:
            return exact
        return Unknown(bit)

    def set(self, kind, values, path):
        known = set()
        for i, value in enumerate(values):
            if not isinstance(value, str):
                self.error(f"{path}[{i}]", "wrong-type", "a set holds members")
            elif value not in kind["members"]:
                self.error(f"{path}[{i}]", "undeclared-member", f"`{value}` is no member")
            elif value in known:
                self.error(f"{path}[{i}]", "repeated-member", f"`{value}` stands twice in the set")
            else:
                known.add(value)
        return frozenset(known)

    def lab(self, kind, values, path, bit):
        lab = {part: Unknown(bit) for part in ("value", "upper", "lower", "date")}
        number = {"kind": "number", "whole": False, "range": None, "expected": kind["number"]}
        date = {"kind": "date", "expected": "a date"}
        for key, value in values.items():
            if key in lab:
                lab[key] = self.value(date if key == "date" else number, value, _step(path, key), bit)
            else:
                self.error(_step(path, key), "undeclared-key", f"a lab has no `{key}`")
        lower, upper = lab["lower"], lab["upper"]
        if not isinstance(lower, Unknown) and not isinstance(upper, Unknown) and lower > upper:
            self.error(path, "limits-out-of-order", "the lower limit is above the upper limit")
        return lab

    def event(self, kind, values, path, bit):
        date = {"kind": "date", "expected": "a date"}
        attributes = {name: Unknown(bit) for name, _ in kind["attributes"]}
        event = Event(Unknown(bit), Unknown(bit), kind["lasting"], bit, attributes)
        # A lab that is wholly unknown has unknown parts.
        types = dict(kind["attributes"])
        for name, of in types.items():
            if of["kind"] == "lab":
                attributes[name] = {part: Unknown(bit) for part in ("value", "upper", "lower", "date")}
        if not isinstance(values, dict):
            self.error(path, "wrong-type", "expected an event: an object with a `date`")
            return event
        for key, value in values.items():
            if key == "date":
                event.date = self.value(date, value, _step(path, key), bit)
            elif key == "end" and kind["lasting"]:
                event.end = Days(AFTER_ALL, AFTER_ALL) if value == "ongoing" else self.value(date, value, _step(path, key), bit)
            elif key in types:
                read = self.value(types[key], value, _step(path, key), bit)
                if not (types[key]["kind"] == "lab" and isinstance(read, Unknown)):
                    attributes[key] = read
            else:
                self.error(_step(path, key), "undeclared-key", f"these events declare no `{key}`")
        known = not isinstance(event.date, Unknown) and not isinstance(event.end, Unknown)
        if known and event.end.first != AFTER_ALL and event.end.last < event.date.first:
            self.error(_step(path, "end"), "end-before-start", "the event ends before it starts")
        return event


def _is_endless(value):
    if isinstance(value, int) and not isinstance(value, bool):
        try:
            float(value)
        except OverflowError:
            return True
    return False


def _parse_date(text, bit):
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    year, month, day = (int(part) if part else None for part in match.groups())
    if year == 0 or (month is not None and not 1 <= month <= 12):
        return None
    if month is None:
        return Days(_day(year, 1, 1), _day(year, 12, 31), bit)
    length = _month_length(year, month)
    if day is None:
        return Days(_day(year, month, 1), _day(year, month, length), bit)
    return Days(_day(year, month, day), _day(year, month, day)) if 1 <= day <= length else None


def lab_part(value, part):
    """A part of a laboratory value."""
    return value[part] if isinstance(value, dict) else value


def _read(record):
    """The values of a record by fact, and what is wrong with it."""
    reader = _Reader()
    values = {name: Unknown(1 << i) for i, (name, _) in enumerate(FACTS)}
    if not isinstance(record, dict):
        reader.error("$", "record-not-object", "a record is an object with one key for each fact")
        return values, reader.errors
    facts = {name: (kind, 1 << i) for i, (name, kind) in enumerate(FACTS)}
    for key, value in record.items():
        if key in facts:
            kind, bit = facts[key]
            values[key] = reader.value(kind, value, _step("$", key), bit)
        else:
            reader.error(_step("$", key), "undeclared-key", f"the protocol declares no `{key}`")
    if reader.errors:
        return values, reader.errors
    late = []
    for name, when in WHENS:
        applies = when(values)
        value = values[name]
        if applies is False:
            carried = not isinstance(value, Unknown) and value is not False and value != frozenset() and value != []
            if carried:
                late.append((facts[name][1], name))
            values[name] = NOT_APPLICABLE
        elif isinstance(value, Unknown):
            values[name] = Unknown(value.facts | _open(applies))
    for _, name in sorted(late):
        reader.error(_step("$", name), "does-not-apply", f"`{name}` does not apply to this subject, so it carries null, false or []")
    return values, reader.errors


# ---------------------------------------------------------------- reports


def _names(facts):
    return [name for i, (name, _) in enumerate(FACTS) if facts >> i & 1]


def _verdict(outcomes):
    """The verdict of outcomes, and the facts that keep it open."""
    if any(outcome is False for outcome in outcomes):
        return "ineligible", 0
    facts = 0
    for outcome in outcomes:
        facts |= _open(outcome)
    return ("eligible", 0) if all(outcome is True for outcome in outcomes) else ("undetermined", facts)


def _word(outcome):
    return "pass" if outcome is True else "fail" if outcome is False else "unknown"


def check(record):
    """What the protocol says of a subject record: a dict as JSON carries it."""
    head = dict(HEADER)
    values, errors = _read(record)
    if errors:
        return {**head, "invalid": errors}
    outcomes = {name: passes(values) for name, _, passes in CRITERIA}
    words = {name: _word(outcome) for name, outcome in outcomes.items()}
    contradicts = [name for name, holds in ASSUMPTIONS if holds(values) is False]
    if not ARMS:
        verdict, facts = _verdict(list(outcomes.values()))
        report = {"verdict": verdict, "missing": _names(facts), "criteria": words}
    else:
        arms, best, facts = {}, "ineligible", 0
        for arm in ARMS:
            own = [name for name, of, _ in CRITERIA if of is None or arm in of]
            verdict, open_facts = _verdict([outcomes[name] for name in own])
            facts |= open_facts
            best = max(best, verdict, key=("ineligible", "undetermined", "eligible").index)
            named = {name: word if name in own else "not_applicable" for name, word in words.items()}
            arms[arm] = {"verdict": verdict, "missing": _names(open_facts), "criteria": named}
        missing = _names(facts) if best == "undetermined" else []
        report = {"verdict": best, "missing": missing, "criteria": words, "arms": arms}
    return {**head, **report, "attested": list(ATTESTED), "contradicts": contradicts}


def _whole(digits):
    # No double holds a number of so many digits.
    return int(digits) if len(digits) < 400 else math.inf


def _refuse(constant):
    raise ValueError(f"`{constant}` is no number")


def main():
    """Reads NDJSON records from standard input and writes a report for each."""
    for line in sys.stdin:
        if line.strip():
            try:
                report = check(json.loads(line, parse_constant=_refuse, parse_int=_whole))
            except (ValueError, RecursionError) as error:
                message = f"the text is no JSON: {error}"
                report = {**HEADER, "invalid": [{"path": "$", "code": "record-syntax", "message": message}]}
            print(json.dumps(report, separators=(",", ":")))


if __name__ == "__main__":
    main()
