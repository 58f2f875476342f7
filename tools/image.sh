#!/usr/bin/env bash
# tools/image.sh BASE [NAME=VALUE]...
# Carries out what the Dockerfile says, without Docker: each stage in a copy of BASE, the folder of a minimal Debian
# 12 such as `debootstrap --variant=minbase bookworm BASE` makes. Then the image's user runs the image's program, in a
# network of its own and so without a database, and asks for the page. NAME=VALUE is set for each RUN, as --build-arg
# would. Needs root, and room for the stages; leaves nothing behind.
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/.."
[ $# -ge 1 ] || { sed -n '2,6s/^# //p' "$0" >&2; exit 64; }
base=$(realpath "$1")
shift
settings=("$@")
stages=$(mktemp -d /var/tmp/relevo-image.XXXXXX)
trap 'rm -rf --one-file-system "$stages"' EXIT

# inside USER COMMAND...: in the present stage, in its working folder; apart=--net: in a network of its own.
inside() {
    local user=$1
    shift
    # shellcheck disable=SC2016 # the inner shell expands it
    unshare --mount --pid --fork --kill-child ${apart:+"$apart"} sh -c '
        mount --make-rprivate / && mount --rbind /dev "$0/dev" && mount -t proc proc "$0/proc" &&
        { ip link set lo up || true; } && user=$1 && shift && exec chroot --userspec="$user" "$0" "$@"' \
        "$root" "$user" env -i -C "$folder" HOME=/root DEBIAN_FRONTEND=noninteractive LANG=C.UTF-8 \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "${settings[@]}" "$@"
}

# copy FROM TO SOURCE...: as COPY does: of a folder what is in it.
copy() {
    local from=$1 to=$2 source
    shift 2
    [[ $to = /* ]] || to=$folder/$to
    for source in "$@"; do
        if [ -d "$from/$source" ]; then
            mkdir -p "$root$to"
            tar -C "$from/$source" --exclude=node_modules --exclude=./dist -c . | tar -C "$root$to" -x
        else
            mkdir -p "$root${to%/*}"
            cp "$from/$source" "$root$to"
        fi
    done
}

# json WORDS: the words of ["a", "b"].
json() { tr -d '[]",' <<<"$1"; }

stage=0 root='' user=root folder=/ program='' arguments='' health=''
while read -r instruction rest; do
    [[ $instruction = [A-Z]* ]] || continue
    printf '==> %s %s\n' "$instruction" "$rest"
    case $instruction in
        FROM)
            name=${rest##* AS }
            [[ $rest = *' AS '* ]] || name=$((stage))
            stage=$((stage + 1)) root=$stages/$name folder=/ user=root
            mkdir "$root"
            tar -C "$base" -c --exclude=./dev --exclude=./proc . | tar -C "$root" -x
            mkdir -p "$root/dev" "$root/proc"
            cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
            ;;
        WORKDIR) folder=$rest && mkdir -p "$root$folder" ;;
        COPY)
            from=.
            [[ $rest != --from=* ]] || { from=$stages/${rest%% *} && from=${from/--from=/} && rest=${rest#* }; }
            read -ra words <<<"$rest"
            copy "$from" "${words[-1]}" "${words[@]:0:${#words[@]}-1}"
            ;;
        RUN) inside root sh -ec "$rest" </dev/null >"$stages/log" 2>&1 || { tail -n 30 "$stages/log"; exit 1; } ;;
        USER) user=$rest ;;
        HEALTHCHECK) health=$(json "${rest#*CMD }") ;;
        ENTRYPOINT) program=$(json "$rest") ;;
        CMD) arguments=$(json "$rest") ;;
    esac
done < <(sed -e ':join' -e '/\\$/{N;s/\\\n */ /;b join' -e '}' Dockerfile)

echo "==> As $user, $(du -sh --one-file-system "$root" | cut -f 1):"
inside "$user" id
inside "$user" "$program" --version
apart=--net
# shellcheck disable=SC2016 # the inner shell expands it
inside "$user" env RELEVO_SECRET=0123456789abcdef0123456789abcdef sh -ec '
    program=$1 arguments=$2 health=$3
    $program $arguments 2>/tmp/relevo.log &
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        sleep 1
        $program health --url http://127.0.0.1:7681/ >/tmp/page && break
    done
    grep -c "<title>" /tmp/page
    if $health; then exit 1; fi
    kill -TERM $!
    wait $!
' sh "$program" "$arguments" "$health"
