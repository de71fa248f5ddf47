// Build: cc -g -O1 -fno-builtin -o questions questions.c
// Usage: questions N [--twin]
// popen without pclose: a descriptor, a child that is not waited for, and blocks of the C library.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static int ask(int twin) {
    FILE *answer = popen("exec true", "r"); /*@site*/
    if (!answer) {
        perror("popen");
        exit(1);
    }
    int letter = fgetc(answer); /*@buffer*/
    if (twin)
        pclose(answer);
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
        sum += ask(twin) == EOF;
    printf("%d\n", sum);
}
