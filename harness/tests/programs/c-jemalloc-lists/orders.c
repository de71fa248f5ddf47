// Build: cc -g -O1 -pthread -fno-builtin -o orders orders.c
// Usage: orders N [--twin]
// What an allocator of its own may hide: four threads take, drop and keep in turns, and free much between, so that every
// cache of the allocator is full of addresses. A short list is lost each time (one block, and three lost with it), an
// entry is held by another, and a frame by a pointer behind its head alone.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 4 };

struct dish {
    struct dish *next;
    char name[56];
};

struct guest {
    struct guest *before;
    int number;
};

static int n, twin;
static struct guest *guests[THREADS];
static char *frames[THREADS];

static struct dish *serve(int i) {
    struct dish *dish = malloc(sizeof *dish); /*@site*/
    memset(dish, i, sizeof *dish);
    dish->next = NULL;
    return dish;
}

static struct dish *course(int i) {
    struct dish *first = NULL;
    for (int k = 0; k < 4; k++) {
        struct dish *dish = serve(i);
        dish->next = first;
        first = dish;
    }
    return first;
}

static void admit(int own, int i) {
    struct guest *guest = malloc(sizeof *guest); /*@site2*/
    guest->before = guests[own];
    guest->number = i;
    guests[own] = guest;
}

static void hang(int own, int i) {
    char *frame = malloc(16 + 112); /*@site3*/
    memset(frame, i, 128);
    memcpy(frame + 16, &frames[own], sizeof(char *));
    frames[own] = frame + 16;
}

static void clear(int i) {
    void *plates[32];
    for (int k = 0; k < 32; k++) {
        plates[k] = malloc(16 + k % 4 * 48);
        memset(plates[k], i, 16);
    }
    for (int k = 0; k < 32; k++)
        free(plates[k]);
}

static void *work(void *number) {
    int own = *(int *)number;
    for (int i = own; i < n; i += THREADS) {
        struct dish *dish = course(i);
        if (twin)
            for (struct dish *next; dish; dish = next) {
                next = dish->next;
                free(dish);
            }
        else {
            admit(own, i);
            hang(own, i);
        }
        clear(i);
    }
    return NULL;
}

int main(int argc, char **argv) {
    n = argc > 1 ? atoi(argv[1]) : 10;
    twin = argc > 2 && !strcmp(argv[2], "--twin");
    pthread_t threads[THREADS];
    int numbers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        pthread_create(&threads[i], NULL, work, &numbers[i]);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    int many = 0;
    for (int i = 0; i < THREADS; i++)
        for (struct guest *guest = guests[i]; guest; guest = guest->before)
            many++;
    printf("%d\n", many);
}
