# PostgreSQL clusters of our own: reached through a unix socket only, by peer authentication, run by an unprivileged
# user. Cluster NAME lives in $cluster_home/NAME: its files in data/, its socket beside them.

if [ "$(id -u)" = 0 ]; then
    cluster_user=postgres cluster_home=/var/lib/relevo-dev # PostgreSQL refuses to run as root
else
    cluster_user=$(id -un) cluster_home=${XDG_STATE_HOME:-$HOME/.local/state}/relevo
fi
cluster_home+=/$(pwd -P | sha256sum | cut -c 1-12)

# pg PROGRAM: its path, in the newest PostgreSQL that is installed.
pg() { printf '%s\n' /usr/lib/postgresql/*/bin/"$1" | sort -V | tail -n 1; }

as_cluster_user() {
    if [ "$(id -u)" = 0 ]; then
        (cd / && setpriv --reuid "$cluster_user" --regid "$cluster_user" --init-groups "$@")
    else
        "$@"
    fi
}

# cluster_runs NAME. The pid in the file may be a stale one that another process has by now.
cluster_runs() {
    local data=$cluster_home/$1/data pid
    pid=$(head -n 1 "$data/postmaster.pid" 2>/dev/null) && [ "$(readlink "/proc/$pid/cwd")" = "$data" ]
}

# cluster_create NAME SETTING...: a stopped cluster with an empty database "relevo", appearing at once or not at all.
cluster_create() {
    local dir=$cluster_home/$1 data=$cluster_home/$1/data.new
    shift
    [ $((${#dir} + 14)) -le 107 ] || fail "$dir is too long for a socket's path; set XDG_STATE_HOME to a shorter one"
    mkdir -p "$cluster_home"
    rm -rf "$data"
    install -d -m 0700 -o "$cluster_user" "$dir"
    as_cluster_user "$(pg initdb)" -D "$data" -U relevo -E UTF8 --no-locale -k -N \
        --auth-local=peer --auth-host=reject >/dev/null
    printf 'local %s all peer map=relevo\n' all replication >"$data/pg_hba.conf"
    printf 'relevo %s relevo\n' root "$cluster_user" >"$data/pg_ident.conf"
    printf '%s\n' "listen_addresses = ''" "unix_socket_directories = '$dir'" 'unix_socket_permissions = 0700' \
        'port = 5432' "$@" >>"$data/postgresql.conf"
    as_cluster_user "$(pg postgres)" --single -D "$data" -c log_checkpoints=off postgres >/dev/null <<<'CREATE DATABASE relevo'
    sync -f "$data"
    mv "$data" "$dir/data"
}

# cluster_create_standby NAME PRIMARY SETTING...: a stopped standby of the cluster whose folder is PRIMARY, which runs.
cluster_create_standby() {
    local dir=$cluster_home/$1 data=$cluster_home/$1/data primary=$2
    shift 2
    install -d -m 0700 -o "$cluster_user" "$dir"
    as_cluster_user "$(pg pg_basebackup)" -D "$data" -d "host=$primary user=relevo" -R -c fast -N
    printf '%s\n' "unix_socket_directories = '$dir'" "$@" >>"$data/postgresql.conf"
}

# cluster_start NAME SETTING...: it runs; the settings count when it is created.
cluster_start() {
    local dir=$cluster_home/$1
    [ -e "$dir/data" ] || cluster_create "$@"
    cluster_runs "$1" && return
    rm -f "$dir/data/postmaster.pid" "$dir"/.s.PGSQL.*
    as_cluster_user "$(pg pg_ctl)" -s -w -D "$dir/data" -l "$dir/log" start ||
        { tail -n 5 "$dir/log" >&2; fail "PostgreSQL did not start; its log is $dir/log"; }
}

# cluster_stop NAME [MODE]
cluster_stop() {
    ! cluster_runs "$1" || as_cluster_user "$(pg pg_ctl)" -s -w -m "${2:-fast}" -D "$cluster_home/$1/data" stop
}

# cluster_remove NAME, though its processes may have been stopped by a signal.
cluster_remove() {
    local pid
    if cluster_runs "$1"; then
        pid=$(head -n 1 "$cluster_home/$1/data/postmaster.pid")
        xargs kill -CONT "$pid" <"/proc/$pid/task/$pid/children" || true
    fi
    cluster_stop "$1" immediate
    rm -rf "${cluster_home:?}/$1"
}

# cluster_use NAME: what speaks libpq from here on speaks to this cluster and to no other.
cluster_use() {
    unset DATABASE_URL "${!PG@}"
    export PGHOST=$cluster_home/$1 PGPORT=5432 PGUSER=relevo PGDATABASE=relevo
}

# cluster_throwaway SETTING...: uses a fresh cluster that lives as long as this script. Those of scripts that could not
# clean up behind themselves go too.
cluster_throwaway() {
    local dir
    for dir in "$cluster_home"/tmp.*; do
        [ ! -e "$dir" ] || kill -0 "${dir##*.}" 2>/dev/null || cluster_remove "${dir##*/}"
    done
    trap 'trap "" INT TERM HUP; cluster_remove tmp.$$' EXIT
    trap 'exit 130' INT # also where the program in front takes the Ctrl-C for itself and ends well
    cluster_start tmp.$$ "$@"
    cluster_use tmp.$$
}
