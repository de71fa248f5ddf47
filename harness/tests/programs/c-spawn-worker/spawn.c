// Build: cc -g -O1 -fno-builtin -o spawn spawn.c
// Usage: spawn N [--twin]
// Starts itself again as a worker by posix_spawn. The worker holds every record in a list, to its end.
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

extern char **environ;

struct record {
    struct record *before;
    char text[120];
};

static struct record *records;

static void keep(int i, int twin) {
    struct record *record = malloc(sizeof *record); /*@site*/
    snprintf(record->text, sizeof record->text, "record %d", i);
    record->before = records;
    records = record;
    if (twin) {
        records = record->before;
        free(record);
    }
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    if (argc > 3) {
        for (int i = 0; i < n; i++)
            keep(i, twin);
        printf("%d records\n", n);
        return 0;
    }
    char *again[] = {argv[0], argc > 1 ? argv[1] : "10", twin ? "--twin" : "--keep", "--worker", NULL};
    pid_t child;
    if (posix_spawn(&child, argv[0], NULL, NULL, again, environ)) {
        perror("posix_spawn");
        return 1;
    }
    int status;
    waitpid(child, &status, 0);
    return status != 0;
}
