# ./dev fuzz: all targets of tests/fuzz for a while, and what they find.

# Tests have programs and seeds of their own.
fuzz_programs=${RELEVO_FUZZ_PROGRAMS:-build/fuzz/tests/fuzz}
fuzz_seeds=${RELEVO_FUZZ_SEEDS:-tests/fuzz/seeds}
fuzz_work=${RELEVO_FUZZ_WORK:-build}
fuzz_seeds_bytes=500000 # of all targets together
fuzz_seed_bytes=4096    # of one that is found
fuzz_seeds_count=64     # of one target, with those that were there

fuzz_targets() {
    local program
    for program in "$fuzz_programs"/fuzz_*; do
        [ ! -x "$program" ] || basename "$program" | sed 's/^fuzz_//'
    done
}

# fuzz_one NAME SECONDS: what it says goes to its log; what it finds to fuzz-corpus, what kills it to crashes.
fuzz_one() {
    local name=$1 seconds=$2 options=()
    [ ! -e "tests/fuzz/dictionaries/$name.dict" ] || options+=("-dict=tests/fuzz/dictionaries/$name.dict")
    mkdir -p "$fuzz_work/fuzz-corpus/$name" "$fuzz_seeds/$name"
    rm -f "$fuzz_work/fuzz/crashes/$name"-*
    "$fuzz_programs/fuzz_$name" "${options[@]}" -max_total_time="$seconds" -print_final_stats=1 -timeout=20 \
        -rss_limit_mb=3000 -artifact_prefix="$fuzz_work/fuzz/crashes/$name-" \
        "$fuzz_work/fuzz-corpus/$name" "$fuzz_seeds/$name" </dev/null >"$fuzz_work/fuzz/logs/$name" 2>&1 || true
}

# fuzz_keep NAME ROOM: adds to the seeds the fewest that cover what has been found and they do not, those that cover
# the most first (in which order the merge writes them), as far as there is room; prints how many those were.
fuzz_keep() {
    local name=$1 room=$2 merged=$fuzz_work/fuzz/merged/$1 size file kept=0 count
    rm -rf "$merged"
    mkdir -p "$merged"
    cp -r "$fuzz_seeds/$name/." "$merged"
    "$fuzz_programs/fuzz_$name" -set_cover_merge=1 "$merged" "$fuzz_work/fuzz-corpus/$name" </dev/null \
        >>"$fuzz_work/fuzz/logs/$name" 2>&1 || { echo 0; return; }
    count=$(find "$fuzz_seeds/$name" -type f | wc -l)
    while read -r _ size file; do
        [ "$count" -lt "$fuzz_seeds_count" ] || break
        [ ! -e "$fuzz_seeds/$name/$file" ] || continue
        [ "$size" -le "$fuzz_seed_bytes" ] && [ "$size" -le "$room" ] || continue
        cp "$merged/$file" "$fuzz_seeds/$name"
        room=$((room - size)) kept=$((kept + 1)) count=$((count + 1))
    done < <(find "$merged" -type f -printf '%T@ %s %f\n' | sort -n)
    echo "$kept"
}

bytes_in() { find "$@" -type f -printf '%s\n' | awk '{ sum += $1 } END { print sum + 0 }'; }

# fuzz_row NAME: its line of the table. A target that died in a merge or before its first run has crashed too.
fuzz_row() {
    local name=$1 log=$fuzz_work/fuzz/logs/$1 crashes room kept
    crashes=$(find "$fuzz_work/fuzz/crashes" -name "$name-*" | wc -l)
    grep -q '^Done ' "$log" || [ "$crashes" -gt 0 ] || crashes=1
    # Each has its share of what is left, and what the others do not want.
    room=$(((fuzz_seeds_bytes - $(bytes_in "$fuzz_seeds")) / fuzz_left))
    kept=$(fuzz_keep "$name" "$((room > 0 ? room : 0))")
    awk -v name="$name" -v kept="$kept" -v crashes="$crashes" '
        / cov: / && !is_merging {
            for (i = 1; i < NF; i++) {
                if ($i == "cov:") cov = $(i + 1)
                if ($i == "ft:") features = $(i + 1)
            }
        }
        /^stat::average_exec_per_sec:/ { speed = $2 }
        /MERGE-OUTER/ { is_merging = 1 }
        END { printf "%-16s %9d %6d %9d %5d %8d\n", name, speed, cov, features, kept, crashes }' "$log"
    fuzz_crashes=$((fuzz_crashes + crashes))
}

# fuzz [MINUTES [NAME]]
fuzz() {
    local minutes=${1:-10} name seconds targets=() file fuzz_crashes=0 fuzz_left
    [[ $minutes =~ ^[0-9]+([.][0-9]+)?$ ]] || fail "./dev fuzz [MINUTES [NAME]]"
    if [ -z "${RELEVO_FUZZ_PROGRAMS:-}" ]; then
        setup_packages build test
        build fuzz
    fi
    mapfile -t targets < <(fuzz_targets | grep -x -- "${2:-.*}")
    [ ${#targets[@]} -gt 0 ] || fail "there is no target ${2:-in $fuzz_programs}: $(fuzz_targets | paste -sd ' ')"
    mkdir -p "$fuzz_work"/fuzz/{crashes,logs}
    seconds=$(awk -v minutes="$minutes" -v cores="$(nproc)" -v count=${#targets[@]} \
        'BEGIN { s = int(minutes * 60 * (cores < count ? cores : count) / count); print s < 1 ? 1 : s }')
    say "Fuzzing ${#targets[@]} targets, each for $seconds s"
    for name in "${targets[@]}"; do
        while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n; done
        fuzz_one "$name" "$seconds" &
    done
    wait
    printf '%-16s %9s %6s %9s %5s %8s\n' target execs/s cov features new crashes
    fuzz_left=${#targets[@]}
    for name in "${targets[@]}"; do
        fuzz_row "$name"
        fuzz_left=$((fuzz_left - 1))
    done
    for file in "$fuzz_work"/fuzz/crashes/*; do
        name=$(basename "$file" | sed -E 's/-[a-z]+-[0-9a-f]+$//')
        [ ! -e "$file" ] || echo "to see it again: $fuzz_programs/fuzz_$name $file"
    done
    [ "$fuzz_crashes" = 0 ]
}
