// Build: cc -g -O1 -fno-builtin -o images images.c
// Usage: images N [--twin]
// Blocks of 300,000 bytes, which malloc maps by itself: they are blocks of the heap all the same.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned char *image(int i) {
    unsigned char *pixels = malloc(300000); /*@site*/
    pixels[i % 300000] = 1;
    return pixels;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    unsigned sum = 0;
    for (int i = 0; i < n; i++) {
        unsigned char *pixels = image(i);
        sum += pixels[i % 300000];
        if (twin)
            free(pixels);
    }
    printf("%u\n", sum);
}
