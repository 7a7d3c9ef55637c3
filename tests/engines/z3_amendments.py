"""What an amendment does, asked of z3: an oracle that shares nothing with lind but its protocol.json.

Reads lines of {"before": protocol, "after": protocol}; writes for each {"change", "transitions", "seconds"}.
Covers facts of every type but events, dates to the day, distances in days, durations in days and weeks. The two versions record the
same facts.
"""

import datetime
import json
import sys
import time
from fractions import Fraction

import z3

TRUE, FALSE = z3.BoolVal(True), z3.BoolVal(False)


def day(text):
    return datetime.date.fromisoformat(text).toordinal()


def number(value):
    fraction = Fraction(str(value))
    return z3.Q(fraction.numerator, fraction.denominator)


class Subject:
    """A symbolic record: for each fact whether it is known, and what it says."""

    def __init__(self, facts):
        self.facts = {fact["name"]: fact for fact in facts}
        self.known, self.value, self.laws = {}, {}, []
        for name, fact in self.facts.items():
            self.known[name] = z3.Bool(f"known {name}")
            self.value[name] = self.make(name, fact["type"])

    def make(self, name, ty):
        kind = ty["kind"]
        if kind in ("boolean", "attested"):
            return z3.Bool(name)
        if kind in ("one-of", "scale"):
            value = z3.Int(name)
            self.laws += [value >= 0, value < len(ty["members"])]
            return value
        if kind == "set-of":
            return [z3.Bool(f"{name} {member}") for member in ty["members"]]
        if kind == "lab":
            parts = {part: z3.Real(f"{name} {part}") for part in ("value", "upper", "lower")}
            known = {part: z3.Bool(f"known {name} {part}") for part in parts}
            self.laws.append(z3.Implies(z3.And(known["upper"], known["lower"]), parts["lower"] <= parts["upper"]))
            return known, parts
        if kind == "date":
            value = z3.Int(name)
            self.laws += [value >= 1, value <= day("9999-12-31")]
            return value
        value = z3.Int(name) if kind == "integer" else z3.Real(name)
        if "range" in ty:
            low, high = map(number, ty["range"])
            self.laws += [value >= low, value <= high]
        return value

    def parts_known(self, name):
        if self.facts[name]["type"]["kind"] == "lab":
            return list(self.value[name][0].values())
        return [self.known[name]]


class Version:
    """A protocol over a subject. Every test becomes two formulas: when it is true, and when it is false."""

    def __init__(self, protocol, subject):
        self.subject = subject
        self.defines = {define["name"]: define for define in protocol["defines"]}
        self.criteria = [self.criterion(criterion) for criterion in protocol["criteria"]]
        self.eligible = z3.And([t for t, _ in self.criteria])
        self.ineligible = z3.Or([f for _, f in self.criteria])

    def criterion(self, criterion):
        t, f = self.test(criterion["test"])
        if criterion["kind"] == "exclude":
            t, f = f, t
        if "unless" in criterion:
            ut, uf = self.test(criterion["unless"])
            t, f = z3.Or(t, ut), z3.And(f, uf)
        return t, f

    def absent(self, name):
        """When the fact does not apply."""
        when = self.subject.facts[name].get("when")
        return self.test(when)[1] if when else FALSE

    def valid(self):
        """A fact that does not apply carries nothing."""
        laws = []
        for name, fact in self.subject.facts.items():
            if "when" not in fact:
                continue
            known, value = self.subject.known[name], self.subject.value[name]
            if fact["type"]["kind"] == "set-of":
                carries = z3.And(known, z3.Or(value))
            elif fact["type"]["kind"] == "boolean":
                carries = z3.And(known, value)
            else:
                carries = z3.Or(self.subject.parts_known(name))
            laws.append(z3.Implies(self.absent(name), z3.Not(carries)))
        return laws

    def complete(self):
        return [z3.Or(self.absent(name), *([z3.And(self.subject.parts_known(name))])) for name in self.subject.facts]

    def both(self, parts):
        return z3.And([t for t, _ in parts]), z3.Or([f for _, f in parts])

    def test(self, test):
        op = test["op"]
        if op == "define":
            return self.test(self.defines[test["name"]]["test"])
        if op == "not":
            t, f = self.test(test["of"])
            return f, t
        if op == "and":
            return self.both([self.test(part) for part in test["of"]])
        if op == "or":
            f, t = self.both([self.test(part)[::-1] for part in test["of"]])
            return t, f
        if op == "if":
            (ct, cf), (xt, xf), (yt, yf) = (self.test(test[part]) for part in ("condition", "then", "else"))
            return (
                z3.Or(z3.And(ct, xt), z3.And(cf, yt), z3.And(xt, yt)),
                z3.Or(z3.And(ct, xf), z3.And(cf, yf), z3.And(xf, yf)),
            )
        if op in ("at-least", "at-most", "exactly"):
            parts = [self.test(part) for part in test["of"]]
            sure = z3.Sum([z3.If(t, 1, 0) for t, _ in parts])
            possible = z3.Sum([z3.If(f, 0, 1) for _, f in parts])
            k = test["count"]
            return {
                "at-least": (sure >= k, possible < k),
                "at-most": (possible <= k, sure > k),
                "exactly": (z3.And(sure == k, possible == k), z3.Or(sure > k, possible < k)),
            }[op]
        return self.atom(test)

    def atom(self, test):
        op = test["op"]
        if op == "is":
            name = test["place"]
            known, value, absent = self.subject.known[name], self.subject.value[name], self.absent(name)
            return z3.And(known, value, z3.Not(absent)), z3.Or(absent, z3.And(known, z3.Not(value)))
        if op == "member":
            name = test["value"]["place"]
            members = self.subject.facts[name]["type"]["members"]
            holds = z3.Or([self.subject.value[name] == members.index(member) for member in test["in"]])
            return self.decided(self.absent(name), self.subject.known[name], holds)
        if op.startswith("has"):
            name = test["set"]["place"]
            members, value = self.subject.facts[name]["type"]["members"], self.subject.value[name]
            wanted = [value[members.index(member)] for member in test.get("members", [])]
            rest = [lit for member, lit in zip(members, value) if member not in test.get("members", [])]
            holds = {
                "has-any": z3.Or(value),
                "has-any-of": z3.Or(wanted),
                "has-any-except": z3.Or(rest),
                "has-all-of": z3.And(wanted),
            }[op]
            return self.decided(self.absent(name), self.subject.known[name], holds)
        if op == "compare":
            (a_absent, a_known, a), (b_absent, b_known, b) = self.num(test["left"]), self.num(test["right"])
            holds = {"=": a == b, "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[test["sign"]]
            return self.decided(z3.Or(a_absent, b_absent), z3.And(a_known, b_known), holds)
        if op == "date":
            (d_absent, d_known, d), (a_absent, a_known, a) = self.date(test["date"]), self.date(test["anchor"])
            holds = relation(test["relation"], test.get("distance"), d, a)
            return self.decided(z3.Or(d_absent, a_absent), z3.And(d_known, a_known), holds)
        raise NotImplementedError(op)

    @staticmethod
    def decided(absent, known, holds):
        return (
            z3.And(known, z3.Not(absent), holds),
            z3.Or(absent, z3.And(known, z3.Not(holds))),
        )

    def num(self, num):
        """When it does not apply, when it is known, and what it is."""
        if "literal" in num:
            return FALSE, TRUE, number(num["literal"])
        if "define" in num:
            return self.num(self.defines[num["define"]]["number"])
        if "place" in num:
            name = num["place"]
            if "part" in num:
                known, parts = self.subject.value[name]
                return self.absent(name), known[num["part"]], parts[num["part"]]
            if self.subject.facts[name]["type"]["kind"] == "lab":
                known, parts = self.subject.value[name]
                return self.absent(name), known["value"], parts["value"]
            return self.absent(name), self.subject.known[name], z3.ToReal(self.subject.value[name]) if z3.is_int(
                self.subject.value[name]
            ) else self.subject.value[name]
        op = num["op"]
        if op in ("sum", "product"):
            absent, known, total = [], [], None
            for term in num["of"]:
                inverse = "minus" in term or "over" in term
                own_absent, own_known, value = self.num(term.get("minus") or term.get("over") or term)
                absent.append(own_absent)
                known.append(own_known)
                if op == "product" and inverse:
                    known.append(value != 0)
                if total is None:
                    total = (z3.RealVal(0) - value if op == "sum" else 1 / value) if inverse else value
                elif op == "sum":
                    total = total - value if inverse else total + value
                else:
                    total = total / value if inverse else total * value
            return z3.Or(absent), z3.And(known), total
        if op == "convert":
            absent, known, value = self.num(num["of"])
            return absent, known, value * number(num["factor"]) + number(num["shift"])
        if op == "rank":
            name = num["value"]["place"]
            return self.absent(name), self.subject.known[name], z3.ToReal(self.subject.value[name])
        if op == "size":
            name = num["set"]["place"]
            absent = self.absent(name)
            size = z3.Sum([z3.If(z3.And(lit, z3.Not(absent)), 1, 0) for lit in self.subject.value[name]])
            return FALSE, z3.Or(absent, self.subject.known[name]), z3.ToReal(size)
        if op == "elapsed" and num["unit"] in ("days", "weeks"):
            (a_absent, a_known, a), (b_absent, b_known, b) = self.date(num["from"]), self.date(num["to"])
            # Division of whole numbers rounds down here.
            count = b - a if num["unit"] == "days" else (b - a) / z3.IntVal(7)
            return z3.Or(a_absent, b_absent), z3.And(a_known, b_known), z3.ToReal(count)
        raise NotImplementedError(op)

    def date(self, date):
        if "literal" in date:
            return FALSE, TRUE, z3.IntVal(day(date["literal"]))
        name = date["place"]
        return self.absent(name), self.subject.known[name], self.subject.value[name]


def relation(name, distance, d, a):
    n = distance["count"] if distance else 0
    assert not distance or distance["unit"] == "days"
    return {
        "before": d < a,
        "on-or-before": d <= a,
        "on": d == a,
        "on-or-after": d >= a,
        "after": d > a,
        "within-before": z3.And(d <= a, a <= d + n),
        "within-after": z3.And(a <= d, d <= a + n),
        "within-of": z3.And(d - a <= n, a - d <= n),
        "less-than-before": z3.And(d <= a, a < d + n),
        "less-than-after": z3.And(a <= d, d < a + n),
        "at-least-before": d + n <= a,
        "at-least-after": a + n <= d,
        "more-than-before": d + n < a,
        "more-than-after": a + n < d,
    }[name]


WORDS = {
    (False, False, True): "equivalent",
    (False, True, True): "widened",
    (True, False, True): "narrowed",
    (True, True, True): "shifted",
    (True, True, False): "disjoint",
    (True, False, False): "emptied",
    (False, True, False): "opened",
    (False, False, False): "empty",
}


def compare(before, after):
    subject = Subject(before["facts"])
    old, new = Version(before, subject), Version(after, subject)
    solver = z3.Solver()
    solver.add(subject.laws + old.valid())

    def possible(*formulas):
        solver.push()
        solver.add(*formulas)
        answer = solver.check()
        solver.pop()
        assert answer != z3.unknown
        return answer == z3.sat

    complete = old.complete()
    change = WORDS[
        possible(*complete, old.eligible, z3.Not(new.eligible)),
        possible(*complete, z3.Not(old.eligible), new.eligible),
        possible(*complete, old.eligible, new.eligible),
    ]

    def verdicts(version):
        neither = z3.And(z3.Not(version.eligible), z3.Not(version.ineligible))
        return {"eligible": version.eligible, "undetermined": neither, "ineligible": version.ineligible}

    transitions = [
        f"{a} -> {b}" for a, was in verdicts(old).items() for b, now in verdicts(new).items() if a != b and possible(was, now)
    ]
    return change, transitions


def main():
    for line in sys.stdin:
        pair = json.loads(line)
        start = time.perf_counter()
        change, transitions = compare(pair["before"], pair["after"])
        seconds = time.perf_counter() - start
        print(json.dumps({"change": change, "transitions": sorted(transitions), "seconds": seconds}), flush=True)


main()
