// Build: cc -g -O1 -fno-builtin -o drip drip.c
// Usage: drip N [--twin]
// Each iteration takes and frees 20 blocks. Once in a thousand iterations one of 48 bytes is forgotten.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned char *event(int i) {
    unsigned char *block = malloc(48); /*@site*/
    memset(block, i, 48);
    return block;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    unsigned sum = 0;
    for (int i = 0; i < n; i++) {
        for (int e = 0; e < 20; e++) {
            unsigned char *block = event(i + e);
            sum += block[e];
            if (twin || e != 7 || i % 1000 != 999)
                free(block);
        }
    }
    printf("%u\n", sum);
}
