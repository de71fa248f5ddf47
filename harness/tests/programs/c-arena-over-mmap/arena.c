// Build: cc -g -O1 -fno-builtin -o arena arena.c
// Usage: arena N [--twin]
// An allocator of the program's own: it cuts 1,000 bytes an iteration off chunks of 64 KiB, which it maps. Nothing is
// ever given back. The twin starts at the first chunk again when it is full.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { CHUNK = 65536 };

static char *chunk;
static size_t used = CHUNK;

static char *new_chunk(void) {
    char *at = mmap(NULL, CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); /*@site*/
    if (at == MAP_FAILED) {
        perror("mmap");
        exit(1);
    }
    return at;
}

static void *cut(size_t bytes, int twin) {
    if (used + bytes > CHUNK) {
        if (!twin || !chunk)
            chunk = new_chunk();
        used = 0;
    }
    used += bytes;
    return chunk + used - bytes;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    unsigned sum = 0;
    for (int i = 0; i < n; i++) {
        unsigned char *piece = cut(1000, twin);
        memset(piece, i, 1000);
        sum += piece[i % 1000];
    }
    printf("%u\n", sum);
}
