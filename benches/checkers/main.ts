// Times the generated checker in TypeScript beside the one by hand: COHORT MISTAKES ROUNDS.

import { readFileSync } from "node:fs";
import { check as byHand } from "./by_hand.ts";
import { check as generated } from "./checker.ts";

const [, , cohort = "", mistakes = "", rounds = "1"] = process.argv;
const read = (path: string) => readFileSync(path, "utf8").split("\n").filter((line) => line !== "");
const lines = read(cohort);

/** Verdict and outcomes as both sides tell them. */
function told(report: ReturnType<typeof generated>): string {
    if ("invalid" in report) return "invalid";
    const truth = { pass: true, fail: false, unknown: null, not_applicable: null };
    return JSON.stringify([report.verdict, ...Object.values(report.criteria).map((word) => truth[word])]);
}

function toldByHand(report: ReturnType<typeof byHand>): string {
    return "invalid" in report ? "invalid" : JSON.stringify([report.verdict, ...Object.values(report.criteria)]);
}

for (const line of [...lines, ...read(mistakes)]) {
    const [a, b] = [told(generated(JSON.parse(line))), toldByHand(byHand(JSON.parse(line)))];
    if (a !== b) throw new Error(`generated: ${a}\nby hand: ${b}\non ${line}`);
}
for (const line of read(mistakes)) if (toldByHand(byHand(JSON.parse(line))) !== "invalid") throw new Error(`by hand this is valid: ${line}`);

/** The best times of two pieces of work, taken in turn so that a busy machine strikes both alike. */
function inTurn(...work: (() => void)[]): number[] {
    const least = work.map(() => Infinity);
    for (let round = 0; round < Number(rounds); round++) {
        work.forEach((run, i) => {
            const start = performance.now();
            run();
            least[i] = Math.min(least[i] ?? Infinity, (performance.now() - start) / 1e3 / lines.length);
        });
    }
    return least;
}

const records: unknown[] = lines.map((line) => JSON.parse(line));
let kept: unknown;
const record = inTurn(
    () => records.forEach((record) => (kept = generated(record))),
    () => records.forEach((record) => (kept = byHand(record))),
);
const line = inTurn(
    () => lines.forEach((line) => (kept = JSON.stringify(generated(JSON.parse(line))))),
    () => lines.forEach((line) => (kept = JSON.stringify(byHand(JSON.parse(line))))),
);
if (kept === undefined) throw new Error("nothing was made");
console.log(JSON.stringify({ record, line }));
