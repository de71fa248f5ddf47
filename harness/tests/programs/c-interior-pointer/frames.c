// Build: cc -g -O1 -fno-builtin -o frames frames.c
// Usage: frames N [--twin]
// Each block has a head of 16 bytes, and the program keeps only pointers behind it, in a list: no pointer to the start
// of a block is left anywhere.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct frame {
    struct frame *before;
    char pixels[72];
};

static struct frame *frames;

static struct frame *draw(int i) {
    char *block = malloc(16 + sizeof(struct frame)); /*@site*/
    memcpy(block, "head of a frame", 16);
    struct frame *frame = (struct frame *)(block + 16);
    memset(frame->pixels, i, sizeof frame->pixels);
    return frame;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    for (int i = 0; i < n; i++) {
        struct frame *frame = draw(i);
        if (twin) {
            free((char *)frame - 16);
            continue;
        }
        frame->before = frames;
        frames = frame;
    }
    int many = 0;
    for (struct frame *frame = frames; frame; frame = frame->before)
        many++;
    printf("%d frames\n", many);
}
