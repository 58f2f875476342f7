# ./dev bench: the figures of bench/, taken of the release build on a database that writes to disk as in production.

bench() {
    local program found=0
    setup_packages build run database
    build release
    cluster_throwaway 'max_connections = 200'
    for program in build/release/bench/${1:-*}; do
        [ -f "$program" ] || continue
        found=1
        say "Measuring ${program##*/}"
        RELEVO_BIN=$PWD/build/release/relevo "$program"
    done
    [ $found = 1 ] || fail "there is no bench/${1:-}.c"
}
