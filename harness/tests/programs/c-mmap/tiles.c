// Build: cc -g -O1 -fno-builtin -o tiles tiles.c
// Usage: tiles N [--twin]
// Maps 24 KiB for each tile of a map, writes into them and never unmaps them. Heap tools see nothing.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { SIZE = 24576 };

static unsigned char *tile(int i) {
    unsigned char *at = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); /*@site*/
    if (at == MAP_FAILED) {
        perror("mmap");
        exit(1);
    }
    memset(at, i, SIZE);
    return at;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    unsigned sum = 0;
    for (int i = 0; i < n; i++) {
        unsigned char *at = tile(i);
        sum += at[i % SIZE];
        if (twin)
            munmap(at, SIZE);
    }
    printf("%u\n", sum);
}
