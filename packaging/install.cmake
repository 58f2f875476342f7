# What `cmake --install` puts where, and what becomes of it in a Debian package. The paths in the units are those of configure
# time: say -D CMAKE_INSTALL_PREFIX=… (and, where settings belong in /etc, -D CMAKE_INSTALL_SYSCONFDIR=/etc) there.
include(GNUInstallDirs)

install(TARGETS relevo)
install(DIRECTORY web-demo/dist/ DESTINATION ${CMAKE_INSTALL_DATADIR}/relevo/web OPTIONAL) # where the page was built
install(FILES README.md docs/operating.md protocol/PROTOCOL.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES deploy/prometheus/relevo.rules.yml DESTINATION ${CMAKE_INSTALL_DOCDIR}/prometheus)
install(FILES deploy/grafana/relevo.json DESTINATION ${CMAKE_INSTALL_DOCDIR}/grafana)

find_program(GZIP gzip REQUIRED)
add_custom_command(OUTPUT relevo.1.gz
    COMMAND ${GZIP} -9nc ${CMAKE_SOURCE_DIR}/docs/relevo.1 > relevo.1.gz
    DEPENDS docs/relevo.1 VERBATIM)
add_custom_target(manual ALL DEPENDS relevo.1.gz)
install(FILES ${CMAKE_BINARY_DIR}/relevo.1.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)

foreach(name relevo.service relevo-migrate.service relevo.env)
    configure_file(packaging/${name}.in ${name} @ONLY)
endforeach()
install(FILES ${CMAKE_BINARY_DIR}/relevo.service ${CMAKE_BINARY_DIR}/relevo-migrate.service packaging/relevo.socket
    DESTINATION lib/systemd/system)

install(FILES packaging/relevo.sysusers DESTINATION lib/sysusers.d RENAME relevo.conf)

# Somebody's settings stay as they are.
install(CODE "
    set(settings ${CMAKE_INSTALL_FULL_SYSCONFDIR}/relevo)
    if(NOT EXISTS \$ENV{DESTDIR}\${settings}/relevo.env)
        file(INSTALL ${CMAKE_BINARY_DIR}/relevo.env DESTINATION \${settings}) # DESTDIR is put before
    endif()")

# --- The Debian package: `cpack -G DEB`, where the prefix is /usr (./dev package) -------------------------------------

cmake_host_system_information(RESULT debian_release QUERY DISTRIB_VERSION_ID)
string(TIMESTAMP packaging_date "%a, %d %b %Y %H:%M:%S +0000" UTC)
set(CPACK_GENERATOR DEB)
set(CPACK_SET_DESTDIR ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_CONTACT "$ENV{DEBFULLNAME} <$ENV{DEBEMAIL}>")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_VERSION "${PROJECT_VERSION}+deb${debian_release}") # its libraries are those of one release
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS libwebsockets-evlib-uv) # is opened at run time, so no tool can see it
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS libnss-systemd) # by which others can name the unit's user
set(CPACK_DEBIAN_PACKAGE_SUGGESTS postgresql)
set(CPACK_PACKAGE_DESCRIPTION_FILE ${CMAKE_SOURCE_DIR}/packaging/debian/description)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA conffiles postinst prerm postrm)
list(TRANSFORM CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA PREPEND ${CMAKE_SOURCE_DIR}/packaging/debian/)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

configure_file(packaging/debian/changelog.in changelog @ONLY)
add_custom_command(OUTPUT changelog.gz COMMAND ${GZIP} -9nc changelog > changelog.gz DEPENDS ${CMAKE_BINARY_DIR}/changelog VERBATIM)
add_custom_target(debian_changelog ALL DEPENDS changelog.gz)
install(FILES ${CMAKE_BINARY_DIR}/changelog.gz packaging/debian/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR})
include(CPack)
