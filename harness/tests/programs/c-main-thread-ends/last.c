// Build: cc -g -O1 -pthread -fno-builtin -o last last.c
// Usage: last N [--twin]
// The first thread ends by pthread_exit and another does the work: main never returns.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int n, twin;

static char *carve(int i) {
    char *stone = malloc(104); /*@site*/
    memset(stone, i, 104);
    return stone;
}

static void *work(void *unused) {
    unsigned sum = 0;
    for (int i = 0; i < n; i++) {
        char *stone = carve(i);
        sum += (unsigned char)stone[5];
        if (twin)
            free(stone);
    }
    printf("%u\n", sum);
    return unused;
}

int main(int argc, char **argv) {
    n = argc > 1 ? atoi(argv[1]) : 10;
    twin = argc > 2 && !strcmp(argv[2], "--twin");
    pthread_t thread;
    pthread_create(&thread, NULL, work, NULL);
    pthread_detach(thread);
    pthread_exit(NULL);
}
