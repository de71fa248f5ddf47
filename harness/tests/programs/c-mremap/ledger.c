// Build: cc -g -O1 -fno-builtin -o ledger ledger.c
// Usage: ledger N [--twin]
// One mapping that mremap makes a page longer in each iteration.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static char *pages;
static size_t length = 4096;

static void turn(int i, int twin) {
    size_t wanted = twin ? 8192 : length + 4096;
    char *moved = mremap(pages, length, wanted, MREMAP_MAYMOVE); /*@site*/
    if (moved == MAP_FAILED) {
        perror("mremap");
        exit(1);
    }
    pages = moved;
    length = wanted;
    pages[length - 1] = (char)i;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    pages = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < n; i++)
        turn(i, twin);
    printf("%zu bytes\n", length);
}
