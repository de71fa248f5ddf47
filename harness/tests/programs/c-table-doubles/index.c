// Build: cc -g -O1 -fno-builtin -o index index.c
// Usage: index N [--twin]
// An index of numbers that is never emptied: its table doubles when it is full, so that it grows in steps that get rarer.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static long *entries;
static size_t used, room;

static void add(long entry) {
    if (used == room) {
        room = room ? room * 2 : 8;
        entries = realloc(entries, room * sizeof *entries); /*@site*/
        if (!entries)
            abort();
    }
    entries[used++] = entry;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    for (int i = 0; i < n; i++) {
        if (twin)
            used = 0;
        for (int e = 0; e < 5; e++)
            add(i + e);
    }
    printf("%zu entries\n", used);
}
