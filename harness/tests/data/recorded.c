/* Does one kind of thing for some seconds, as `harness record` is tested with it. */
#define _GNU_SOURCE
#include "harness_mark.h"
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void *kept;

__attribute__((noinline)) static void take(size_t size) {
    void **block = malloc(size);
    memset(block, 1, size);
    block[0] = kept;
    kept = block;
}

__attribute__((noinline)) static void pass(size_t size) {
    char *block = malloc(size);
    block[0] = 1;
    free(block);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* However slow the machine is, as much is done in a second as in any other. */
static void work(const char *kind, double seconds) {
    double begun = now(), passed;
    long done = 0;
    while ((passed = now() - begun) < seconds) {
        /* A quarter of a second of work, and as much of rest. */
        int rests = strcmp(kind, "marks") == 0 && (int)(passed * 4) % 2 == 1;
        for (; done < passed * 400; done++) {
            if (rests) {
                continue;
            } else if (strcmp(kind, "grow") == 0) {
                take(4000);
            } else if (strcmp(kind, "flat") == 0) {
                pass(4000);
            } else if (strcmp(kind, "open") == 0) {
                (void)!open("/dev/null", O_RDONLY);
            } else if (strcmp(kind, "marks") == 0) {
                take(480);
                harness_mark("request");
            }
        }
        usleep(2000);
    }
}

int main(int argc, char **argv) {
    const char *kind = argc > 1 ? argv[1] : "flat";
    double seconds = argc > 2 ? atof(argv[2]) : 1.0;
    setvbuf(stdout, NULL, _IONBF, 0);
    printf("begun\n");
    if (strcmp(kind, "worker") == 0) {
        pid_t child = fork();
        if (child == 0) {
            work("grow", seconds);
            return 0;
        }
        work("flat", seconds);
        waitpid(child, NULL, 0);
        return 0;
    }
    if (strcmp(kind, "daemon") == 0) {
        if (fork() == 0) {
            if (fork() == 0) {
                setsid();
                work("grow", seconds);
            }
            _exit(0);
        }
        wait(NULL);
        return 0;
    }
    if (strcmp(kind, "closes") == 0) {
        for (int descriptor = 3; descriptor < 1000; descriptor++) {
            close(descriptor);
        }
        int other = open("other", O_CREAT | O_WRONLY | O_TRUNC, 0600);
        dup2(other, atoi(getenv("HARNESS_MARK_FD")));
        for (int i = 0; i < 100; i++) {
            harness_mark("request");
        }
        work("flat", seconds);
        return 7;
    }
    work(kind, seconds);
    printf("done\n");
    return 0;
}
