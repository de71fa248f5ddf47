// Build: cc -g -O1 -fno-builtin -o settings settings.c
// Usage: settings N [--twin]
// Reads four lines of settings an iteration. A line without a value is refused, and the early return forgets the key
// that was copied already. The good lines are freed.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct setting {
    char *key, *value;
};

static int twin;

static char *copy(const char *from, size_t length) {
    char *to = malloc(length + 1); /*@site*/
    memcpy(to, from, length);
    to[length] = 0;
    return to;
}

static int parse(const char *line, struct setting *into) {
    const char *equals = strchr(line, '=');
    size_t length = equals ? (size_t)(equals - line) : strlen(line);
    into->key = copy(line, length); /*@caller*/
    if (!equals) {
        if (twin)
            free(into->key);
        return -1;
    }
    into->value = copy(equals + 1, strlen(equals + 1));
    return 0;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    twin = argc > 2 && !strcmp(argv[2], "--twin");
    const char *lines[] = {"width=80", "colour", "height=25", "name=a longer value than the others"};
    int refused = 0;
    for (int i = 0; i < n; i++) {
        for (int l = 0; l < 4; l++) {
            struct setting setting;
            if (parse(lines[l], &setting)) {
                refused++;
                continue;
            }
            free(setting.key);
            free(setting.value);
        }
    }
    printf("%d lines refused\n", refused);
}
