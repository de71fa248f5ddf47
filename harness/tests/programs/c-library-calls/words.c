// Build: cc -g -O1 -fno-builtin -o words words.c
// Usage: words N [--twin]
// Blocks that the C library takes for its caller: strdup, asprintf, getline, realpath. Nobody frees them.
#define _GNU_SOURCE
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void speak(FILE *book, char **words) {
    words[0] = strdup("a word of seventeen"); /*@site*/
    if (asprintf(&words[1], "%d words of %s", 12, "a sentence") < 0) /*@site2*/
        abort();
    size_t room = 0;
    words[2] = NULL;
    rewind(book);
    if (getline(&words[2], &room, book) < 0) /*@site3*/
        abort();
    words[3] = realpath("/", NULL); /*@site4*/
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    char text[] = "a line of the book\nand another\n";
    FILE *book = fmemopen(text, sizeof text - 1, "r");
    size_t letters = 0;
    for (int i = 0; i < n; i++) {
        char *words[4];
        speak(book, words);
        for (int w = 0; w < 4; w++) {
            letters += strlen(words[w]);
            if (twin)
                free(words[w]);
        }
        memset(words, 0, sizeof words);
        __asm__ volatile("" : : "r"(words) : "memory");
    }
    fclose(book);
    printf("%zu letters\n", letters);
}
