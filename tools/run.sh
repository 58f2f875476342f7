# ./dev run: a server with a demo workspace, and its database, until Ctrl-C.

# is_ready PORT: the server on it says so.
is_ready() {
    local status
    { exec 3<>"/dev/tcp/127.0.0.1/$1" && printf 'GET /readyz HTTP/1.0\r\n\r\n' >&3 && read -r -t 2 status <&3; } 2>/dev/null
    exec 3>&-
    [[ ${status:-} == *' 200 '* ]]
}

run() {
    local port=7681 server status=0
    case ${1:-} in
        --port) port=${2:?--port needs a number} ;;
        '') ;;
        *) fail "unknown option $1; there is --port N" ;;
    esac
    setup_packages build run web database
    build release
    build_page

    if ! cluster_runs run; then
        say "Starting PostgreSQL in $cluster_home/run"
        trap 'trap "" INT TERM HUP; say "Stopping PostgreSQL"; cluster_stop run' EXIT
        cluster_start run
    fi
    cluster_use run
    say "Migrating the database"
    build/release/relevo migrate ||
        fail "if the demo's database is of another version: ./dev db remove, and the next start makes a new one"

    say "Starting the server on port $port"
    # In a session of its own, so that a Ctrl-C reaches it once: from the trap.
    setsid setpriv --pdeathsig TERM build/release/relevo serve \
        --demo --listen "127.0.0.1:$port" --web-root web-demo/dist &
    server=$!
    trap 'kill -TERM $server 2>/dev/null' INT TERM HUP
    until is_ready "$port" || ! kill -0 $server 2>/dev/null; do sleep 0.1; done
    if kill -0 $server 2>/dev/null; then
        say "Ready. Open a page for each agent (Ctrl-C stops; the conversations stay):"
        printf '      http://localhost:%s/?agent=%s\n' "$port" ana "$port" bruno "$port" carla
    fi
    while kill -0 $server 2>/dev/null; do wait $server || true; done
    wait $server || status=$?
    return $status
}
