# ./dev test: every kind of test, one line of counts for each, and the sum.

total_passed=0 total_failed=0 counts=()

# tally KIND PASSED FAILED. A kind that should have run and counts nothing has failed.
tally() {
    local kind=$1 passed=$2 failed=$3
    [ $((passed + failed)) -gt 0 ] || failed=1
    counts+=("$(printf '%-6s %5d passed, %d failed' "$kind" "$passed" "$failed")")
    total_passed=$((total_passed + passed)) total_failed=$((total_failed + failed))
}

# names KIND: the names of its tests, such as unit/roster.
names() {
    local file
    for file in tests/"$1"/{test_*.c,fuzz_*.c,*.test.mjs}; do
        [ ! -e "$file" ] || basename "$file" | sed -E "s,^(test_|fuzz_)?,$1/,; s,\.(c|test\.mjs)$,,"
    done
}

# wants NAME...: the filter asks for one of them.
wants() { printf '%s\n' "$@" | grep -E -- "$filter" >/dev/null; }

# test_c KIND PRESET: a test program says how many tests it has; one that cannot (a fuzz target, a crash) is one.
test_c() {
    local log=build/$2/Testing/Temporary/LastTest.log sums
    wants $(names "$1") || return 0
    build "$2"
    say "Testing $1"
    rm -f "$log"
    ctest --test-dir "build/$2" --output-on-failure -j "$(nproc)" -L "$1" -R "$filter" || true
    sums=$(awk '
        / Testing: / { all = good = 0 }
        / Synthesis: Tested: / { all = $4; good = $7 }
        /^Test (Passed|Failed)\.$/ {
            if (all > good || all && /Passed/) { passed += good; failed += all - good }
            else if (/Passed/) passed++
            else failed++
        }
        END { print passed + 0, failed + 0 }' "$log")
    tally "$1" ${sums:-0 1}
}

# test_node KIND COMMAND...: the counts are those that node prints.
test_node() {
    local kind=$1 log=build/$1.log status=0 passed failed
    shift
    # In our process group, so that a Ctrl-C reaches it; and it does not outlive us.
    setpriv --pdeathsig TERM timeout --foreground 900 "$@" 2>&1 | tee "$log" || status=$?
    passed=$(sed -nE 's/^(#|ℹ) pass //p' "$log" | awk '{ n += $1 } END { print n + 0 }')
    failed=$(sed -nE 's/^(#|ℹ) (fail|cancelled) //p' "$log" | awk '{ n += $1 } END { print n + 0 }')
    [ $status = 0 ] || [ "$failed" -gt 0 ] || failed=1
    tally "$kind" "$passed" "$failed"
}

# test_files KIND PRESET: the tests/KIND/*.test.mjs, against the server that PRESET builds.
test_files() {
    local name files=()
    wants $(names "$1") || return 0
    build "$2"
    build_page
    say "Testing $1"
    for name in $(names "$1" | grep -E -- "$filter"); do files+=("tests/$name.test.mjs"); done
    RELEVO_BIN=$PWD/build/$2/relevo RELEVO_WEB_ROOT=$PWD/web-demo/dist CHROMIUM=/usr/bin/chromium \
        test_node "$1" node --test --test-concurrency=2 --test-reporter=spec "${files[@]}"
}

test_lint() {
    local passed failed
    say "Checking the house rules"
    lint_rules
    tally lint "$passed" "$failed"
}

test_page() {
    say "Testing page"
    test_node page bash -c 'cd web-demo && npm run --silent check && npm test --silent'
}

run_tests() {
    local filter=${1:-.} kind
    setup
    cluster_throwaway 'max_connections = 200' 'fsync = off' 'full_page_writes = off' 'synchronous_commit = off'
    ! wants lint || test_lint
    for kind in unit rules server sim store; do test_c "$kind" dev; done
    test_c fuzz fuzz
    ! wants page || test_page
    test_files e2e dev     # with the sanitizers
    test_files web release # as users have it
    [ ${#counts[@]} -gt 0 ] || fail "no test's name matches $filter"
    printf '%s\n' "${counts[@]}" "$total_passed passed, $total_failed failed"
    [ $total_failed = 0 ]
}
