// Build: cc -g -O1 -fno-builtin -o worker worker.c
// Usage: worker N [--twin]
// The work is done by a child, made by fork, which leaks a block for each job. The parent waits and takes nothing.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static unsigned job(int i, int twin) {
    unsigned char *page = malloc(160); /*@site*/
    memset(page, i, 160);
    unsigned sum = page[i % 160];
    if (twin)
        free(page);
    return sum;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    pid_t child = fork();
    if (child < 0) {
        perror("fork");
        return 1;
    }
    if (!child) {
        unsigned sum = 0;
        for (int i = 0; i < n; i++)
            sum += job(i, twin);
        printf("%u\n", sum);
        exit(0);
    }
    int status;
    waitpid(child, &status, 0);
    return status != 0;
}
