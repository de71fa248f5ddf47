// Build: cc -g -O1 -pthread -fno-builtin -o notes notes.c
// Usage: notes N [--twin]
// Each iteration runs a thread and joins it. The thread keeps a block in a variable of its own and nobody frees it when
// the thread ends.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local char *notes;
static int twin;

static void *write_notes(void *number) {
    notes = malloc(400); /*@site*/
    snprintf(notes, 400, "thread %d", *(int *)number);
    if (twin)
        free(notes);
    return NULL;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    twin = argc > 2 && !strcmp(argv[2], "--twin");
    for (int i = 0; i < n; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, write_notes, &i)) {
            perror("pthread_create");
            return 1;
        }
        pthread_join(thread, NULL);
    }
    printf("%d threads\n", n);
}
