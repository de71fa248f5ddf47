// One kind of work, as often as the count says: `work KIND COUNT`. Without a count it takes HARNESS_ITERS.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void *kept[1 << 20];
static void *volatile seen;
static const char *kind = "";

static int is(const char *name) { return !strcmp(kind, name); }

__attribute__((noinline)) static void *take(size_t bytes) {
    char *block = malloc(bytes); /* take */
    memset(block, 1, bytes);
    seen = block;
    return block;
}

static void lines(void) {
    char line[256];
    while (fgets(line, sizeof line, stdin))
        take(strlen(line));
}

static void table(int count) {
    char *text = NULL;
    for (int i = 0; i < count; i++) {
        text = realloc(text, i + 1); /* table */
        text[i] = 'x';
    }
    kept[0] = text;
}

int main(int argc, char **argv) {
    if (argc > 1)
        kind = argv[1];
    const char *given = argc > 2 ? argv[2] : getenv("HARNESS_ITERS");
    int count = given ? atoi(given) : 10;
    if (is("lines"))
        lines();
    if (is("table"))
        table(count);
    if (is("ignores")) {
        for (int i = 0; i < 1000; i++)
            take(16);
        return 0;
    }
    if (is("loud")) {
        static char block[1 << 20];
        memset(block, 'x', sizeof block);
        for (int i = 0; i < count; i++)
            if (write(1, block, sizeof block) < 0)
                return 1;
    }
    if (is("array"))
        take((size_t)count * 8);
    for (int i = 0; i < count; i++) {
        if (is("lose") || is("crash") || is("hang") || is("closed"))
            take(48);
        if (is("closed") && i == 0)
            for (int each = 0; each < 3; each++)
                close(each);
        if (is("drip")) {
            free(take(100));
            if (i % 1000 == 999)
                kept[i / 1000] = take(48);
        }
        if (is("cache")) {
            free(kept[i % 512]);
            kept[i % 512] = take(64);
        }
        if (is("clean"))
            free(take(64));
        if (is("forks")) {
            pid_t child = fork();
            if (!child) {
                take(40);
                exit(0);
            }
            waitpid(child, NULL, 0);
        }
    }
    if (is("child")) {
        pid_t child = fork();
        if (!child) {
            for (int i = 0; i < count; i++)
                take(40);
            exit(0);
        }
        waitpid(child, NULL, 0);
    }
    if (is("daemon")) {
        if (fork())
            _exit(0);
        setsid();
        sleep(60);
    }
    if (is("crash"))
        raise(SIGSEGV);
    if (is("hang"))
        pause();
    return 0;
}
