// Build: cc -g -O1 -fno-builtin -o orders orders.c
// Usage: orders N [--twin]
// Everything is taken by one function that never fails. Of its three callers one forgets to free what it took, so the
// line that allocates tells nothing: the caller does.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static __attribute__((noinline)) void *take(size_t bytes) {
    void *block = malloc(bytes); /*@site*/
    if (!block)
        abort();
    return block;
}

static __attribute__((noinline)) char *address(void) {
    char *text = take(200);
    strcpy(text, "1, the street");
    return text;
}

static __attribute__((noinline)) int *prices(void) {
    int *list = take(64 * sizeof *list);
    for (int i = 0; i < 64; i++)
        list[i] = i;
    return list;
}

static __attribute__((noinline)) char *receipt(int sum) {
    char *text = take(72); /*@caller*/
    snprintf(text, 72, "Paid: %d", sum);
    return text;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    size_t letters = 0;
    for (int i = 0; i < n; i++) {
        char *where = address();
        int *list = prices();
        char *paid = receipt(list[i % 64]);
        letters += strlen(where) + strlen(paid);
        free(where);
        free(list);
        if (twin)
            free(paid);
    }
    printf("%zu letters\n", letters);
}
