# What must be on the machine before anything is built: Debian packages and npm packages, only those that are missing.

rc_policy=/usr/sbin/policy-rc.d
cluster_settings=/etc/postgresql-common/createcluster.d/relevo.conf

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

node_is_fit() {
    command -v npm >/dev/null && [ "$(node -p 'parseInt(process.versions.node)' 2>/dev/null || echo 0)" -ge 18 ]
}

# What is installed from here on starts nothing: PostgreSQL's package would make a cluster of its own and start it, nginx's
# would serve a page on port 80; nobody asked for those.
services_stay_off() {
    [ -e $rc_policy ] || printf '#!/bin/sh\n# for ./dev setup\nexit 101\n' | as_root install -m 755 /dev/stdin $rc_policy
    as_root mkdir -p "${cluster_settings%/*}"
    echo 'create_main_cluster = false' | as_root tee $cluster_settings >/dev/null
}

# services_stay_off_no_more PACKAGE...: those that were installed; nor does nginx start when the machine does.
services_stay_off_no_more() {
    ! grep -qs 'for ./dev setup' $rc_policy || as_root rm $rc_policy
    as_root rm $cluster_settings
    if [[ " $* " == *" nginx "* ]] && command -v systemctl >/dev/null; then
        as_root systemctl -q disable nginx >/dev/null 2>&1 || true
    fi
}

# missing_packages FILE...: the lines of these lists of which no alternative is installed. A line is a package, or
# "one|another" where its name is not the same in each release of Debian.
missing_packages() {
    dpkg-query -W -f '${db:Status-Status} ${Package}\n' | awk '
        FILENAME == "-" { if ($1 == "installed") installed[$2]; next }
        /^#/ { next }
        { found = 0; for (n = split($0, names, "|"); n > 0; n--) found = found || names[n] in installed }
        !found' - "$@"
}

# setup_packages LIST...: what tools/packages/LIST.txt name is installed.
setup_packages() {
    local list lists=() missing
    for list in "$@"; do
        [ "$list" = web ] && node_is_fit || lists+=("tools/packages/$list.txt")
    done
    mapfile -t missing < <(missing_packages "${lists[@]}")
    [ ${#missing[@]} -gt 0 ] || return 0

    say "Installing Debian packages: ${missing[*]}"
    local status=0
    services_stay_off
    {
        as_root apt-get update -qq
        as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 \
            apt-get satisfy -y --no-install-recommends "${missing[@]}"
    } >build/apt.log 2>&1 || status=$?
    services_stay_off_no_more "${missing[@]}"
    [ $status = 0 ] || { tail -n 20 build/apt.log >&2; fail "apt-get could not install them; see build/apt.log"; }
}

# setup_npm FOLDER: its node_modules are what its package-lock.json says. npm writes the file we compare with last.
setup_npm() {
    [ "$1/node_modules/.package-lock.json" -nt "$1/package-lock.json" ] && return
    say "Installing the npm packages of $1"
    (cd "$1" && npm ci --loglevel=error --no-progress --no-audit --no-fund)
}
