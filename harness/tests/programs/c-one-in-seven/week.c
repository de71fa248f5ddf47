// Build: cc -g -O1 -fno-builtin -o week week.c
// Usage: week N [--twin]
// Takes a day's report each iteration; each seventh is forgotten. At no count is the growth a whole number an iteration.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t report(int day, int twin) {
    char *text = malloc(70); /*@site*/
    snprintf(text, 70, "day %d", day);
    size_t letters = strlen(text);
    if (day % 7 || twin)
        free(text);
    return letters;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    size_t letters = 0;
    for (int i = 0; i < n; i++)
        letters += report(i, twin);
    printf("%zu letters\n", letters);
}
