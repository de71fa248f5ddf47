// Build: cc -g -O1 -fno-builtin -o tail tail.c
// Usage: tail N [--twin]
// Takes 10 MB in blocks of 4,000 bytes in each iteration and frees them all; one small block that lives at the top of
// the heap keeps the C library from giving anything back. The twin gives it back by malloc_trim.
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MANY = 2500, BYTES = 4000 };

static char *blocks[MANY], *last;

static void load(int i) {
    for (int b = 0; b < MANY; b++) {
        blocks[b] = malloc(BYTES); /*@site*/
        memset(blocks[b], i + b, BYTES);
    }
    if (!last)
        last = malloc(40);
    for (int b = 0; b < MANY; b++)
        free(blocks[b]);
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    for (int i = 0; i < n; i++) {
        load(i);
        if (twin)
            malloc_trim(0);
    }
    printf("%d loads, %p\n", n, (void *)(last ? NULL : blocks));
}
