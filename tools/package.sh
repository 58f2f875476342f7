# ./dev package: the server and its page as a package for the Debian release that this machine has.

package() {
    setup_packages build web package
    build_page
    # As Debian's own tools take it; two packages of one commit are the same.
    export DEBFULLNAME=${DEBFULLNAME:-$(git log -1 --format=%an)} DEBEMAIL=${DEBEMAIL:-$(git log -1 --format=%ae)}
    SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
    export SOURCE_DATE_EPOCH
    rm -f build/package/build.ninja build/package/*.deb
    build package
    (cd build/package && cpack -G DEB >cpack.log) || { cat build/package/cpack.log >&2; fail "cpack could not make the package"; }
    say "Made $(echo build/package/*.deb)"
}
