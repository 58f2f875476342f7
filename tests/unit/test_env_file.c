#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/env_file.h"
#include "support/leak.h"

/* Reads the text; what it says, as "NAME=[value] …", or "line 3: why". */
static const char *says(const char *text)
{
    static char said[4096];
    struct env_file file;
    int line = 0;
    size_t size = 0;
    const char *problem = env_file_parse(bytes_of_string(text), &file, &line);
    said[0] = '\0';
    for (size_t i = 0; problem == NULL && i < file.count; i++)
        size += (size_t)snprintf(said + size, sizeof(said) - size, "%s%s=[%s]", i == 0 ? "" : " ",
                                 file.items[i].name, file.items[i].value);
    if (problem != NULL)
        snprintf(said, sizeof(said), "line %d: %s", line, problem);
    env_file_finish(&file);
    return said;
}

/* systemd 252 was asked for each of these what it makes of it. */
static const struct {
    const char *text;
    const char *says;
} taken[] = {
    {"", ""},
    {"\n \t\n\r\n", ""},
    {"# a comment\n; another\n  # a third", ""},
    {"A=b", "A=[b]"},
    {"A=b\nC=d\n", "A=[b] C=[d]"},
    {"A=b\r\nC=d\r\n", "A=[b] C=[d]"},
    {"  A =  b c \t\n", "A=[b c]"},
    {"A=", "A=[]"},
    {"A=\nB=c", "A=[] B=[c]"},
    {"A=b=c", "A=[b=c]"},
    {"A=b # no comment", "A=[b # no comment]"},
    {"A='b c '", "A=[b c ]"},
    {"A=\"b c \"  ", "A=[b c ]"},
    {"A='b\\n\"c'", "A=[b\\n\"c]"},
    {"A=\"b\\\"\\\\\\`\\$\\n'c\"", "A=[b\"\\`$\\n'c]"},
    {"A='b'\"c\" d", "A=[bcd]"},
    {"A='b' 'c'", "A=[bc]"},
    {"A=b'c'", "A=[b'c']"},
    {"A='b\nc'", "A=[b\nc]"},
    {"A=\"b\nc\"", "A=[b\nc]"},
    {"A=\"b\\\nc\"", "A=[bc]"},
    {"A=b\\\nc", "A=[bc]"},
    {"A=b\\\n  c", "A=[b  c]"},
    {"A=b\\ ", "A=[b ]"},
    {"A=b\\", "A=[b]"},
    {"A=\\#b\\c", "A=[#bc]"},
    {"A=''", "A=[]"},
    {"# a\\b\nA=b", "A=[b]"},
};

TestSuite(env_file, .fini = end_without_leak);

Test(env_file, says_what_it_says_to_systemd)
{
    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
        cr_expect_str_eq(says(taken[i].text), taken[i].says, "%s", taken[i].text);
}

Test(env_file, what_cannot_be_meant_is_refused_with_its_line)
{
    static const char *const refused[][2] = {
        {"A=b\n\nC\n", "line 3: NAME=value is expected, or a # before a comment"},
        {"export A=b", "line 1: NAME=value is expected, or a # before a comment"},
        {"=b", "line 1: NAME=value is expected, or a # before a comment"},
        {"1A=b", "line 1: NAME=value is expected, or a # before a comment"},
        {"\xEF\xBB\xBF"
         "A=b",
         "line 1: NAME=value is expected, or a # before a comment"},
        {"A=b\nB='c\nd\n", "line 2: the ' that begins the value has no other that ends it"},
        {"A=\"b", "line 1: the \" that begins the value has no other that ends it"},
        {"A=\"b\\", "line 1: the \" that begins the value has no other that ends it"},
        {"A=b\n#c\\\nD=e",
         "line 2: a comment may not end in \\, as the line after it is one to some versions "
         "of systemd"},
        {"A='\xFF'", "line 1: the value must be UTF-8 text, without control characters"},
        {"A=\x1b[31m", "line 1: the value must be UTF-8 text, without control characters"},
    };
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        cr_expect_str_eq(says(refused[i][0]), refused[i][1], "%s", refused[i][0]);
    int line;
    struct env_file file;
    cr_assert_not_null(env_file_parse(bytes_make("A=b\0c", 5), &file, &line));
    env_file_finish(&file);
}

Test(env_file, of_a_name_that_stands_twice_the_later_counts)
{
    struct env_file file;
    int line;
    cr_assert_null(env_file_parse(bytes_of_string("A=1\nB=2\nA=3\n"), &file, &line));
    cr_assert_str_eq(env_file_find(&file, "A")->value, "3");
    cr_assert_eq(env_file_find(&file, "A")->line, 3);
    cr_assert_null(env_file_find(&file, "C"));
    env_file_finish(&file);
}

Test(env_file, any_bytes_are_read_within_their_bounds)
{
    static const char alphabet[] = "AB_1= \t\n\r\\'\"#;$`\xC3\xA9\xFF";
    uint8_t bytes[24];
    srand(1);
    for (int round = 0; round < 200000; round++) {
        size_t size = (size_t)rand() % (sizeof(bytes) + 1);
        for (size_t i = 0; i < size; i++)
            bytes[i] = (uint8_t)alphabet[(size_t)rand() % (sizeof(alphabet) - 1)];
        uint8_t *exact = malloc(size + (size == 0)); /* so that a sanitizer sees a step too far */
        memcpy(exact, bytes, size);
        struct env_file file;
        int line = 0;
        const char *problem = env_file_parse(bytes_make(exact, size), &file, &line);
        cr_assert(problem == NULL || line >= 1);
        for (size_t i = 0; i < file.count; i++)
            cr_assert(file.items[i].name[0] != '\0' && file.items[i].line >= 1);
        env_file_finish(&file);
        free(exact);
    }
}
