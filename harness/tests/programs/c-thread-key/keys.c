// Build: cc -g -O1 -fno-builtin -o keys keys.c -pthread
// Usage: keys N [--twin]
// A key without a destructor: what a thread keeps under it stays behind when the thread ends.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_key_t key;

static void *count(void *number) {
    int *counter = calloc(20, sizeof *counter); /*@site*/
    counter[0] = *(int *)number;
    pthread_setspecific(key, counter);
    return NULL;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    pthread_key_create(&key, twin ? free : NULL);
    for (int i = 0; i < n; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, count, &i))
            return 1;
        pthread_join(thread, NULL);
    }
    printf("%d threads\n", n);
}
