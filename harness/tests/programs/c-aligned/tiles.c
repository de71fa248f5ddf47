// Build: cc -g -O1 -fno-builtin -o tiles tiles.c
// Usage: tiles N [--twin]
// Takes blocks by every aligned form there is, and forgets them.
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void lay(void **tiles) {
    if (posix_memalign(&tiles[0], 64, 128)) /*@site*/
        abort();
    tiles[1] = aligned_alloc(256, 512); /*@site2*/
    tiles[2] = memalign(32, 96); /*@site3*/
    tiles[3] = reallocarray(NULL, 6, 20); /*@site4*/
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    size_t sum = 0;
    for (int i = 0; i < n; i++) {
        void *tiles[4];
        lay(tiles);
        for (int t = 0; t < 4; t++) {
            sum += (size_t)tiles[t] % 32;
            if (twin)
                free(tiles[t]);
            tiles[t] = NULL;
        }
        __asm__ volatile("" : : "r"(tiles) : "memory");
    }
    printf("%d\n", sum % 16 == 0);
}
