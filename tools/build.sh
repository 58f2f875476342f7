# Compiling, and building the page.

# build PRESET [TARGET]: build/PRESET is up to date, or so much of it.
build() {
    say "Building $1"
    [ "build/$1/build.ninja" -nt CMakePresets.json ] || cmake --preset "$1" >"build/$1.log" 2>&1 ||
        { cat "build/$1.log" >&2; fail "cmake could not configure build/$1"; }
    cmake --build --preset "$1" --target "${2:-all}"
}

# build_page: web-demo/dist is newer than all it is made from.
build_page() {
    setup_npm web-demo
    local page=web-demo/dist/index.html
    [ -e $page ] && [ -z "$(find web-demo \( -name node_modules -o -name dist \) -prune -o \
        -type f -newer $page -print -quit)" ] && return
    say "Building the page"
    (cd web-demo && npm run --silent build)
}
