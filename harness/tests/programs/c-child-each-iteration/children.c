// Build: cc -g -O1 -fno-builtin -o children children.c
// Usage: children N [--twin]
// Each iteration makes a child, which takes a little memory, frees none of it and ends; the parent waits for it. No
// process grows with the number of iterations. (The twin's children free what they took.)
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int job(int i, int twin) {
    char *text = malloc(3000); /*@site*/
    snprintf(text, 3000, "job %d", i);
    int length = (int)strlen(text);
    if (twin)
        free(text);
    return length;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    int letters = 0;
    for (int i = 0; i < n; i++) {
        pid_t child = fork();
        if (child < 0) {
            perror("fork");
            return 1;
        }
        if (!child)
            exit(job(i, twin));
        int status;
        waitpid(child, &status, 0);
        letters += WEXITSTATUS(status);
    }
    printf("%d letters\n", letters);
}
