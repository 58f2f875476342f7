# Writes the C file that carries sql/ in the binary; server/store/sql.h says what is in it.
# cmake -D FROM=…/sql -D TO=….c -P embed_sql.cmake
set(code "#include \"store/sql.h\"\n")

foreach(kind migrations statements)
    file(GLOB paths ${FROM}/${kind}/*.sql) # sorted by name
    set(entries "")
    set(count 0)
    foreach(path IN LISTS paths)
        cmake_path(GET path STEM LAST_ONLY name)
        file(READ ${path} bytes HEX)
        string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
        string(APPEND code "\nstatic const unsigned char ${kind}_${count}[] = {${bytes}0};\n")
        string(APPEND entries "    {\"${name}\", (const char *)${kind}_${count}, sizeof ${kind}_${count} - 1},\n")
        math(EXPR count "${count} + 1")
    endforeach()
    string(APPEND code "\nconst struct sql_file sql_${kind}[] = {\n${entries}    {0},\n};\n")
    string(APPEND code "const size_t sql_${kind}_count = ${count};\n")
endforeach()

file(WRITE ${TO} "${code}")
