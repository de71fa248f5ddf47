// Build: cc -g -O1 -fno-builtin -o tables tables.c
// Usage: tables N [--twin]
// A table of 2 MB is computed at the start and held to the end, and another of 300,000 bytes when it is first needed, in
// the 40th iteration. Neither grows. The twin does without them.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned char *big, *late;

static void prepare(void) {
    big = malloc(2000000); /*@site*/
    memset(big, 3, 2000000);
}

static void prepare_late(void) {
    late = malloc(300000); /*@site2*/
    memset(late, 5, 300000);
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    unsigned sum = 0;
    if (!twin)
        prepare();
    for (int i = 0; i < n; i++) {
        if (i == 39 && !twin)
            prepare_late();
        char *scratch = malloc(500);
        memset(scratch, i, 500);
        sum += (big ? big[i % 2000000] : 0) + (late ? late[i % 300000] : 0) + (unsigned char)scratch[i % 500];
        free(scratch);
    }
    printf("%u\n", sum);
}
