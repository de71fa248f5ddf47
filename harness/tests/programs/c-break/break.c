// Build: cc -g -O1 -fno-builtin -o break break.c
// Usage: break N [--twin]
// Moves the end of the data segment by sbrk, past the allocator: neither a block nor a mapping is made.
#define _DEFAULT_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void more(int i, int twin) {
    char *at = sbrk(8192); /*@site*/
    if (at == (char *)-1) {
        perror("sbrk");
        exit(1);
    }
    memset(at, i, 8192);
    if (twin)
        sbrk(-8192);
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    for (int i = 0; i < n; i++)
        more(i, twin);
    printf("%d\n", n);
}
