// Build: cc -g -O1 -fno-builtin -o filter filter.c
// Usage: filter N [--twin]
// Compiles a regular expression for each line and never calls regfree.
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int matches(const char *line, int twin) {
    regex_t pattern;
    if (regcomp(&pattern, "^a[0-9]+", REG_EXTENDED | REG_NOSUB)) /*@site*/
        return -1;
    int found = regexec(&pattern, line, 0, NULL, 0) == 0; /*@search*/
    if (twin)
        regfree(&pattern);
    return found;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    int found = 0;
    for (int i = 0; i < n; i++)
        found += matches(i % 2 ? "a17" : "b17", twin);
    printf("%d lines\n", found);
}
