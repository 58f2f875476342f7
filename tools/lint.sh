# The house rules that a machine can check. Every rule prints what breaks it, and nothing when all is well.

c_files() { find "$@" -name '*.[ch]' | sort; }

# includes FOLDER REGEX: the lines in FOLDER that include something that REGEX (of <x.h> or "x.h") matches.
includes() {
    grep -rnE --include='*.[ch]' "^ *# *include +($2)" "$1" || true
}

rule_foreign_headers_stay_in_their_folder() {
    includes . '<msgpack' | grep -vE '^\./(protocol|tests|bench)/'
    includes . '<libpq' | grep -vE '^\./(server/store|tests|bench)/'
    includes . '<libwebsockets' | grep -vE '^\./(server/net|bench)/'
    includes . '<uv\.h' | grep -vE '^\./(server/(net|store|serve|verbs)/|tests|bench)'
    includes . '<(jwt|jansson)' | grep -vE '^\./(server/auth|tests)/'
}

# may_include FOLDER BOX|…: the lines in FOLDER that include from another box than these.
may_include() { includes "$1" '"[a-z]+/' | grep -vE "\"($2)/"; }

rule_arrows_point_downwards() {
    includes . '"\.\.'
    may_include server/base 'base'
    may_include server/core 'base|core'
    may_include protocol 'base|core|protocol'
    may_include server/config 'base|core|protocol|config'
    may_include server/systemd 'base|systemd'
    may_include server/app 'base|core|protocol|app'
    may_include server/store 'base|core|protocol|app|store'
    may_include server/net 'base|core|protocol|app|net'
    may_include server/auth 'base|core|protocol|app|auth'
    may_include server/serve 'base|core|protocol|app|store|net|auth|config|systemd|serve'
}

rule_base_and_core_have_no_sockets_files_or_clocks() {
    local pure='assert|inttypes|limits|stdalign|stdarg|stdbool|stddef|stdint|stdio|stdlib|stdnoreturn|string'
    includes server '<' | grep -E '^server/(base|core)/' | grep -vE "^server/base/log\.c:|<($pure)\.h>"
}

# A desk is found by the workspace of a token, or by the database's word that a pause ends there; no message names one.
rule_only_a_token_leads_to_a_desk() {
    grep -rn --include='*.c' 'hub_desk(' server |
        grep -vE ':(struct desk \*hub_desk\(struct hub \*hub, struct bytes workspace\)|.*hub_desk\(hub, text_bytes\(due->workspaces\[i\]\)\);|.*hub_desk\(session->hub, text_bytes\(session->identity\.workspace\)\);)$'
    grep -n 'workspace' protocol/decode*.c
    grep -rn --include='*.c' 'identity = ' server/app | grep -v '^server/app/session_sign_in\.c:' | grep -v 'const struct identity'
}

# What sends its reader to a file that is not there is worse than silence.
rule_pages_name_only_files_that_are_there() {
    local page path known
    known=$(git ls-files | sed -E 'p; s,^(server|web-demo|protocol|sql|bench)/,,' |
        sed -E 'p; s,\.[a-z]+$,,' | sed -E ':up; p; s,/[^/]*$,,; t up' | sort -u)
    for page in *.md tests/README.md bench/README.md docs/glossary.md; do
        [ -e "$page" ] || continue
        grep -oE '`[a-z_]+(/[A-Za-z0-9_.-]+)+/?`' "$page" | tr -d '`' | grep -v '^build/' | sort -u | while read -r path; do
            grep -qxF -- "${path%/}" <<<"$known" || echo "$page: $path"
        done
    done
}

rule_comments_name_only_files_that_are_there() {
    local files at name
    files=$(git ls-files | sed 's,.*/,,')
    c_files server protocol tests bench | xargs grep -nE '^ *(/?\*|//)' | grep -v 'https\?:' |
        grep -oE '^[^:]+:[0-9]+:|\b[a-z_0-9]{3,}\.(c|h|sql|mjs|ts)\b' |
        while read -r at; do
            if [[ $at == *: ]]; then name=$at; elif ! grep -qxF -- "$at" <<<"$files"; then echo "$name $at"; fi
        done
}

rule_banned_functions() {
    c_files server protocol tests bench | xargs -r grep -nE '\b(v?sprintf|strcpy|strcat|strtok|gets|atoi|atol|atof) *\('
    c_files server protocol | grep -v '^server/base/alloc.c$' |
        xargs -r grep -nE '\b(malloc|calloc|realloc|strdup|strndup|aligned_alloc) *\('
}

rule_no_conditional_compilation_in_c_files() {
    find server protocol tests bench -name '*.c' -exec grep -nE '^ *# *if' {} +
}

rule_files_of_at_most_500_lines() {
    c_files server protocol tests bench | xargs -r wc -l | awk '$1 > 500 && $2 != "total" { print $2 ": " $1 " lines" }'
}

rule_functions_of_at_most_70_lines() {
    c_files server protocol tests bench | xargs -r awk '
        /^{/ { start = FNR }
        /^}/ { if (start && FNR - start - 1 > 70) print FILENAME ":" start ": " FNR - start - 1 " lines"; start = 0 }'
}

# By Debian 12's clang-format: each version has it a little otherwise.
rule_c_code_is_laid_out() {
    [[ $(clang-format --version) == *' 14.'* ]] || return
    c_files server protocol tests bench | xargs -r clang-format --dry-run -Werror 2>&1 |
        sed -nE 's/^([^ :]+):.* (error|warning):.*/\1: .\/dev format would change it/p' | sort -u
}

rule_manual() {
    mandoc -T lint -W warning docs/relevo.1 docs/relevo-admin.8
}

rule_the_unit_is_hardened() {
    local dir report
    dir=$(mktemp -d)
    for unit in relevo relevo-migrate; do
        sed -E 's,@[A-Z_]+@,,' "packaging/$unit.service.in" >"$dir/$unit.service"
        report=$(systemd-analyze security --no-pager --offline=true --threshold=15 "$dir/$unit.service" 2>&1) || echo "$report"
    done
    rm -r "$dir"
}

rule_shell_scripts() {
    shellcheck -x dev .ci/run tools/image.sh packaging/debian/{postinst,prerm,postrm} packaging/relevo-admin.in deploy/*.sh
}

rule_compose_file() {
    docker-compose config -q 2>&1
}

rule_lock_files_name_no_registry() {
    find . -name node_modules -prune -o -name package-lock.json -exec grep -n '"resolved": *"http' {} +
}

# Sets passed and failed.
lint_rules() {
    local rule breaches
    passed=0 failed=0
    for rule in $(compgen -A function rule_); do
        breaches=$("$rule" || true)
        if [ -z "$breaches" ]; then
            passed=$((passed + 1))
        else
            failed=$((failed + 1))
            printf 'lint: %s\n%s\n' "${rule//_/ }" "$breaches"
        fi
    done
}

lint() {
    local passed failed
    setup_packages test
    lint_rules
    echo "$passed rules kept, $failed broken"
    [ "$failed" = 0 ]
}

format() {
    setup_packages test
    c_files server protocol tests bench | xargs -r clang-format -i
}
