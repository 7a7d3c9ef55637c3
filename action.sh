#!/usr/bin/env bash
# What action.yml runs; its inputs come as LIND_… in the environment.
set -uo pipefail
shopt -s nullglob globstar

# The patterns are meant to be split and expanded.
# shellcheck disable=SC2206
files=(${LIND_PROTOCOLS})
if [ ${#files[@]} -eq 0 ]; then
    echo "::error title=lind::no protocol fits ${LIND_PROTOCOLS}"
    exit 2
fi

status=0
# The worst exit code wins: 2 could not run, then 3 undecided, then 1 findings.
worse() {
    case "$status-$1" in
        *-0 | 2-* | 3-1) ;;
        *) status=$1 ;;
    esac
}

if ! lind fmt --check "${files[@]}"; then
    echo "::error title=lind fmt::run lind fmt on what is listed above"
    worse 1
fi

check=(--format github --fail-on "${LIND_FAIL_ON:-error}")
[ -n "${LIND_BASELINE:-}" ] && check+=(--baseline "$LIND_BASELINE")
lind check "${check[@]}" "${files[@]}"
worse $?

if [ "${LIND_GENERATED:-}" = lind.yaml ]; then
    lind build --check
    worse $?
elif [ -n "${LIND_GENERATED:-}" ]; then
    lind build --check --out "$LIND_GENERATED" "${files[@]}"
    worse $?
fi

if [ -n "${LIND_BASE:-}" ]; then
    if ! git cat-file -e "$LIND_BASE^{commit}" 2>/dev/null; then
        echo "::error title=lind diff::the base $LIND_BASE is not there; check out with fetch-depth: 0"
        exit 2
    fi
    diff=(--format markdown)
    [ -n "${LIND_DIFF_FAIL_ON:-}" ] && diff+=(--fail-on "$LIND_DIFF_FAIL_ON")
    [ -n "${LIND_APPROVALS:-}" ] && diff+=(--approvals "$LIND_APPROVALS")
    told=$(mktemp)
    trap 'rm -f "$told"' EXIT
    for file in "${files[@]}"; do
        if ! git cat-file -e "$LIND_BASE:$file" 2>/dev/null; then
            printf '%s is a new protocol.\n\n' "$file" >> "$told"
        elif ! git diff --quiet "$LIND_BASE" -- "$file"; then
            lind diff "git:$LIND_BASE:$file" "$file" "${diff[@]}" >> "$told"
            worse $?
        fi
    done
    if [ -s "$told" ]; then
        cat "$told" >> "${GITHUB_STEP_SUMMARY:-/dev/stdout}"
        if [ "${LIND_COMMENT:-true}" = true ] && [ -n "${LIND_PULL_REQUEST:-}" ]; then
            gh pr comment "$LIND_PULL_REQUEST" --body-file "$told" --edit-last --create-if-none ||
                echo "::warning title=lind::the comment could not be written; the amendment stands in the summary"
        fi
    fi
fi
exit "$status"
