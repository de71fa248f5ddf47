/* A small HTTP server that keeps memory in one way or another: server WAY PORT. A thread for each connection. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *way;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int is(const char *name) { return strcmp(way, name) == 0; }

struct word {
    struct word *next;
    char text[56];
};
static struct word *words;

/* A list that only grows. */
static void hold(const char *text) {
    struct word *word = malloc(sizeof *word);
    strncpy(word->text, text, sizeof word->text - 1);
    pthread_mutex_lock(&lock);
    word->next = words;
    words = word;
    pthread_mutex_unlock(&lock);
}

static void lose(void) {
    volatile char *block = malloc(48);
    block[0] = 1;
}

/* Each word once. */
static void learn(const char *text) {
    pthread_mutex_lock(&lock);
    struct word *word = words;
    while (word && strcmp(word->text, text) != 0) word = word->next;
    if (!word) {
        word = malloc(sizeof *word);
        strncpy(word->text, text, sizeof word->text - 1);
        word->next = words;
        words = word;
    }
    pthread_mutex_unlock(&lock);
}

/* The last 64 answers. */
static void keep_a_few(void) {
    static char *kept[64];
    static unsigned at;
    pthread_mutex_lock(&lock);
    free(kept[at % 64]);
    kept[at++ % 64] = malloc(100);
    pthread_mutex_unlock(&lock);
}

/* What a large request needs, and gives back: the arena of its thread keeps it. */
static void churn(void) {
    enum { BLOCKS = 600 };
    char *blocks[BLOCKS];
    for (int at = 0; at < BLOCKS; at++) memset(blocks[at] = malloc(4000), 1, 4000);
    for (int at = 0; at < BLOCKS; at++) free(blocks[at]);
}

static void *tick(void *unused) {
    for (;;) {
        usleep(2000);
        hold("tick");
    }
    return unused;
}

static void leave(int signal) {
    (void)signal;
    exit(0);
}

/* What comes behind `marker` in a request, up to a space. */
static void word_of(const char *request, char *into, size_t room) {
    const char *found = strstr(request, "?w=");
    size_t length = found ? strcspn(found + 3, " &\r\n") : 0;
    if (length >= room) length = room - 1;
    if (found) memcpy(into, found + 3, length);
    into[length] = 0;
}

static void *serve(void *argument) {
    int socket = (int)(long)argument;
    char request[4096];
    for (;;) {
        size_t length = 0;
        request[0] = 0;
        while (!strstr(request, "\r\n\r\n")) {
            ssize_t got = read(socket, request + length, sizeof request - 1 - length);
            if (got <= 0) {
                close(socket);
                return NULL;
            }
            length += (size_t)got;
            request[length] = 0;
        }
        char word[56];
        word_of(request, word, sizeof word);
        int is_ready = strncmp(request, "GET /ready", 10) == 0;
        if (!is_ready) {
            if (is("lose") || is("workers") || is("rude")) lose();
            if (is("hold")) hold(word);
            if (is("learn")) learn(word);
            if (is("few")) keep_a_few();
            if (is("churn")) churn();
            if (is("die") && strcmp(word, "150") == 0) abort();
        }
        const char *status = is("fail") && !is_ready ? "500 Wrong" : "200 OK";
        char answer[128];
        int size = snprintf(answer, sizeof answer, "HTTP/1.1 %s\r\nContent-Length: 2\r\n\r\nok", status);
        if (write(socket, answer, (size_t)size) < 0) {
            close(socket);
            return NULL;
        }
    }
}

static void accept_all(int listener) {
    for (;;) {
        /* "deaf" takes them past all that looks at it. */
        int socket = is("deaf") ? (int)syscall(SYS_accept, listener, NULL, NULL) : accept(listener, NULL, NULL);
        if (socket < 0) continue;
        int yes = 1;
        setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        pthread_t thread;
        if (pthread_create(&thread, NULL, serve, (void *)(long)socket) == 0) pthread_detach(thread);
    }
}

static pid_t children[2];

static void leave_with_children(int signal) {
    for (int at = 0; at < 2; at++) kill(children[at], signal);
    for (int at = 0; at < 2; at++) waitpid(children[at], NULL, 0);
    exit(0);
}

int main(int count, char **words) {
    if (count != 3) return 2;
    way = words[1];
    if (is("broken")) {
        fprintf(stderr, "no configuration\n");
        return 3;
    }
    int listener = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(words[2]))};
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&here, sizeof here) || listen(listener, 64)) {
        perror("listen");
        return 1;
    }
    signal(SIGPIPE, SIG_IGN);
    if (!is("rude") && !is("deaf")) signal(SIGTERM, leave);
    if (is("stubborn")) signal(SIGTERM, SIG_IGN);
    if (is("ticks")) {
        pthread_t thread;
        pthread_create(&thread, NULL, tick, NULL);
    }
    if (is("workers")) {
        for (int at = 0; at < 2; at++) {
            children[at] = fork();
            if (children[at] == 0) accept_all(listener);
        }
        signal(SIGTERM, leave_with_children);
        for (;;) pause();
    }
    accept_all(listener);
}
