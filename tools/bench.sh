# ./dev bench: the figures of bench/, taken of the release build on a database that writes to disk as in production.

bench() {
    local program name=${1:-*} found=0 status=0 # one that misses its aim keeps no other from being measured
    shift || true
    setup_packages build run database
    build release
    cluster_throwaway 'max_connections = 200'
    export RELEVO_BIN=$PWD/build/release/relevo
    for program in build/release/bench/$name bench/$name.mjs; do
        [ -f "$program" ] || continue
        found=1
        say "Measuring $(basename "$program" .mjs)"
        if [[ $program = *.mjs ]]; then
            setup_packages test
            setup_npm tests
            node "$program" "$@" || status=1
        else
            [ "${program##*/}" != peers ] || { setup_packages web && setup_npm bench/peers; }
            "$program" "$@" || status=1
        fi
    done
    [ $found = 1 ] || fail "there is no bench called $name"
    return $status
}
