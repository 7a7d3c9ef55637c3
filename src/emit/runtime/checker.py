# ---------------------------------------------------------------- how it works
#
# A test is True, False, or Unknown; logic is strong Kleene. A value is known,
# Unknown, or NOT_APPLICABLE; a test over what does not apply is False. Unknown
# carries the facts that keep it open, one bit each, so that a report can name
# them.
#
# Numbers are exact. A float means the shortest decimal that reads back as it,
# which is what a record says. Floats stand to one another, and to whole numbers
# below 2**53, as their decimals do, so those are compared as they are. What is
# calculated is calculated of the decimals: an int, a Decimal or a Fraction.


class Unknown:
    """A test or value that is not known, and the facts that keep it open."""

    __slots__ = ("facts",)
    day = None

    def __init__(self, facts):
        self.facts = facts


class Span:
    """Numbers from low to high, of which one is meant."""

    __slots__ = ("low", "high", "facts")

    def __init__(self, low, high, facts):
        self.low, self.high, self.facts = low, high, facts


class Days:
    """A date that lies between two days, or is one day; where they differ, facts keep it open."""

    __slots__ = ("first", "last", "day", "facts")

    def __init__(self, first, last, facts=0):
        self.first, self.last = first, last
        self.day, self.facts = (first, 0) if first == last else (None, facts)


class _NotApplicable:
    facts, day = 0, None


NOT_APPLICABLE = _NotApplicable()
BEFORE_ALL, AFTER_ALL = -(10**9), 10**9

# Cohorts repeat their dates: so many days are remembered.
REMEMBERED = 1 << 16


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
    return False if test is True else True if test is False else test


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


def once(define):
    """A definition, evaluated once for each subject; no fact has a name with a space."""
    key = "define " + define.__name__

    def known(s):
        value = s.get(key)
        if value is None:
            value = s[key] = define(s)
        return value

    return known


# ---------------------------------------------------------------- numbers


READ, CALCULATED = frozenset((int, float)), frozenset((int, Decimal))
# Numbers of a record have up to 17 digits and lie between 10**-21 and 10**21, so no sum of them has more digits.
_SUMS = Context(prec=100, traps=[Inexact])


def _fraction(value):
    """A number, exactly."""
    if isinstance(value, float):
        return Fraction(repr(value))
    return Fraction(value) if isinstance(value, Decimal) else value


def _ends(value):
    low, high = (value.low, value.high) if isinstance(value, Span) else (value, value)
    return _fraction(low), _fraction(high)


def _span(low, high, facts):
    return _calculated(low) if low == high else Span(low, high, facts)


def _calculated(value):
    """A result as it is compared: beyond 2**53 a whole number is no match for what a float stands for."""
    return Fraction(value) if isinstance(value, int) and not -(2**53) < value < 2**53 else value


def compare(left, sign, right):
    kinds = {type(left), type(right)}
    if kinds <= READ or kinds <= CALCULATED:
        if sign == ">":
            return left > right
        if sign == ">=":
            return left >= right
        if sign == "<":
            return left < right
        return left <= right if sign == "<=" else left == right
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
    try:
        result = 0
        for sign, value in terms:
            if type(value) is float:
                value = Decimal(repr(value))
            elif type(value) is not int:
                break
            result = (_SUMS.add(result, value) if result else value) if sign > 0 else _SUMS.subtract(result, value)
        else:
            return result
    except Inexact:
        # A product of whole numbers may have any number of digits.
        pass
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
    factor, shift = _fraction(factor), _fraction(shift)
    return _fold([value], lambda ends: tuple(end * factor + shift for end in ends[0]))


# ---------------------------------------------------------------- dates


def _day(year, month, day):
    """Days since 1970-01-01 in the proleptic Gregorian calendar."""
    year -= month <= 2
    era, of_era = divmod(year, 400)
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468


@lru_cache(REMEMBERED)
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


@lru_cache(REMEMBERED)
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
    (y1, m1, d1), (y2, m2, d2) = _civil(start), _civil(end)
    # The last month is completed on the same day of it, or on its last day if it is shorter.
    months = (y2 - y1) * 12 + m2 - m1 - (d1 > d2 and d2 < _month_length(y2, m2))
    return months if unit == "months" else months // 12


def elapsed(unit, start, end):
    """Completed units between two dates."""
    if start is NOT_APPLICABLE or end is NOT_APPLICABLE:
        return NOT_APPLICABLE
    if start.day is not None and end.day is not None and AFTER_ALL not in (start.day, end.day):
        return _completed(unit, start.day, end.day)
    facts = _open(start) | _open(end)
    if isinstance(start, Unknown) or isinstance(end, Unknown) or AFTER_ALL in (start.first, start.last, end.first, end.last):
        return Unknown(facts)
    return _span(_completed(unit, start.last, end.first), _completed(unit, start.first, end.last), facts)


# Whether a day from start to end stands so to the anchor.
_HOLDS = {
    "before": lambda start, end, anchor, count, unit: start < anchor,
    "on-or-before": lambda start, end, anchor, count, unit: start <= anchor,
    "on": lambda start, end, anchor, count, unit: start <= anchor <= end,
    "on-or-after": lambda start, end, anchor, count, unit: anchor <= end,
    "after": lambda start, end, anchor, count, unit: anchor < end,
    "within-before": lambda start, end, anchor, count, unit: start <= anchor <= _add(end, count, unit),
    "within-after": lambda start, end, anchor, count, unit: anchor <= end and start <= _add(anchor, count, unit),
    "within-of": lambda start, end, anchor, count, unit: (
        anchor <= _add(end, count, unit) and start <= _add(anchor, count, unit)
    ),
    "less-than-before": lambda start, end, anchor, count, unit: start <= anchor < _add(end, count, unit),
    "less-than-after": lambda start, end, anchor, count, unit: anchor <= end and start < _add(anchor, count, unit),
    "at-least-before": lambda start, end, anchor, count, unit: _add(start, count, unit) <= anchor,
    "at-least-after": lambda start, end, anchor, count, unit: _add(anchor, count, unit) <= end,
    "more-than-before": lambda start, end, anchor, count, unit: _add(start, count, unit) < anchor,
    "more-than-after": lambda start, end, anchor, count, unit: _add(anchor, count, unit) < end,
}


def _lies(relation, start, end, anchor, facts):
    """The truth of it for partial dates, each of which may be any of its days."""
    name, count, unit = relation
    holds = _HOLDS[name]
    latest_start, earliest_end = min(start.last, end.last), max(end.first, start.first)
    sure = all(holds(latest_start, earliest_end, day, count, unit) for day in (anchor.first, anchor.last))
    if name in ("before", "on-or-before", "at-least-before", "more-than-before"):
        nearest = anchor.last
    elif name in ("on-or-after", "after", "at-least-after", "more-than-after"):
        nearest = anchor.first
    else:
        nearest = min(max(anchor.first, start.first), anchor.last) if anchor.first <= end.last else anchor.first
    return _truth(sure, holds(start.first, end.last, nearest, count, unit), facts)


def lies(date, relation, anchor):
    """How a date lies to an anchor; the relation is (name, count, unit)."""
    day, till = date.day, anchor.day
    if day is not None and till is not None:
        name, count, unit = relation
        return _HOLDS[name](day, day, till, count, unit)
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
    if type(members) is frozenset:
        return question(members)
    return members if isinstance(members, Unknown) else question(frozenset())


def has_any(members):
    return _ask(members, bool)


def has_any_of(members, *names):
    return _ask(members, lambda known: not known.isdisjoint(names))


def has_any_except(members, *names):
    return _ask(members, lambda known: bool(known.difference(names)))


def has_all_of(members, *names):
    return _ask(members, lambda known: known.issuperset(names))


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
    first, till = event.date.day, anchor.day
    last = event.end.day if event.lasting else first
    if first is not None and last is not None and till is not None:
        name, count, unit = relation
        return _HOLDS[name](first, last, till, count, unit)
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
            window = _in_window(event, relation, anchor)
            test = window if test is True else every(test, window)
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
    if isinstance(a, Days):
        return a.first == a.last == b.first == b.last
    return a == b if {type(a), type(b)} <= READ else _fraction(a) == _fraction(b)


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
        if not _is_writable(value):
            self.error(path, "out-of-range", "numbers lie below 10^21 and, unless zero, above its inverse")
        elif kind["whole"] and value != int(value):
            self.error(path, "wrong-type", f"expected {kind['expected']}, not a fraction")
        elif kind["range"] is not None and not _fraction(kind["range"][0]) <= _fraction(value) <= _fraction(kind["range"][1]):
            self.error(path, "out-of-range", "the number lies outside the plausible range")
        else:
            return value
        return Unknown(bit)

    def set(self, kind, values, path):
        known = set()
        for i, value in enumerate(values):
            if not isinstance(value, str):
                endless = isinstance(value, float) and not math.isfinite(value) or _is_endless(value)
                self.error(f"{path}[{i}]", "not-finite" if endless else "wrong-type", "a set holds members")
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


def _is_writable(value):
    """Whether a number lies in the range of numbers; 1e-21 is read and written as itself."""
    return 1e-21 <= value < 1e21 or value == 0 or -1e21 < value <= -1e-21


def _is_endless(value):
    if isinstance(value, int) and not isinstance(value, bool):
        try:
            float(value)
        except OverflowError:
            return True
    return False


def _parse_date(text, bit):
    """The days of a date, which may be a month or a year; None, if the calendar has none of it."""
    if len(text) == 10:
        return _parse_day(text)
    return _parse_partial(text, bit) if len(text) in (4, 7) else None


@lru_cache(REMEMBERED)
def _parse_day(text):
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    year, month, day = map(int, match.groups())
    if year == 0 or not 1 <= month <= 12 or not 1 <= day <= _month_length(year, month):
        return None
    return Days(_day(year, month, day), _day(year, month, day))


@lru_cache(REMEMBERED)
def _parse_partial(text, bit):
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    year, month = int(match[1]), match[2] and int(match[2])
    if year == 0 or month is not None and not 1 <= month <= 12:
        return None
    if month is None:
        return Days(_day(year, 1, 1), _day(year, 12, 31), bit)
    return Days(_day(year, month, 1), _day(year, month, _month_length(year, month)), bit)


def lab_part(value, part):
    """A part of a laboratory value."""
    return value[part] if isinstance(value, dict) else value


# What is not known of a subject of whom nothing is known.
_BLANK = {name: Unknown(1 << i) for i, (name, _) in enumerate(FACTS)}
_KINDS = {name: (kind, 1 << i) for i, (name, kind) in enumerate(FACTS)}


def _quick_number(kind):
    low, high = kind["range"] or (-math.inf, math.inf)
    if kind["whole"] or not {type(low), type(high)} <= READ:
        return lambda value: value if type(value) is int and -(2**53) < value < 2**53 and low <= value <= high else None

    def read(value):
        if type(value) is float:
            return value if low <= value <= high and (1e-21 <= value < 1e21 or _is_writable(value)) else None
        return value if type(value) is int and -(2**53) < value < 2**53 and low <= value <= high else None

    return read


def _quick_set(kind):
    members = frozenset(kind["members"])

    def read(values):
        if type(values) is not list:
            return None
        try:
            known = frozenset(values)
        except TypeError:
            return None
        return known if known <= members and len(known) == len(values) else None

    return read


def _quick_date(bit):
    def read(value):
        if type(value) is not str:
            return None
        return _parse_day(value) if len(value) == 10 else _parse_date(value, bit)

    return read


def _quick_lab(bit):
    number = _quick_number({"whole": False, "range": None})
    parts = {"value": number, "upper": number, "lower": number, "date": _quick_date(bit)}
    unknown = Unknown(bit)
    blank = dict.fromkeys(parts, unknown)

    def read(values):
        lab = _quick_parts(values, blank, parts)
        if lab is None:
            return None
        lower, upper = lab["lower"], lab["upper"]
        return None if lower is not unknown and upper is not unknown and lower > upper else lab

    return read


def _quick_events(kind, bit):
    unknown = Unknown(bit)
    if any(of["kind"] == "lab" for _, of in kind["attributes"]):
        return lambda values: None
    date = _quick_date(bit)
    parts = {name: _quick(of, bit) for name, of in kind["attributes"]}
    blank = dict.fromkeys(parts, unknown)
    lasting, ongoing = kind["lasting"], Days(AFTER_ALL, AFTER_ALL)

    def read(values):
        if type(values) is not list:
            return None
        events = []
        for value in values:
            if type(value) is not dict:
                return None
            rest = value.copy()
            start, end = rest.pop("date", None), rest.pop("end", None) if lasting else None
            start = unknown if start is None else date(start)
            end = unknown if end is None else ongoing if end == "ongoing" else date(end)
            attributes = _quick_parts(rest, blank, parts) if rest else blank
            if start is None or end is None or attributes is None:
                return None
            known = start is not unknown and end is not unknown and end is not ongoing
            if known and end.last < start.first:
                return None
            events.append(Event(start, end, lasting, bit, attributes))
        return events

    return read


def _quick(kind, bit):
    """What reads a value of the type if nothing about it is unusual, and gives None if something may be wrong."""
    name = kind["kind"]
    if name == "boolean":
        return bool
    if name == "number":
        return _quick_number(kind)
    if name == "member":
        members = frozenset(kind["members"])
        return lambda value: value if type(value) is str and value in members else None
    if name == "set":
        return _quick_set(kind)
    if name == "date":
        return _quick_date(bit)
    return _quick_lab(bit) if name == "lab" else _quick_events(kind, bit)


def _quick_parts(values, blank, parts):
    """The parts of an object, each by what reads it; None, if one of them may be wrong."""
    if type(values) is not dict:
        return None
    known = blank.copy()
    for key, value in values.items():
        read = parts.get(key)
        if read is None:
            return None
        if read is bool and (value is True or value is False):
            known[key] = value
        elif value is not None:
            value = None if read is bool else read(value)
            if value is None:
                return None
            known[key] = value
    return known


_QUICK = {name: _quick(kind, bit) for name, (kind, bit) in _KINDS.items()}


def _read(record):
    """The values of a record by fact, and what is wrong with it."""
    values = _quick_parts(record, _BLANK, _QUICK)
    if values is not None and not _settle(values):
        return values, []
    reader = _Reader()
    values = _BLANK.copy()
    if not isinstance(record, dict):
        reader.error("$", "record-not-object", "a record is an object with one key for each fact")
        return values, reader.errors
    for key, value in record.items():
        if key in _KINDS:
            kind, bit = _KINDS[key]
            values[key] = reader.value(kind, value, _step("$", key), bit)
        else:
            reader.error(_step("$", key), "undeclared-key", f"the protocol declares no `{key}`")
    if reader.errors:
        return values, reader.errors
    for name in _settle(values):
        reader.error(_step("$", name), "does-not-apply", f"`{name}` does not apply to this subject, so it carries null, false or []")
    return values, reader.errors


def _settle(values):
    """Settles which facts apply; those that carry something although they do not, in order of declaration."""
    late = []
    for name, when in WHENS:
        applies = when(values)
        value = values[name]
        if applies is False:
            if not isinstance(value, Unknown) and value is not False and value != frozenset() and value != []:
                late.append((_KINDS[name][1], name))
            values[name] = NOT_APPLICABLE
        elif isinstance(value, Unknown):
            values[name] = Unknown(value.facts | _open(applies))
    return [name for _, name in sorted(late)]


# ---------------------------------------------------------------- reports


def _names(facts):
    names = []
    while facts:
        lowest = facts & -facts
        names.append(FACTS[lowest.bit_length() - 1][0])
        facts ^= lowest
    return names


def _verdict(outcomes):
    """The verdict of outcomes, and the facts that keep it open."""
    if False in outcomes:
        return "ineligible", 0
    facts, verdict = 0, "eligible"
    for outcome in outcomes:
        if outcome is not True:
            facts, verdict = facts | outcome.facts, "undetermined"
    return verdict, facts


def check(record):
    """What the protocol says of a subject record: a dict as JSON carries it."""
    values, errors = _read(record)
    if errors:
        return {**HEADER, "invalid": errors}
    outcomes, words = [], {}
    for name, _, passes in CRITERIA:
        outcome = passes(values)
        outcomes.append(outcome)
        words[name] = "pass" if outcome is True else "fail" if outcome is False else "unknown"
    contradicts = [name for name, holds in ASSUMPTIONS if holds(values) is False]
    verdict, facts = _verdict(outcomes)
    report = {**HEADER, "verdict": verdict, "missing": _names(facts), "criteria": words}
    if ARMS:
        report |= _by_arm(outcomes, words)
    report["attested"] = ATTESTED.copy()
    report["contradicts"] = contradicts
    return report


def _by_arm(outcomes, words):
    """The best verdict of the arms, and that of each, by the criteria that are for it."""
    arms, best, facts = {}, "ineligible", 0
    for arm in ARMS:
        own = [of is None or arm in of for _, of, _ in CRITERIA]
        verdict, open_facts = _verdict([outcome for outcome, is_own in zip(outcomes, own) if is_own])
        facts |= open_facts
        best = max(best, verdict, key=("ineligible", "undetermined", "eligible").index)
        named = {name: word if is_own else "not_applicable" for (name, word), is_own in zip(words.items(), own)}
        arms[arm] = {"verdict": verdict, "missing": _names(open_facts), "criteria": named}
    return {"verdict": best, "missing": _names(facts) if best == "undetermined" else [], "arms": arms}


def _whole(digits):
    # No double holds a number of so many digits.
    return int(digits) if len(digits) < 400 else math.inf


def _refuse(constant):
    raise ValueError(f"`{constant}` is no number")


_WHOLE_ESCAPES = re.compile(r"\\\\|\\u[dD][89abAB]..\\u[dD][c-fC-F]..")
_HALF_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")


def _parsed(text):
    record = json.loads(text, parse_constant=_refuse, parse_int=_whole)
    # Half of a surrogate pair is no character, though Python lets a string hold one.
    if _HALF_ESCAPE.search(_WHOLE_ESCAPES.sub(" ", text)):
        raise ValueError("an escape is half a character")
    return record


def main():
    """Reads NDJSON records from standard input and writes a report for each."""
    for line in sys.stdin:
        if line.strip():
            try:
                report = check(_parsed(line))
            except (ValueError, RecursionError) as error:
                message = f"the text is no JSON: {error}"
                report = {**HEADER, "invalid": [{"path": "$", "code": "record-syntax", "message": message}]}
            print(json.dumps(report, separators=(",", ":")))


if __name__ == "__main__":
    main()
