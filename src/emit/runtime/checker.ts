// ---------------------------------------------------------------- how it works
//
// A test is true, false, or Unknown; logic is strong Kleene. A value is known,
// Unknown, or notApplicable; a test over what does not apply is false. Unknown
// carries the facts that keep it open, one bit each, so that a report can name
// them. Numbers are exact. A double stands for the shortest decimal that reads
// back as it, as JSON writes it; where that is not enough there is a Ratio.

/** A test or value that is not known, and the facts that keep it open. */
class Unknown {
    readonly facts: bigint;

    constructor(facts: bigint) {
        this.facts = facts;
    }
}

/** Stands where a fact does not apply. */
const notApplicable: unique symbol = Symbol("not applicable");

export type Truth = boolean | Unknown;
export type Value<T> = T | Unknown | typeof notApplicable;

/** A fraction of whole numbers, the denominator positive. */
class Ratio {
    readonly n: bigint;
    readonly d: bigint;

    constructor(n: bigint, d: bigint) {
        this.n = n;
        this.d = d;
    }
}

type Exact = number | Ratio;

/** Numbers from low to high, of which one is meant. */
class Span {
    readonly low: Exact;
    readonly high: Exact;
    readonly facts: bigint;

    constructor(low: Exact, high: Exact, facts: bigint) {
        this.low = low;
        this.high = high;
        this.facts = facts;
    }
}

type Num = Exact | Span;

/** A date that lies between two days; where they differ, facts keep it open. */
class Days {
    readonly first: number;
    readonly last: number;
    readonly facts: bigint;

    constructor(first: number, last: number, facts: bigint) {
        this.first = first;
        this.last = last;
        this.facts = first === last ? 0n : facts;
    }
}

/** A laboratory value. */
type Lab = { value: Value<Num>; upper: Value<Num>; lower: Value<Num>; date: Value<Days> };

/** One entry of a list of events. Its facts are the bit of the list. */
type Event<A> = { date: Value<Days>; end: Value<Days>; readonly lasting: boolean; readonly facts: bigint; readonly attributes: A };

const BEFORE_ALL = -1e9;
const AFTER_ALL = 1e9;

const UNKNOWN: readonly Unknown[] = FACTS.map((_, i) => new Unknown(1n << BigInt(i)));

/** That a fact, by its place among the facts, is not known. */
function unknown(fact: number): Unknown {
    return UNKNOWN[fact] ?? new Unknown(1n << BigInt(fact));
}

function isKnown<T>(value: Value<T>): value is T {
    return value !== notApplicable && !(value instanceof Unknown);
}

/** The facts that keep a value from being exact. */
function open(value: unknown): bigint {
    return value instanceof Unknown || value instanceof Span || value instanceof Days ? value.facts : 0n;
}

function truth(sure: boolean, possible: boolean, facts: () => bigint): Truth {
    return sure || (possible && new Unknown(facts()));
}

// ---------------------------------------------------------------- tests of tests

/** A boolean as a test. */
function isTrue(value: Value<boolean>): Truth {
    return value === notApplicable ? false : value;
}

function negate(test: Truth): Truth {
    return typeof test === "boolean" ? !test : test;
}

function every(...tests: Truth[]): Truth {
    return join(tests, false);
}

function either(...tests: Truth[]): Truth {
    return join(tests, true);
}

/** One decisive test decides; else one that is unknown leaves it open. */
function join(tests: readonly Truth[], decisive: boolean): Truth {
    let facts: bigint | undefined;
    for (const test of tests) {
        if (test === decisive) return decisive;
        if (test instanceof Unknown) facts = (facts ?? 0n) | test.facts;
    }
    return facts === undefined ? !decisive : new Unknown(facts);
}

/** A definition, evaluated once for each subject. */
function once<T>(define: (s: Subject) => T): (s: Subject) => T {
    let last: { readonly s: Subject; readonly value: T } | undefined;
    return (s) => {
        if (last === undefined || last.s !== s) last = { s, value: define(s) };
        return last.value;
    };
}

/** If ... then ... else ...: where the condition is unknown, what both branches share. */
function choose(condition: Truth, then: Truth, otherwise: Truth): Truth {
    if (condition === true) return then;
    if (condition === false) return otherwise;
    if (typeof then === "boolean" && then === otherwise) return then;
    return new Unknown(condition.facts | open(then) | open(otherwise));
}

function someOf(how: "at-least" | "at-most" | "exactly", wanted: number, ...tests: Truth[]): Truth {
    const sure = tests.filter((test) => test === true).length;
    const possible = tests.filter((test) => test !== false).length;
    const facts = () => tests.reduce((facts, test) => facts | open(test), 0n);
    if (how === "at-least") return truth(sure >= wanted, possible >= wanted, facts);
    if (how === "at-most") return truth(possible <= wanted, sure <= wanted, facts);
    return truth(sure === wanted && possible === wanted, sure <= wanted && wanted <= possible, facts);
}

// ---------------------------------------------------------------- numbers

function ratio(x: Exact): Ratio {
    if (typeof x !== "number") return x;
    if (Number.isSafeInteger(x)) return new Ratio(BigInt(x), 1n);
    const [digits = "", exponent = "0"] = String(x).split("e");
    const [whole = "", fraction = ""] = digits.split(".");
    const power = Number(exponent) - fraction.length;
    const n = BigInt(whole + fraction);
    return power < 0 ? new Ratio(n, 10n ** BigInt(-power)) : new Ratio(n * 10n ** BigInt(power), 1n);
}

/** Below, at or above zero as a is less than, equal to or greater than b. */
function order(a: Exact, b: Exact): number {
    // What rounds to one double lies apart from what rounds to another, so shortest decimals are
    // ordered as their doubles are.
    if (typeof a === "number" && typeof b === "number") return a < b ? -1 : a > b ? 1 : 0;
    const [x, y] = [ratio(a), ratio(b)];
    const [left, right] = [x.n * y.d, y.n * x.d];
    return left < right ? -1 : left > right ? 1 : 0;
}

/** A result in doubles, if it and what it came from are whole numbers that doubles hold exactly. */
function small(result: number, a: Exact, b: Exact): boolean {
    return Number.isSafeInteger(result) && Number.isSafeInteger(a) && Number.isSafeInteger(b);
}

/** A sum of two decimals of which a double holds each and the sum in fifteen digits: no other decimal is so short. */
function shortSum(a: number, b: number): number | undefined {
    for (let scale = 10; scale <= 1e6; scale *= 10) {
        const [x, y] = [Math.round(a * scale), Math.round(b * scale)];
        if (Math.abs(x) >= 1e15 || Math.abs(y) >= 1e15 || Math.abs(x + y) >= 1e15) return undefined;
        if (x / scale === a && y / scale === b) return (x + y) / scale;
    }
    return undefined;
}

function add(a: Exact, b: Exact): Exact {
    if (typeof a === "number" && typeof b === "number") {
        const sum = small(a + b, a, b) ? a + b : shortSum(a, b);
        if (sum !== undefined) return sum;
    }
    const [x, y] = [ratio(a), ratio(b)];
    // Decimals share a denominator; without this a long sum would multiply them all.
    if (x.d % y.d === 0n) return new Ratio(x.n + y.n * (x.d / y.d), x.d);
    if (y.d % x.d === 0n) return new Ratio(x.n * (y.d / x.d) + y.n, y.d);
    return new Ratio(x.n * y.d + y.n * x.d, x.d * y.d);
}

function minus(a: Exact): Exact {
    return typeof a === "number" ? -a : new Ratio(-a.n, a.d);
}

function multiply(a: Exact, b: Exact): Exact {
    if (typeof a === "number" && typeof b === "number" && small(a * b, a, b)) return a * b;
    const [x, y] = [ratio(a), ratio(b)];
    return new Ratio(x.n * y.n, x.d * y.d);
}

/** One divided by a number that is not zero. */
function inverse(a: Exact): Ratio {
    const x = ratio(a);
    return x.n < 0n ? new Ratio(-x.d, -x.n) : new Ratio(x.d, x.n);
}

function low(value: Num): Exact {
    return value instanceof Span ? value.low : value;
}

function high(value: Num): Exact {
    return value instanceof Span ? value.high : value;
}

function span(low: Exact, high: Exact, facts: bigint): Num {
    return order(low, high) === 0 ? low : new Span(low, high, facts);
}

type Sign = "=" | "<" | "<=" | ">" | ">=";

function compare(left: Value<Num>, sign: Sign, right: Value<Num>): Truth {
    if (left === notApplicable || right === notApplicable) return false;
    const facts = () => open(left) | open(right);
    if (left instanceof Unknown || right instanceof Unknown) return new Unknown(facts());
    // The greatest left against the least right, and the least left against the greatest right.
    const most = order(high(left), low(right));
    const least = left instanceof Span || right instanceof Span ? order(low(left), high(right)) : most;
    switch (sign) {
        case "<": return truth(most < 0, least < 0, facts);
        case "<=": return truth(most <= 0, least <= 0, facts);
        case ">": return truth(least > 0, most > 0, facts);
        case ">=": return truth(least >= 0, most >= 0, facts);
        case "=": return truth(most === 0 && least === 0, least <= 0 && most >= 0, facts);
    }
}

/** A calculation over numbers that are all known. */
function fold(values: readonly Value<Num>[], calculate: (known: readonly Num[], facts: bigint) => Value<Num>): Value<Num> {
    if (values.some((value) => value === notApplicable)) return notApplicable;
    const facts = values.reduce((facts: bigint, value) => facts | open(value), 0n);
    const known = values.filter(isKnown);
    return known.length < values.length ? new Unknown(facts) : calculate(known, facts);
}

/** A sum of numbers, each with its sign. */
function total(...terms: readonly (readonly [1 | -1, Value<Num>])[]): Value<Num> {
    return fold(terms.map(([, value]) => value), (known, facts) => {
        let [least, most]: [Exact, Exact] = [0, 0];
        known.forEach((value, i) => {
            const negative = terms[i]?.[0] === -1;
            least = add(least, negative ? minus(high(value)) : low(value));
            most = add(most, negative ? minus(low(value)) : high(value));
        });
        return span(least, most, facts);
    });
}

/** A product of numbers, each with its power; by zero nothing is divided. */
function product(...terms: readonly (readonly [1 | -1, Value<Num>])[]): Value<Num> {
    return fold(terms.map(([, value]) => value), (known, facts) => {
        let [least, most]: [Exact, Exact] = [1, 1];
        for (const [i, value] of known.entries()) {
            let [from, to] = [low(value), high(value)];
            if (terms[i]?.[0] === -1) {
                if (order(from, 0) <= 0 && order(to, 0) >= 0) return new Unknown(facts);
                [from, to] = [inverse(to), inverse(from)];
            }
            const corners: Exact[] = [multiply(least, from), multiply(least, to), multiply(most, from), multiply(most, to)];
            least = corners.reduce((a, b) => (order(a, b) <= 0 ? a : b));
            most = corners.reduce((a, b) => (order(a, b) >= 0 ? a : b));
        }
        return span(least, most, facts);
    });
}

function convert(value: Value<Num>, factor: Exact, shift: Exact): Value<Num> {
    const convertOne = (x: Exact) => add(multiply(x, factor), shift);
    return fold([value], ([known = 0], facts) => span(convertOne(low(known)), convertOne(high(known)), facts));
}

// ---------------------------------------------------------------- dates

type Unit = "years" | "months" | "weeks" | "days";

/** A kind of relation, and the distance in those that have one. */
type Relation = readonly [kind: string, count: number, unit: Unit];

/** Days since 1970-01-01 in the proleptic Gregorian calendar. */
function dayOf(year: number, month: number, day: number): number {
    const y = month <= 2 ? year - 1 : year;
    const era = Math.floor(y / 400);
    const ofEra = y - era * 400;
    const ofYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
    return era * 146097 + ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - 719468;
}

/** Year, month and day of the month. */
function civil(day: number): [number, number, number] {
    const era = Math.floor((day + 719468) / 146097);
    const ofEra = day + 719468 - era * 146097;
    const year = Math.floor((ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36524) - Math.floor(ofEra / 146096)) / 365);
    const ofYear = ofEra - (365 * year + Math.floor(year / 4) - Math.floor(year / 100));
    const shifted = Math.floor((5 * ofYear + 2) / 153);
    const ofMonth = ofYear - Math.floor((153 * shifted + 2) / 5) + 1;
    const month = shifted < 10 ? shifted + 3 : shifted - 9;
    return [year + era * 400 + (month <= 2 ? 1 : 0), month, ofMonth];
}

function monthLength(year: number, month: number): number {
    if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
    return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** The day so far after another, clamped to the end of its month. */
function later(day: number, count: number, unit: Unit): number {
    if (day <= BEFORE_ALL || day >= AFTER_ALL) return day;
    if (unit === "days") return day + count;
    if (unit === "weeks") return day + 7 * count;
    const [year, month, ofMonth] = civil(day);
    const months = year * 12 + month - 1 + count * (unit === "years" ? 12 : 1);
    const [y, m] = [Math.floor(months / 12), months - Math.floor(months / 12) * 12 + 1];
    return dayOf(y, m, Math.min(ofMonth, monthLength(y, m)));
}

function completed(unit: Unit, start: number, end: number): number {
    if (unit === "days") return end - start;
    if (unit === "weeks") return Math.floor((end - start) / 7);
    const [y1, m1, d1] = civil(start);
    const [y2, m2, d2] = civil(end);
    // The last month is completed on the same day of it, or on its last day if it is shorter.
    const months = (y2 - y1) * 12 + m2 - m1 - (d1 > d2 && d2 < monthLength(y2, m2) ? 1 : 0);
    return unit === "years" ? Math.floor(months / 12) : months;
}

/** Completed units between two dates. */
function elapsed(unit: Unit, start: Value<Days>, end: Value<Days>): Value<Num> {
    if (start === notApplicable || end === notApplicable) return notApplicable;
    const facts = open(start) | open(end);
    if (start instanceof Unknown || end instanceof Unknown) return new Unknown(facts);
    const isDay = start.first === start.last && end.first === end.last;
    if (isDay && start.first !== AFTER_ALL && end.first !== AFTER_ALL) return completed(unit, start.first, end.first);
    // There is no duration up to a day that has not come.
    if ([start.first, start.last, end.first, end.last].includes(AFTER_ALL)) return new Unknown(facts);
    return span(completed(unit, start.last, end.first), completed(unit, start.first, end.last), facts);
}

/** Whether a day from start to end stands so to the anchor. */
function holds([kind, count, unit]: Relation, start: number, end: number, anchor: number): boolean {
    switch (kind) {
        case "before": return start < anchor;
        case "on-or-before": return start <= anchor;
        case "on": return start <= anchor && anchor <= end;
        case "on-or-after": return anchor <= end;
        case "after": return anchor < end;
        case "within-before": return start <= anchor && anchor <= later(end, count, unit);
        case "within-after": return anchor <= end && start <= later(anchor, count, unit);
        case "within-of": return anchor <= later(end, count, unit) && start <= later(anchor, count, unit);
        case "less-than-before": return start <= anchor && anchor < later(end, count, unit);
        case "less-than-after": return anchor <= end && start < later(anchor, count, unit);
        case "at-least-before": return later(start, count, unit) <= anchor;
        case "at-least-after": return later(anchor, count, unit) <= end;
        case "more-than-before": return later(start, count, unit) < anchor;
        default: return later(anchor, count, unit) < end;
    }
}

/** The truth of it for partial dates, each of which may be any of its days. */
function stands(relation: Relation, start: Days, end: Days, anchor: Days, facts: () => bigint): Truth {
    const isDay = start.first === start.last && end.first === end.last && anchor.first === anchor.last;
    if (isDay && start.first <= end.first) return holds(relation, start.first, end.first, anchor.first);
    const latestStart = Math.min(start.last, end.last);
    const earliestEnd = Math.max(end.first, start.first);
    const sure = holds(relation, latestStart, earliestEnd, anchor.first) && holds(relation, latestStart, earliestEnd, anchor.last);
    let nearest = anchor.first;
    switch (relation[0]) {
        case "before": case "on-or-before": case "at-least-before": case "more-than-before":
            nearest = anchor.last;
            break;
        case "on": case "within-before": case "within-after": case "within-of": case "less-than-before": case "less-than-after":
            if (anchor.first <= end.last) nearest = Math.min(Math.max(anchor.first, start.first), anchor.last);
    }
    return truth(sure, holds(relation, start.first, end.last, nearest), facts);
}

/** How a date lies to an anchor. */
function lies(date: Value<Days>, relation: Relation, anchor: Value<Days>): Truth {
    if (date === notApplicable || anchor === notApplicable) return false;
    const facts = () => open(date) | open(anchor);
    if (date instanceof Unknown || anchor instanceof Unknown) return new Unknown(facts());
    return stands(relation, date, date, anchor, facts);
}

// ---------------------------------------------------------------- members, sets and labs

function isIn(value: Value<string>, ...names: string[]): Truth {
    if (value === notApplicable) return false;
    return value instanceof Unknown ? value : names.includes(value);
}

function rank(value: Value<string>, ...members: string[]): Value<Num> {
    return isKnown(value) ? members.indexOf(value) : value;
}

const NOTHING: ReadonlySet<string> = new Set();

function ask<T>(members: Value<ReadonlySet<string>>, question: (known: ReadonlySet<string>) => T): T | Unknown {
    if (members instanceof Unknown) return members;
    return question(members === notApplicable ? NOTHING : members);
}

function hasAny(members: Value<ReadonlySet<string>>): Truth {
    return ask(members, (known) => known.size > 0);
}

function hasAnyOf(members: Value<ReadonlySet<string>>, ...names: string[]): Truth {
    return ask(members, (known) => names.some((name) => known.has(name)));
}

function hasAnyExcept(members: Value<ReadonlySet<string>>, ...names: string[]): Truth {
    return ask(members, (known) => [...known].some((name) => !names.includes(name)));
}

function hasAllOf(members: Value<ReadonlySet<string>>, ...names: string[]): Truth {
    return ask(members, (known) => names.every((name) => known.has(name)));
}

function size(members: Value<ReadonlySet<string>>): Value<Num> {
    return ask(members, (known) => known.size);
}

/** A part of a laboratory value. */
function labPart<K extends keyof Lab>(value: Value<Lab>, part: K): Lab[K] | Unknown | typeof notApplicable {
    return isKnown(value) ? value[part] : value;
}

// ---------------------------------------------------------------- events

/** Events that are selected, surely (true) or possibly (Unknown). */
type Selected<A> = readonly (readonly [Event<A>, Truth])[];

function isLoose(days: Value<Days>): boolean {
    return !isKnown(days) || days.first !== days.last;
}

function inWindow<A>(event: Event<A>, relation: Relation, anchor: Days | Unknown): Truth {
    const facts = () => open(anchor) | (isLoose(event.date) || (event.lasting && isLoose(event.end)) ? event.facts : 0n);
    if (anchor instanceof Unknown) return new Unknown(facts());
    const start = isKnown(event.date) ? event.date : new Days(BEFORE_ALL, AFTER_ALL, event.facts);
    if (!event.lasting) return stands(relation, start, start, anchor, facts);
    const end = isKnown(event.end) ? event.end : new Days(start.first, AFTER_ALL, event.facts);
    return stands(relation, start, end, anchor, facts);
}

function select<A>(
    events: Value<readonly Event<A>[]>,
    condition?: (event: Event<A>) => Truth,
    relation?: Relation,
    anchor?: Value<Days>,
): Selected<A> | Unknown {
    // A window over what does not apply is false of every event.
    if (events === notApplicable || anchor === notApplicable) return [];
    if (events instanceof Unknown) return new Unknown(events.facts | open(anchor));
    const selected: (readonly [Event<A>, Truth])[] = [];
    for (const event of events) {
        let test = condition === undefined || condition(event);
        if (test !== false && relation !== undefined && anchor !== undefined) test = every(test, inWindow(event, relation, anchor));
        if (test !== false) selected.push([event, test]);
    }
    return selected;
}

/** Whether some event is selected. */
function happened<A>(selected: Selected<A> | Unknown): Truth {
    return selected instanceof Unknown ? selected : join(selected.map(([, test]) => test), true);
}

function count<A>(selected: Selected<A> | Unknown): Value<Num> {
    if (selected instanceof Unknown) return selected;
    const sure = selected.filter(([, test]) => test === true).length;
    return span(sure, selected.length, selected.reduce((facts, [, test]) => facts | open(test), 0n));
}

type Which = "latest" | "earliest" | "highest" | "lowest";

/** The attribute of the latest, earliest, highest or lowest event, if every choice gives the same. */
function pick<A, T>(
    which: Which,
    selected: Selected<A> | Unknown,
    attribute: (event: Event<A>) => Value<T>,
    members?: readonly string[],
    bound?: T,
): Value<T> | Days {
    if (selected instanceof Unknown) return selected;
    const byDate = which === "latest" || which === "earliest";
    let facts = 0n;
    for (const [event, test] of selected) {
        const value = attribute(event);
        const loose = !isKnown(value) || (value instanceof Days && isLoose(value)) || (byDate && isLoose(event.date));
        facts |= open(test) | (loose ? event.facts : 0n);
    }
    const value = byDate ? chosen(which === "latest", selected, attribute) : extreme(which === "highest", selected, attribute, members, bound);
    if (value === undefined) return new Unknown(facts);
    return value instanceof Days ? new Days(value.first, value.last, facts) : value;
}

/** The value on which all events agree that may be the last, or the first. */
function chosen<A, T>(latest: boolean, selected: Selected<A>, attribute: (event: Event<A>) => Value<T>): T | undefined {
    // Time reversed, the earliest is the latest seen from the other end.
    const ends = ({ date }: Event<A>): readonly [number, number] => {
        const [first, last] = isKnown(date) ? [date.first, date.last] : [BEFORE_ALL, AFTER_ALL];
        return latest ? [first, last] : [-last, -first];
    };
    const sure = selected.filter(([, test]) => test === true).map(([event]) => ends(event)[0]);
    if (sure.length === 0) return undefined;
    // No event before this day can be the last: one that is surely selected comes later.
    const threshold = sure.reduce((a, b) => Math.max(a, b));
    const values = selected.filter(([event]) => ends(event)[1] >= threshold).map(([event]) => attribute(event));
    const [value, ...others] = values;
    if (value === undefined || !isKnown(value)) return undefined;
    return others.every((other) => isKnown(other) && isSame(value, other)) ? value : undefined;
}

function isSame(a: unknown, b: unknown): boolean {
    // Two partial dates agree on nothing, though they be written alike.
    if (a instanceof Days && b instanceof Days) return a.first === a.last && b.first === b.last && a.first === b.first;
    if (a instanceof Set && b instanceof Set) return a.size === b.size && [...a].every((member) => b.has(member));
    if (isExact(a) && isExact(b)) return order(a, b) === 0;
    return a === b;
}

function isExact(value: unknown): value is Exact {
    return typeof value === "number" || value instanceof Ratio;
}

/** The extreme over the events surely selected, if nothing else could exceed it. */
function extreme<A, T>(
    highest: boolean,
    selected: Selected<A>,
    attribute: (event: Event<A>) => Value<T>,
    members: readonly string[] | undefined,
    bound: T | undefined,
): T | Days | undefined {
    // Seen from the other end, the lowest is the highest.
    const ends = (value: T): readonly [Exact, Exact] => {
        if (value instanceof Days) return highest ? [value.first, value.last] : [-value.last, -value.first];
        const place = typeof value === "string" ? members?.indexOf(value) ?? 0 : isExact(value) ? value : 0;
        return highest ? [place, place] : [minus(place), minus(place)];
    };
    const values = selected.map(([event, test]) => [attribute(event), test] as const);
    const [first, ...others] = values.flatMap(([value, test]) => (test === true && isKnown(value) ? [value] : []));
    if (first === undefined) return undefined;
    let best: T = first;
    let [low, high] = ends(first);
    for (const other of others) {
        const [from, to] = ends(other);
        if (order(from, low) > 0) [low, best] = [from, other];
        if (order(to, high) > 0) high = to;
    }
    if (values.some(([value]) => !isKnown(value)) && (bound === undefined || !isSame(best, bound))) return undefined;
    if (values.some(([value, test]) => test !== true && isKnown(value) && order(ends(value)[1], low) > 0)) return undefined;
    if (!(best instanceof Days) || typeof low !== "number" || typeof high !== "number") return best;
    return highest ? new Days(low, high, 0n) : new Days(-high, -low, 0n);
}

// ---------------------------------------------------------------- records

/** What is wrong with a record, and where. */
export type Mistake = { path: string; code: string; message: string };

type Json = { readonly [key: string]: unknown };

function isObject(json: unknown): json is Json {
    return typeof json === "object" && json !== null && !Array.isArray(json);
}

function step(path: string, key: string): string {
    return /^[A-Za-z_][A-Za-z0-9_]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
}

/** The number that digits from one place to another write; not a number, if they are none. */
function digits(text: string, from: number, to: number): number {
    let number = 0;
    for (let i = from; i < to; i++) {
        const digit = text.charCodeAt(i) - 48;
        if (!(digit >= 0 && digit <= 9)) return NaN;
        number = number * 10 + digit;
    }
    return number;
}

/** The day that a text of ten characters writes, if the calendar has it. */
function parseDay(text: string): number | undefined {
    const [year, month, day] = [digits(text, 0, 4), digits(text, 5, 7), digits(text, 8, 10)];
    const isDay = text[4] === "-" && text[7] === "-" && year > 0 && month >= 1 && month <= 12 && day >= 1;
    return isDay && day <= monthLength(year, month) ? dayOf(year, month, day) : undefined;
}

function parseDate(text: string, facts: bigint): Days | undefined {
    const day10 = text.length === 10 ? parseDay(text) : undefined;
    if (day10 !== undefined) return new Days(day10, day10, 0n);
    const match = /^([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?$/.exec(text);
    if (match === null) return undefined;
    const [year, month, day] = [Number(match[1]), Number(match[2] ?? 0), Number(match[3] ?? 0)];
    if (year === 0 || month > 12 || (match[2] !== undefined && month === 0)) return undefined;
    if (match[2] === undefined) return new Days(dayOf(year, 1, 1), dayOf(year, 12, 31), facts);
    const length = monthLength(year, month);
    if (match[3] === undefined) return new Days(dayOf(year, month, 1), dayOf(year, month, length), facts);
    if (day === 0 || day > length) return undefined;
    return new Days(dayOf(year, month, day), dayOf(year, month, day), 0n);
}

/** Reads an attribute of an event, and says whether there is such a one. */
type ReadAttribute<A> = (r: Reader, a: A, key: string, json: unknown, path: string) => boolean;

/** Reads values; what is wrong is noted, and stands as unknown. */
class Reader {
    readonly mistakes: Mistake[] = [];

    note(path: string, code: string, message: string): void {
        this.mistakes.push({ path, code, message });
    }

    wrong(json: unknown, path: string, expected: string): void {
        if (typeof json === "number" && !Number.isFinite(json)) this.note(path, "not-finite", "the number is too large for any machine");
        else this.note(path, "wrong-type", `expected ${expected}`);
    }

    undeclared(path: string, key: string): void {
        this.note(step(path, key), "undeclared-key", `the protocol declares no \`${key}\` here`);
    }

    boolean(json: unknown, path: string, missing: Unknown): boolean | Unknown {
        if (typeof json === "boolean") return json;
        if (json !== null) this.wrong(json, path, "true or false");
        return missing;
    }

    number(json: unknown, path: string, missing: Unknown, expected: string, whole = false, range?: readonly [Exact, Exact]): Num | Unknown {
        if (json === null) return missing;
        if (typeof json !== "number" || !Number.isFinite(json)) this.wrong(json, path, expected);
        else if (json !== 0 && (Math.abs(json) < 1e-21 || Math.abs(json) >= 1e21)) this.note(path, "out-of-range", "numbers lie below 10^21 and, unless zero, above its inverse");
        else if (whole && !Number.isInteger(json)) this.note(path, "wrong-type", `expected ${expected}, not a fraction`);
        else if (range !== undefined && (order(json, range[0]) < 0 || order(json, range[1]) > 0)) this.note(path, "out-of-range", "the number lies outside the plausible range");
        else return json;
        return missing;
    }

    member(json: unknown, path: string, missing: Unknown, members: readonly string[]): string | Unknown {
        if (json === null) return missing;
        if (typeof json !== "string") this.wrong(json, path, "a member, as a string");
        else if (!members.includes(json)) this.note(path, "undeclared-member", `\`${json}\` is no member`);
        else return json;
        return missing;
    }

    set(json: unknown, path: string, missing: Unknown, members: readonly string[]): ReadonlySet<string> | Unknown {
        if (json === null) return missing;
        if (!Array.isArray(json)) {
            this.wrong(json, path, "a list of members");
            return missing;
        }
        const found = new Set<string>();
        json.forEach((item: unknown, i) => {
            if (item === null) return this.note(`${path}[${i}]`, "wrong-type", "a set holds members, not null");
            const member = this.member(item, `${path}[${i}]`, missing, members);
            if (member instanceof Unknown) return;
            if (found.has(member)) this.note(`${path}[${i}]`, "repeated-member", `\`${member}\` stands twice in the set`);
            found.add(member);
        });
        return found;
    }

    date(json: unknown, path: string, missing: Unknown): Days | Unknown {
        if (json === null) return missing;
        if (typeof json !== "string") {
            this.wrong(json, path, "a date: \"2026-03-01\", \"2026-03\" or \"2026\"");
            return missing;
        }
        const days = parseDate(json, missing.facts);
        if (days === undefined) this.note(path, "not-a-date", `\`${json}\` is no day, month or year of the calendar`);
        return days ?? missing;
    }

    lab(json: unknown, path: string, missing: Unknown, expected: string, number: string): Lab | Unknown {
        if (json === null) return missing;
        if (!isObject(json)) {
            this.wrong(json, path, expected);
            return missing;
        }
        const lab: Lab = { value: missing, upper: missing, lower: missing, date: missing };
        for (const key of Object.keys(json)) {
            const part = json[key];
            if (key === "value" || key === "upper" || key === "lower") lab[key] = this.number(part, `${path}.${key}`, missing, number);
            else if (key === "date") lab.date = this.date(part, `${path}.date`, missing);
            else this.note(step(path, key), "undeclared-key", `a lab has no \`${key}\``);
        }
        if (isKnown(lab.lower) && isKnown(lab.upper) && order(low(lab.lower), low(lab.upper)) > 0) {
            this.note(path, "limits-out-of-order", "the lower limit is above the upper limit");
        }
        return lab;
    }

    /** Events; `attributes` makes those of one event, and `read` reads one of them. */
    events<A>(
        json: unknown,
        path: string,
        missing: Unknown,
        lasting: boolean,
        attributes: () => A,
        read: ReadAttribute<A>,
    ): Event<A>[] | Unknown {
        if (json === null) return missing;
        if (!Array.isArray(json)) {
            this.wrong(json, path, "a list of events");
            return missing;
        }
        return json.map((item: unknown, i) => {
            const event: Event<A> = { date: missing, end: missing, lasting, facts: missing.facts, attributes: attributes() };
            if (isObject(item)) this.event(event, item, `${path}[${i}]`, missing, read);
            else this.note(`${path}[${i}]`, "wrong-type", "expected an event: an object with a `date`");
            return event;
        });
    }

    event<A>(event: Event<A>, json: Json, path: string, missing: Unknown, read: ReadAttribute<A>): void {
        for (const key of Object.keys(json)) {
            const part = json[key];
            if (key === "date") event.date = this.date(part, `${path}.date`, missing);
            else if (key === "end" && event.lasting) {
                event.end = part === "ongoing" ? new Days(AFTER_ALL, AFTER_ALL, 0n) : this.date(part, `${path}.end`, missing);
            } else if (!read(this, event.attributes, key, part, step(path, key))) this.undeclared(path, key);
        }
        const { date, end } = event;
        if (isKnown(date) && isKnown(end) && end.first !== AFTER_ALL && end.last < date.first) {
            this.note(`${path}.end`, "end-before-start", "the event ends before it starts");
        }
    }
}

/** Applies the conditions of facts: where one is false, its fact does not apply. */
function applyConditions(s: Subject, reader: Reader): void {
    const values: Record<string, Value<unknown>> = s;
    const carried: string[] = [];
    for (const [name, when] of WHENS) {
        const [value, applies] = [values[name], when(s)];
        if (applies === false) {
            const empty = value === false || (value instanceof Set && value.size === 0) || (Array.isArray(value) && value.length === 0);
            if (!(value instanceof Unknown) && !empty) carried.push(name);
            values[name] = notApplicable;
        } else if (value instanceof Unknown) {
            values[name] = new Unknown(value.facts | open(applies));
        }
    }
    for (const name of FACTS.filter((name) => carried.includes(name))) {
        reader.note(`$.${name}`, "does-not-apply", `\`${name}\` does not apply to this subject, so it carries null, false or []`);
    }
}

// ---------------------------------------------------------------- reports

export type Verdict = "eligible" | "undetermined" | "ineligible";
export type Outcome = "pass" | "fail" | "unknown" | "not_applicable";
export type ArmReport = { verdict: Verdict; missing: string[]; criteria: Record<string, Outcome> };

/** What the protocol says of a subject. */
export type SubjectReport = {
    protocol: string;
    version?: string;
    verdict: Verdict;
    missing: string[];
    criteria: Record<string, Outcome>;
    arms?: Record<string, ArmReport>;
    attested: string[];
    contradicts: string[];
};

/** What is wrong with a record; it gets no verdict. */
export type InvalidReport = { protocol: string; version?: string; invalid: Mistake[] };

export type Report = SubjectReport | InvalidReport;

function namesOf(facts: bigint): string[] {
    return facts === 0n ? [] : FACTS.filter((_, i) => (facts >> BigInt(i)) & 1n);
}

/** The verdict of outcomes, and the facts that keep it open. */
function verdictOf(outcomes: readonly Truth[]): [Verdict, bigint] {
    const all = join(outcomes, false);
    return all instanceof Unknown ? ["undetermined", all.facts] : [all ? "eligible" : "ineligible", 0n];
}

function wordOf(outcome: Truth): Outcome {
    return outcome instanceof Unknown ? "unknown" : outcome ? "pass" : "fail";
}

/** What the protocol says of a subject record, as JSON.parse gives it: a {@link SubjectRecord}, if it is valid. */
export function check(record: unknown): Report {
    const reader = new Reader();
    const s = readSubject(reader, record);
    if (reader.mistakes.length === 0) applyConditions(s, reader);
    if (reader.mistakes.length > 0) return { ...HEADER, invalid: reader.mistakes };
    const outcomes: Truth[] = [];
    const criteria: Record<string, Outcome> = {};
    for (const [name, , passes] of CRITERIA) {
        const outcome = passes(s);
        outcomes.push(outcome);
        criteria[name] = wordOf(outcome);
    }
    let [verdict, facts] = verdictOf(outcomes);
    const arms: Record<string, ArmReport> = {};
    if (ARMS.length > 0) {
        [verdict, facts] = ["ineligible", 0n];
        for (const arm of ARMS) {
            const applies = CRITERIA.map(([, of]) => of === undefined || of.includes(arm));
            const [own, keptOpen] = verdictOf(outcomes.filter((_, i) => applies[i]));
            if (own === "eligible" || verdict === "ineligible") verdict = own === "ineligible" ? verdict : own;
            facts |= keptOpen;
            const words = CRITERIA.map(([name], i) => [name, applies[i] ? criteria[name] ?? "unknown" : "not_applicable"] as const);
            arms[arm] = { verdict: own, missing: namesOf(keptOpen), criteria: Object.fromEntries(words) };
        }
        if (verdict !== "undetermined") facts = 0n;
    }
    const contradicts: string[] = [];
    for (const [name, holds] of ASSUMPTIONS) if (holds(s) === false) contradicts.push(name);
    const [missing, attested] = [namesOf(facts), ATTESTED.slice()];
    if (ARMS.length === 0) return { ...HEADER, verdict, missing, criteria, attested, contradicts };
    return { ...HEADER, verdict, missing, criteria, arms, attested, contradicts };
}

/** Whether a JSON text escapes half of a surrogate pair: that is no character, though a string may hold one. */
function hasHalfEscape(text: string): boolean {
    if (!text.includes("\\u")) return false;
    const whole = /\\\\|\\u[dD][89abAB]..\\u[dD][c-fC-F]../g;
    return /\\u[dD][89a-fA-F]/.test(text.replace(whole, " "));
}

/** The same for a record as JSON text; what is wrong with it is the report. */
export function checkJson(text: string): Report {
    let record: unknown;
    try {
        record = JSON.parse(text);
        if (hasHalfEscape(text)) throw new SyntaxError("an escape is half a character");
    } catch (error) {
        return { ...HEADER, invalid: [{ path: "$", code: "record-syntax", message: `the text is no JSON: ${String(error)}` }] };
    }
    return check(record);
}

/** The same for bytes that may be no text. */
export function checkBytes(bytes: Uint8Array): Report {
    let text: string;
    try {
        text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
        return { ...HEADER, invalid: [{ path: "$", code: "record-syntax", message: "the text is no UTF-8" }] };
    }
    return checkJson(text);
}

/** What is used of Node, where there is one: in a browser there is none. */
type Node = {
    readonly argv: readonly string[];
    readonly stdin: AsyncIterable<Uint8Array>;
    readonly stdout: { write(text: string, done: () => void): void };
};

/** Run as a script under Node, reads NDJSON records from standard input and writes a report for each. */
async function main(): Promise<void> {
    const node = (globalThis as { process?: Partial<Node> }).process;
    const script = node?.argv?.[1];
    if (node?.stdin === undefined || node.stdout === undefined || script === undefined) return;
    const load = (name: string): Promise<unknown> => import(name);
    const { realpathSync } = (await load("node:fs")) as { realpathSync: (path: string) => string };
    const { pathToFileURL } = (await load("node:url")) as { pathToFileURL: (path: string) => URL };
    if (pathToFileURL(realpathSync(script)).href !== import.meta.url) return;
    const { stdout } = node;
    let rest = new Uint8Array();
    for await (const chunk of node.stdin) {
        const bytes = new Uint8Array(rest.length + chunk.length);
        bytes.set(rest);
        bytes.set(chunk, rest.length);
        let [reports, start]: [string, number] = ["", 0];
        for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
            reports += reportLine(bytes.subarray(start, end));
            start = end + 1;
        }
        rest = bytes.slice(start);
        await new Promise<void>((done) => stdout.write(reports, done));
    }
    await new Promise<void>((done) => stdout.write(reportLine(rest), done));
}

/** The report on a line of NDJSON; nothing for an empty one. */
function reportLine(line: Uint8Array): string {
    return line.every((byte) => byte === 32 || (byte >= 9 && byte <= 13)) ? "" : `${JSON.stringify(checkBytes(line))}\n`;
}

void main();
