/**
 * NCT05106972 by hand: what a careful engineer writes for this one protocol in TypeScript.
 *
 * `check(record)` validates a record and gives the verdict with the outcome of each criterion. A test is
 * true, false, or undefined for unknown; a date is its first and last possible day since 1970.
 */

type Truth = boolean | undefined;
type Days = { first: number; last: number };
type Event = { start: Days | undefined; end: Days | undefined; counts: Truth };
type Json = Record<string, unknown>;

export type Report =
    | { verdict: "eligible" | "undetermined" | "ineligible"; criteria: Record<string, Truth> }
    | { invalid: string };

const CAUSES = new Set(["hepatitis_b", "hepatitis_c", "hepatitis_d", "alcohol", "autoimmune", "other"]);
const RELATIVES = new Set(["parent", "child", "sibling", "grandparent", "grandchild", "great_grandparent", "collateral"]);
const IMMEDIATE = ["parent", "child", "sibling", "grandparent", "grandchild"];
const TUMORS = new Set(["malignant", "benign"]);
const VIRUSES = new Set(["hepatitis_b", "hepatitis_c", "hepatitis_d", "hiv", "cmv", "other"]);
const BOOLEANS = [
    "decompensated", "transplant_unsuitable", "donor_liver", "bleeding_tendency", "bleeding", "encephalopathy",
    "encephalopathy_ever", "symptom_relief", "life_improved", "liver_malignancy", "hypersplenism",
    "needs_splenectomy", "peritonitis", "peritonitis_ever", "bacterial", "pregnant", "lactating", "consent",
    "inappropriate",
];
const KEYS = new Set([
    ...BOOLEANS, "registration", "birth_date", "sex", "causes", "hepatitis_onset", "cirrhosis_onset",
    "decompensation_onset", "treatment_start", "family_liver_malignancy", "other_tumors", "pt", "pt_control",
    "pt_baseline", "albumin", "gi_bleed", "active_viral",
]);
const LAB = new Set(["value", "upper", "lower", "date"]);
const INFUSION = new Set(["date"]);
const BLEED = new Set(["date", "end", "significant"]);

class Invalid extends Error {}

// ---------------------------------------------------------------- reading

function isObject(json: unknown): json is Json {
    return typeof json === "object" && json !== null && !Array.isArray(json);
}

function known(json: Json, keys: Set<string>, name: string): void {
    for (const key of Object.keys(json)) if (!keys.has(key)) throw new Invalid(`${name}: \`${key}\` is undeclared`);
}

function boolean(json: unknown, name: string): Truth {
    if (json === undefined || json === null) return undefined;
    if (typeof json !== "boolean") throw new Invalid(`${name}: true or false is expected`);
    return json;
}

const DAY = 86_400_000;

function days(json: unknown, name: string): Days | undefined {
    if (json === undefined || json === null) return undefined;
    const match = typeof json === "string" ? /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?$/.exec(json) : null;
    if (match !== null) {
        const [year, month, day] = [Number(match[1]), Number(match[2] ?? 1), Number(match[3] ?? 1)];
        if (year > 0 && month >= 1 && month <= 12 && day >= 1 && day <= monthLength(year, month)) {
            const first = dayOf(year, month, day);
            if (match[3] !== undefined) return { first, last: first };
            return { first, last: match[2] === undefined ? dayOf(year, 12, 31) : dayOf(year, month, monthLength(year, month)) };
        }
    }
    throw new Invalid(`${name}: ${String(json)} is no date`);
}

function members(json: unknown, allowed: Set<string>, name: string): Set<string> | undefined {
    if (json === undefined || json === null) return undefined;
    if (!Array.isArray(json)) throw new Invalid(`${name}: a list is expected`);
    const found = new Set<string>(json);
    if (found.size < json.length) throw new Invalid(`${name}: a member stands twice`);
    for (const member of found) if (!allowed.has(member)) throw new Invalid(`${name}: ${String(member)} is no member`);
    return found;
}

function number(json: unknown, name: string): number | undefined {
    if (json === undefined || json === null) return undefined;
    if (typeof json !== "number") throw new Invalid(`${name}: a number is expected`);
    const size = Math.abs(json);
    if (size !== 0 && !(size >= 1e-21 && size < 1e21)) throw new Invalid(`${name}: ${json} is out of range`);
    return json;
}

/** The value of a lab; its limits are checked. */
function lab(json: unknown, name: string): number | undefined {
    if (json === undefined || json === null) return undefined;
    if (!isObject(json)) throw new Invalid(`${name}: a laboratory value is expected`);
    known(json, LAB, name);
    const [lower, upper] = [number(json["lower"], name), number(json["upper"], name)];
    if (lower !== undefined && upper !== undefined && lower > upper) throw new Invalid(`${name}: the limits are out of order`);
    days(json["date"], name);
    return number(json["value"], name);
}

function list(json: unknown, keys: Set<string>, name: string): Json[] | undefined {
    if (json === undefined || json === null) return undefined;
    if (!Array.isArray(json)) throw new Invalid(`${name}: a list is expected`);
    for (const event of json) {
        if (!isObject(event)) throw new Invalid(`${name}: an event is expected`);
        known(event, keys, name);
    }
    return json as Json[];
}

function infusions(json: unknown): Event[] | undefined {
    return list(json, INFUSION, "albumin")?.map((event) => {
        const start = days(event["date"], "albumin");
        return { start, end: start, counts: true };
    });
}

function bleeds(json: unknown): Event[] | undefined {
    return list(json, BLEED, "gi_bleed")?.map((event) => {
        const start = days(event["date"], "gi_bleed");
        const ongoing = event["end"] === "ongoing";
        const end = ongoing ? { first: Infinity, last: Infinity } : days(event["end"], "gi_bleed");
        if (start !== undefined && end !== undefined && end.last < start.first) throw new Invalid("gi_bleed: it ends before it starts");
        return { start, end, counts: boolean(event["significant"], "gi_bleed") };
    });
}

// ---------------------------------------------------------------- three values

function not(test: Truth): Truth {
    return test === undefined ? undefined : !test;
}

function both(a: Truth, b: Truth): Truth {
    if (a === false || b === false) return false;
    return a === undefined || b === undefined ? undefined : true;
}

function either(a: Truth, b: Truth): Truth {
    if (a === true || b === true) return true;
    return a === undefined || b === undefined ? undefined : false;
}

// ---------------------------------------------------------------- dates

const MONTH_LENGTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function monthLength(year: number, month: number): number {
    const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
    return leap ? 29 : MONTH_LENGTHS[month - 1]!;
}

function dayOf(year: number, month: number, day: number): number {
    // Date.UTC takes years below 100 for those of the twentieth century.
    return year >= 100 ? Date.UTC(year, month - 1, day) / DAY : new Date(0).setUTCFullYear(year, month - 1, day) / DAY;
}

/** The day so many months later, or the last of that month. */
function later(day: number, months: number): number {
    const date = new Date(day * DAY);
    const month = date.getUTCFullYear() * 12 + date.getUTCMonth() + months;
    const [y, m] = [Math.floor(month / 12), (month % 12) + 1];
    return dayOf(y, m, Math.min(date.getUTCDate(), monthLength(y, m)));
}

/** Whether so many months have passed between two dates. */
function passed(since: Days | undefined, months: number, till: Days | undefined): Truth {
    if (since === undefined || till === undefined) return undefined;
    return later(since.last, months) <= till.first ? true : later(since.first, months) <= till.last ? undefined : false;
}

/** Whether more than so many months have. */
function morePassed(since: Days | undefined, months: number, till: Days | undefined): Truth {
    if (since === undefined || till === undefined) return undefined;
    return later(since.last, months) < till.first ? true : later(since.first, months) < till.last ? undefined : false;
}

/** Whether one of the events was within so many days before a date. */
function recently(events: Event[] | undefined, width: number, till: Days | undefined): Truth {
    if (events === undefined) return undefined;
    if (till === undefined) return events.length === 0 ? false : undefined;
    let result: Truth = false;
    for (const { start, end, counts } of events) {
        const [first, latest] = [start?.first ?? -Infinity, start?.last ?? Infinity];
        // What has no end lasts at least until its first day.
        const [soonest, last] = [end?.first ?? first, end?.last ?? Infinity];
        if (counts === false || first > till.last || last + width < till.first) continue;
        if (counts === true && Math.min(latest, last) <= till.first && Math.max(soonest, first) + width >= till.last) return true;
        result = undefined;
    }
    return result;
}

// ---------------------------------------------------------------- the protocol

function subset(members: Set<string> | undefined, ...of: string[]): Truth {
    if (members === undefined) return undefined;
    for (const member of members) if (!of.includes(member)) return false;
    return true;
}

function outcomes(record: unknown): Record<string, Truth> {
    if (!isObject(record)) throw new Invalid("a record is an object");
    known(record, KEYS, "$");
    for (const name of BOOLEANS) boolean(record[name], name);
    const is = (name: string): Truth => (record[name] ?? undefined) as Truth;
    const sex = record["sex"] ?? undefined;
    if (sex !== undefined && sex !== "female" && sex !== "male") throw new Invalid("sex: female or male is expected");
    const registration = days(record["registration"], "registration");
    const birth = days(record["birth_date"], "birth_date");
    const cirrhosis = days(record["cirrhosis_onset"], "cirrhosis_onset");
    const treated = days(record["treatment_start"], "treatment_start");
    days(record["hepatitis_onset"], "hepatitis_onset");
    days(record["decompensation_onset"], "decompensation_onset");
    const causes = members(record["causes"], CAUSES, "causes");
    const family = members(record["family_liver_malignancy"], RELATIVES, "family_liver_malignancy");
    const tumors = members(record["other_tumors"], TUMORS, "other_tumors");
    const viruses = members(record["active_viral"], VIRUSES, "active_viral");
    const pt = lab(record["pt"], "pt");
    const control = number(record["pt_control"], "pt_control");
    number(record["pt_baseline"], "pt_baseline");
    const albumin = infusions(record["albumin"]);
    const bleeding = bleeds(record["gi_bleed"]);
    let [pregnant, lactating] = [is("pregnant"), is("lactating")];
    if (sex === "male") {
        if (pregnant === true || lactating === true) throw new Invalid("pregnant and lactating do not apply to men");
        pregnant = lactating = false;
    }

    const adult = both(passed(birth, 240, registration), not(passed(birth, 732, registration)));
    const decompensated = both(causes?.has("hepatitis_b"), is("decompensated"));
    return {
        adult,
        course: both(decompensated, morePassed(cirrhosis, 60, registration)),
        no_transplant: either(is("transplant_unsuitable"), not(is("donor_liver"))),
        no_bleeding: not(either(is("bleeding_tendency"), is("bleeding"))),
        no_encephalopathy: not(is("encephalopathy")),
        refractory: both(morePassed(treated, 6, registration), not(either(is("symptom_relief"), is("life_improved")))),
        consent: is("consent"),
        age: adult,
        other_causes: subset(causes, "hepatitis_b", "hepatitis_d"),
        liver_malignancy: not(either(is("liver_malignancy"), family && IMMEDIATE.some((relative) => family.has(relative)))),
        hypersplenism: not(both(is("hypersplenism"), is("needs_splenectomy"))),
        other_tumors: tumors && tumors.size === 0,
        // Doubles are off by less than this: 16.1 - 13.1 is 3.
        prolonged_pt: pt === undefined || control === undefined ? undefined : Math.round((pt - control) * 1e6) <= 3e6,
        recent_albumin: not(recently(albumin, 21, registration)),
        recent_bleed: not(recently(bleeding, 28, registration)),
        peritonitis: not(is("peritonitis")),
        infection: not(either(is("bacterial"), not(subset(viruses, "hepatitis_b")))),
        pregnancy: not(either(pregnant, lactating)),
        inappropriate: not(is("inappropriate")),
    };
}

/** The verdict on a record, and the outcome of each criterion; or what is wrong with it. */
export function check(record: unknown): Report {
    try {
        const criteria = outcomes(record);
        let verdict: "eligible" | "undetermined" | "ineligible" = "eligible";
        for (const outcome of Object.values(criteria)) {
            if (outcome === false) return { verdict: "ineligible", criteria };
            if (outcome === undefined) verdict = "undetermined";
        }
        return { verdict, criteria };
    } catch (error) {
        if (error instanceof Invalid) return { invalid: error.message };
        throw error;
    }
}
