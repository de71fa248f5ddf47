// Build: cc -g -O1 -pthread -fno-builtin -o waiters waiters.c
// Usage: waiters N [--twin]
// A detached thread for each request waits for an answer that never comes: the threads live, and each more.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t arrived = PTHREAD_COND_INITIALIZER, answered = PTHREAD_COND_INITIALIZER;
static int here, answers;

static void *wait_for_answer(void *twin) {
    pthread_mutex_lock(&lock);
    here++;
    pthread_cond_signal(&arrived);
    if (!twin)
        while (!answers)
            pthread_cond_wait(&answered, &lock);
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void request(int i, int twin) {
    pthread_t thread;
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 65536);
    int failed = pthread_create(&thread, &small, wait_for_answer, twin ? &lock : NULL); /*@site*/
    pthread_attr_destroy(&small);
    if (failed) {
        fprintf(stderr, "no more threads after %d\n", i);
        exit(1);
    }
    if (twin)
        pthread_join(thread, NULL);
    else
        pthread_detach(thread);
    pthread_mutex_lock(&lock);
    while (here <= i)
        pthread_cond_wait(&arrived, &lock);
    pthread_mutex_unlock(&lock);
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    for (int i = 0; i < n; i++)
        request(i, twin);
    printf("%d requests\n", here);
}
