// Build: cc -g -O1 -fno-builtin -o journal journal.c
// Usage: journal N [--twin]
// A journal in one block: each iteration makes it 64 bytes longer by realloc. There is never more than one block.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *journal;
static size_t length;

static void note(int i) {
    journal = realloc(journal, length + 64); /*@site*/
    memset(journal + length, i, 64);
    length += 64;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    for (int i = 0; i < n; i++) {
        if (twin)
            length = 0;
        note(i);
    }
    printf("%zu bytes\n", length);
}
