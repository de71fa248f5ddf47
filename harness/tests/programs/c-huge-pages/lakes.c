// Build: cc -g -O1 -fno-builtin -o lakes lakes.c
// Usage: lakes N [--twin]
// Maps 2 MiB an iteration, aligned to them, asks for huge pages and writes one byte: where the system grants them, all
// 2 MiB become resident. Ends with an error after 1,000, before it takes more than 2 GB.
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { HUGE = 2 << 20 };

static unsigned char *lake(int i) {
    char *at = mmap(NULL, 2 * HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); /*@site*/
    if (at == MAP_FAILED || i >= 1000) {
        fprintf(stderr, "no room for more lakes\n");
        exit(1);
    }
    char *aligned = (char *)(((uintptr_t)at + HUGE - 1) & ~(uintptr_t)(HUGE - 1));
    if (aligned > at)
        munmap(at, (size_t)(aligned - at));
    munmap(aligned + HUGE, (size_t)(at + HUGE - aligned));
    madvise(aligned, HUGE, MADV_HUGEPAGE);
    aligned[0] = (char)i;
    return (unsigned char *)aligned;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    unsigned sum = 0;
    for (int i = 0; i < n; i++) {
        unsigned char *at = lake(twin ? 0 : i);
        sum += at[0];
        if (twin)
            munmap(at, HUGE);
    }
    printf("%u\n", sum);
}
