// Build: cc -g -O1 -fno-builtin -o books books.c
// Usage: books N [--twin]
// fopen without fclose: a descriptor, and two blocks of the heap that the C library holds in its list of open files.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static int first_letter(int twin) {
    FILE *book = fopen("/proc/self/exe", "r"); /*@site*/
    if (!book) {
        perror("fopen");
        exit(1);
    }
    int letter = fgetc(book); /*@buffer*/
    if (twin)
        fclose(book);
    return letter;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    int sum = 0;
    for (int i = 0; i < n; i++)
        sum += first_letter(twin) == 0x7f;
    printf("%d books\n", sum);
}
