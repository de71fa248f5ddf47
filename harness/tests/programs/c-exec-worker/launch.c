// Build: cc -g -O1 -fno-builtin -o launch launch.c
// Usage: launch N [--twin] [--clear]
// Starts itself again as a worker, by fork and exec, and waits for it. The worker leaks a block for each job. With
// --clear the worker's environment is empty.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static unsigned job(int i, int twin) {
    unsigned char *page = calloc(3, 80); /*@site*/
    memset(page, i, 240);
    unsigned sum = page[i % 240];
    if (twin)
        free(page);
    return sum;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = 0, clear = 0, worker = 0;
    for (int a = 2; a < argc; a++) {
        twin |= !strcmp(argv[a], "--twin");
        clear |= !strcmp(argv[a], "--clear");
        worker |= !strcmp(argv[a], "--worker");
    }
    if (worker) {
        unsigned sum = 0;
        for (int i = 0; i < n; i++)
            sum += job(i, twin);
        printf("%u\n", sum);
        return 0;
    }
    pid_t child = fork();
    if (child < 0) {
        perror("fork");
        return 1;
    }
    if (!child) {
        char *again[] = {argv[0], argc > 1 ? argv[1] : "10", "--worker", twin ? "--twin" : NULL, NULL};
        char *nothing[] = {NULL};
        execve(argv[0], again, clear ? nothing : environ);
        perror("exec");
        _exit(127);
    }
    int status;
    waitpid(child, &status, 0);
    return status != 0;
}
