/* Threads whose tables grow by realloc without end: every block is held at every moment. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *grow(void *unused) {
    (void)unused;
    for (;;) {
        void **table = NULL;
        size_t room = 0;
        for (size_t i = 0; i < 3000; i++) {
            if (i >= room) {
                size_t more = room + 1 + room / 16;
                table = realloc(table, more * sizeof *table);
                memset(table + room, 0, (more - room) * sizeof *table);
                room = more;
            }
            table[i] = calloc(1, 32);
        }
        for (size_t i = 0; i < 3000; i++) free(table[i]);
        free(table);
    }
    return NULL;
}

int main(int count, char **arguments) {
    pthread_t thread;
    for (int i = count > 1 ? atoi(arguments[1]) : 1; i > 0; i--) pthread_create(&thread, NULL, grow, NULL);
    usleep(30000 + getpid() % 100 * 300);
    exit(0);
}
