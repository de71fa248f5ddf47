// Build: cc -g -O1 -fno-builtin -o folders folders.c
// Usage: folders N [--twin]
// opendir without closedir: a descriptor and a block of the heap that nothing points to.
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static int empty(const char *path, int twin) {
    DIR *folder = opendir(path); /*@site*/
    if (!folder) {
        perror("opendir");
        exit(1);
    }
    int nothing = readdir(folder) == NULL;
    if (twin)
        closedir(folder);
    return nothing;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    int many = 0;
    for (int i = 0; i < n; i++)
        many += empty("/", twin);
    printf("%d empty folders\n", many);
}
