# What `cmake --install` puts where, and what becomes of it in a Debian package. The paths in the units are those of configure
# time: say -D CMAKE_INSTALL_PREFIX=… (and, where settings belong in /etc, -D CMAKE_INSTALL_SYSCONFDIR=/etc) there.
include(GNUInstallDirs)

install(TARGETS relevo)
install(DIRECTORY web-demo/dist/ DESTINATION ${CMAKE_INSTALL_DATADIR}/relevo/web OPTIONAL) # where the page was built

# The papers lie as they do in the source, so that what they name is where they say.
install(FILES README.md ARCHITECTURE.md CONTRIBUTING.md CHANGELOG.md SECURITY.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES docs/operating.md docs/glossary.md docs/screenshot.png DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs)
install(DIRECTORY protocol/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/protocol
    FILES_MATCHING PATTERN "*.md" PATTERN "*.json")
install(FILES bench/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR}/bench)
install(FILES tests/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR}/tests)
install(DIRECTORY web-demo/client web-demo/page DESTINATION ${CMAKE_INSTALL_DOCDIR}/web-demo)
install(DIRECTORY deploy DESTINATION ${CMAKE_INSTALL_DOCDIR} PATTERN "*.test.yml" EXCLUDE)

find_program(GZIP gzip REQUIRED)
foreach(section 1 8)
    set(page relevo.1)
    if(section EQUAL 8)
        set(page relevo-admin.8)
    endif()
    add_custom_command(OUTPUT ${page}.gz
        COMMAND ${GZIP} -9nc ${CMAKE_SOURCE_DIR}/docs/${page} > ${page}.gz
        DEPENDS docs/${page} VERBATIM)
    add_custom_target(${page} ALL DEPENDS ${page}.gz)
    install(FILES ${CMAKE_BINARY_DIR}/${page}.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
endforeach()

foreach(name relevo.service relevo-migrate.service relevo.env owner.env relevo-admin)
    configure_file(packaging/${name}.in ${name} @ONLY)
endforeach()
install(PROGRAMS ${CMAKE_BINARY_DIR}/relevo-admin TYPE SBIN)
install(FILES ${CMAKE_BINARY_DIR}/relevo.service ${CMAKE_BINARY_DIR}/relevo-migrate.service packaging/relevo.socket
    DESTINATION lib/systemd/system)

install(FILES packaging/relevo.sysusers DESTINATION lib/sysusers.d RENAME relevo.conf)

# Somebody's settings stay as they are.
install(CODE "
    set(settings ${CMAKE_INSTALL_FULL_SYSCONFDIR}/relevo)
    foreach(name relevo.env owner.env)
        if(NOT EXISTS \$ENV{DESTDIR}\${settings}/\${name})
            file(INSTALL ${CMAKE_BINARY_DIR}/\${name} DESTINATION \${settings}) # DESTDIR is put before
        endif()
    endforeach()")

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
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libwebsockets-evlib-uv" # is opened at run time, so no tool can see it
    "systemd | systemd-standalone-sysusers")                # makes the users
list(JOIN CPACK_DEBIAN_PACKAGE_DEPENDS ", " CPACK_DEBIAN_PACKAGE_DEPENDS)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "postgresql, nginx")
set(CPACK_PACKAGE_DESCRIPTION_FILE ${CMAKE_SOURCE_DIR}/packaging/debian/description)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA conffiles postinst prerm postrm)
list(TRANSFORM CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA PREPEND ${CMAKE_SOURCE_DIR}/packaging/debian/)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

configure_file(packaging/debian/changelog.in changelog @ONLY)
add_custom_command(OUTPUT changelog.gz
    COMMAND ${GZIP} -9nc changelog > changelog.gz
    DEPENDS ${CMAKE_BINARY_DIR}/changelog VERBATIM)
add_custom_target(debian_changelog ALL DEPENDS changelog.gz)
install(FILES ${CMAKE_BINARY_DIR}/changelog.gz packaging/debian/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR})
include(CPack)
