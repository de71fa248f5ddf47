// Build: cc -g -O1 -fno-builtin -o both both.c
// Usage: both N [--twin]
// A cache of 256 entries that is right, a list that grows and is held, and a leak: each has to be told for what it is.
// The twin has the cache alone.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    struct entry *before;
    int number;
};

static char *cache[256];
static struct entry *history;

static char *cached(int i) {
    char **place = &cache[i % 256];
    if (!*place) {
        *place = malloc(2000); /*@site*/
        memset(*place, i, 2000);
    }
    return *place;
}

static void remember(int i) {
    struct entry *entry = malloc(sizeof *entry); /*@site2*/
    entry->before = history;
    entry->number = i;
    history = entry;
}

static unsigned char *forget(int i) {
    unsigned char *block = malloc(33); /*@site3*/
    memset(block, i, 33);
    return block;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    unsigned sum = 0;
    for (int i = 0; i < n; i++) {
        sum += (unsigned char)cached(i)[7];
        if (!twin) {
            remember(i);
            sum += forget(i)[5];
        }
    }
    printf("%u, %d\n", sum, history ? history->number : 0);
}
