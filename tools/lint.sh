# The house rules that a machine can check. Every rule prints what breaks it, and nothing when all is well.

c_files() { find "$@" -name '*.[ch]' | sort; }

# What a file may include, the compiler says (CMakeLists.txt, relevo_view); but it cannot help against this.
rule_no_include_climbs_out_of_its_folder() {
    grep -rnE --include='*.[ch]' '^ *# *include +"\.\.' server protocol tests bench
}

# The server and its compile commands; says what went wrong.
lint_build() {
    (build dev relevo) >build/lint.log 2>&1 || { cat build/lint.log; return 1; }
}

# As .clang-tidy says. By Debian 12's: others see other things.
rule_c_code_is_tidy() {
    [[ $(clang-tidy --version) == *' 14.'* ]] || return
    lint_build || return
    find server protocol -name '*.c' | xargs -P "$(nproc)" -n 8 clang-tidy -p build/dev --quiet 2>/dev/null |
        sed -nE "s,^$PWD/(.*): (warning|error): ,\\1: ,p" | sort -u
}

rule_files_call_each_other_one_way() {
    lint_build || return
    circles_of_files dev
}

# project_files [NAME…]: the files whose name fits one of these. Without git, which need not be there.
project_files() {
    local name names=()
    for name in "${@:-*}"; do names+=(-o -name "$name"); done
    find . \( -name node_modules -o -name .git -o -path ./build -o -path ./web-demo/dist -o -path ./tests/fuzz/seeds \) \
        -prune -o -type f \( "${names[@]:1}" \) -printf '%P\n'
}

test_names() {
    local kind
    echo lint page
    for kind in unit rules server sim store fuzz e2e web; do names "$kind"; done
}

# What sends its reader to a file that is not there is worse than silence.
rule_pages_name_only_files_that_are_there() {
    local page path known
    known=$(project_files | sed -E 'p; s,^(server|web-demo|protocol|sql|bench)/,,' |
        sed -E 'p; s,\.[a-z]+$,,' | sed -E ':up; p; s,/[^/]*$,,; t up'; test_names)
    for page in *.md tests/README.md bench/README.md docs/glossary.md; do
        [ -e "$page" ] || continue
        grep -oE '`[a-z_]+(/[A-Za-z0-9_.-]+)+/?`' "$page" | tr -d '`' | grep -v '^build/' | sort -u | while read -r path; do
            grep -qxF -- "${path%/}" <<<"$known" || echo "$page: $path"
        done
    done
}

# Of the code, but for the examples of recipes: a tally, a snooze.
rule_pages_name_only_what_the_code_names() {
    local page name known word='[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)+'
    known=$(project_files | sed -E 's,^.*/,,; s,\.[a-z]+$,,'
        project_files '*.[ch]' '*.sql' '*.mjs' '*.ts' '*.tsx' '*.sh' '*.py' CMakeLists.txt |
            xargs grep -ohE "\b$word\b" | sort -u)
    for page in ARCHITECTURE.md CONTRIBUTING.md docs/glossary.md; do
        grep -oE '`[^`]+`' "$page" | grep -v / | grep -oE "\b$word\b" | grep -viE 'tally|snooze|verb_name|noun_verb' | sort -u |
            while read -r name; do
                grep -qxF -- "$name" <<<"$known" || echo "$page: $name"
            done
    done
}

rule_pages_name_only_tests_that_are_there() {
    local known regex
    known=$(test_names)
    grep -ohE "\./dev test '?[a-z^][^'\`]*" ./*.md tests/README.md | sed -E "s/^.*dev test '?//" | sort -u |
        while read -r regex; do
            grep -qE -- "$regex" <<<"$known" || echo "./dev test $regex"
        done
}

rule_comments_name_only_files_that_are_there() {
    local files at name
    files=$(project_files | sed 's,.*/,,')
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

# As prettier has it, of the version in tests/package.json.
rule_scripts_and_pages_are_laid_out() {
    setup_npm tests >&2
    project_files '*.mjs' '*.ts' '*.tsx' | xargs -r tests/node_modules/.bin/prettier --list-different 2>&1 |
        sed -E 's,\.(mjs|tsx?)$,&: ./dev format would change it,'
}

# wider_than COLUMNS FILE...: the lines that are; a word alone, such as an address, may stand out.
wider_than() {
    local columns=$1
    shift
    LC_ALL=C.UTF-8 grep -nHP "^.{$((columns + 1)),}" "$@" | LC_ALL=C.UTF-8 grep -vP ":[0-9]+: *\S+$" | cut -c -100
}

# As .editorconfig says; of pages, what is no table and no example; of scripts, the comments: the rest is
# prettier's, which leaves texts whole.
rule_lines_within_their_width() {
    local page
    wider_than 110 $(project_files '*.c' '*.h' '*.sql')
    wider_than 110 $(project_files '*.mjs' '*.ts' '*.tsx') | grep -E ':[0-9]+: *(//|/?\*)'
    wider_than 130 $(project_files dev '*.sh' '*.cmake' CMakeLists.txt)
    for page in $(project_files '*.md'); do
        sed -E '/^ *```/,/^ *```/s/.*//; s/^ *\|.*//' "$page" | wider_than 110 - | sed "s,^(standard input),$page,"
    done
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
    setup_packages build test
    lint_rules
    echo "$passed rules kept, $failed broken"
    [ "$failed" = 0 ]
}

format() {
    setup_packages test
    c_files server protocol tests bench | xargs -r clang-format -i
    setup_npm tests
    project_files '*.mjs' '*.ts' '*.tsx' | xargs -r tests/node_modules/.bin/prettier --log-level warn --write
}
