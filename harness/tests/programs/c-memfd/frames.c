// Build: cc -g -O1 -fno-builtin -o frames frames.c
// Usage: frames N [--twin]
// Each frame of a video gets shared memory without a name, of 16 KiB, which is written and whose descriptor is kept.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

static int frame(int i) {
    static char pixels[16384];
    memset(pixels, i, sizeof pixels);
    int memory = memfd_create("frame", 0); /*@site*/
    if (memory < 0 || write(memory, pixels, sizeof pixels) != sizeof pixels) {
        perror("memfd");
        exit(1);
    }
    return memory;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    for (int i = 0; i < n; i++) {
        int memory = frame(i);
        if (twin)
            close(memory);
    }
    printf("%d frames\n", n);
}
