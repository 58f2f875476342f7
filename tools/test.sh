# ./dev test: every kind of test, one line of counts for each, and the sum.

total_passed=0 total_failed=0 counts=()

# tally KIND PASSED FAILED
tally() {
    [ $(($2 + $3)) -gt 0 ] || return 0
    counts+=("$(printf '%-8s %5d passed, %d failed' "$@")")
    total_passed=$((total_passed + $2)) total_failed=$((total_failed + $3))
}

# wants NAME...: the filter asks for one of them.
wants() { grep -qE -- "$filter" <(printf '%s\n' "$@"); }

# names KIND: the names of its tests.
names() {
    local file
    for file in tests/"$1"/{test_*.c,fuzz_*.c,*.test.mjs}; do
        [ ! -e "$file" ] || basename "$file" | sed -E "s,^(test_|fuzz_)?,$1/,; s,\.(c|test\.mjs)$,,"
    done
}

# test_c PRESET KIND...: a test program says how many tests it has; where it cannot (or is a fuzz target), it is one.
test_c() {
    local preset=$1 log=build/$1/Testing/Temporary/LastTest.log kind
    shift
    say "Testing $*"
    rm -f "$log"
    ctest --test-dir "build/$preset" --output-on-failure -j "$(nproc)" -R "$filter" || true
    for kind in "$@"; do
        # shellcheck disable=SC2046
        tally "$kind" $(awk -v kind="$kind" '
            /^[0-9]+\/[0-9]+ Testing: / { mine = index($3, kind "/") == 1; all = good = 0 }
            / Synthesis: Tested: / { match($0, /Tested: [0-9]+/); all = substr($0, RSTART + 8, RLENGTH - 8)
                match($0, /Passing: [0-9]+/); good = substr($0, RSTART + 9, RLENGTH - 9) }
            /^Test (Passed|Failed)/ && mine {
                ok = /Passed/
                if (ok && !all || !ok && all == good) { passed += ok; failed += !ok } # no counts, or none to be trusted
                else { passed += good; failed += all - good } }
            END { print passed + 0, failed + 0 }' "$log" 2>/dev/null || echo 0 1)
    done
}

# test_node KIND COMMAND...: the counts are those that node prints last.
test_node() {
    local kind=$1 log=build/$1.log status=0 passed failed
    shift
    say "Testing $kind"
    timeout 900 "$@" 2>&1 | tee "$log" || status=$?
    passed=$(sed -nE 's/^(#|ℹ) pass //p' "$log" | awk '{ n += $1 } END { print n + 0 }')
    failed=$(sed -nE 's/^(#|ℹ) (fail|cancelled) //p' "$log" | awk '{ n += $1 } END { print n + 0 }')
    [ $status = 0 ] || [ "$failed" -gt 0 ] || failed=1
    tally "$kind" "$passed" "$failed"
}

# test_files KIND: tests/KIND/*.test.mjs that the filter asks for.
test_files() {
    local name files=()
    for name in $(names "$1" | grep -E -- "$filter"); do files+=("tests/$name.test.mjs"); done
    [ ${#files[@]} = 0 ] || test_node "$1" node --test --test-reporter=spec "${files[@]}"
}

run_tests() {
    local filter=${1:-} passed failed
    setup
    if wants lint; then
        lint_rules
        tally lint "$passed" "$failed"
    fi

    cluster_throwaway 'max_connections = 200' 'fsync = off' 'full_page_writes = off' 'synchronous_commit = off'
    export CHROMIUM=/usr/bin/chromium RELEVO_WEB_ROOT=$PWD/web-demo/dist
    if wants $(names unit) $(names sim) $(names store); then
        build dev
        test_c dev unit sim store
    fi
    if wants $(names fuzz); then
        build fuzz
        test_c fuzz fuzz
    fi
    if wants page; then
        test_node page npm --prefix web-demo run check
        test_node page npm --prefix web-demo test
    fi
    if wants $(names e2e); then
        build dev
        RELEVO_BIN=$PWD/build/dev/relevo test_files e2e
    fi
    if wants $(names web); then
        build release
        build_page
        RELEVO_BIN=$PWD/build/release/relevo test_files web
    fi

    printf '%s\n' "${counts[@]}" "$total_passed passed, $total_failed failed"
    [ $total_failed = 0 ]
}
