// Build: cc -g -O1 -fno-builtin -o clean clean.c
// Usage: clean N [--twin]
// Does a little of everything and gives all of it back: blocks, a mapping, a pipe, a file, a thread's worth of realloc.
// Nothing grows and there is nothing to explain. (The twin does the same.)
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int everything(int i) {
    char *block = NULL;
    for (size_t size = 16; size < 20000; size *= 3)
        block = realloc(block, size);
    snprintf(block, 100, "%d", i);
    char *copy = strdup(block);
    char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int ends[2];
    if (page == MAP_FAILED || pipe(ends))
        abort();
    memcpy(page, copy, strlen(copy));
    FILE *file = fopen("/dev/null", "w");
    fputs(page, file);
    fclose(file);
    close(ends[0]);
    close(ends[1]);
    int first = page[0];
    munmap(page, 4096);
    free(copy);
    free(block);
    return first;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int sum = 0;
    for (int i = 0; i < n; i++)
        sum += everything(i);
    printf("%d\n", sum);
}
