/* Work whose error paths are wrong in four ways, each only where an allocation fails: `error_paths WHAT N`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct item {
    char *name;
    char *value;
};

static struct item *make(const char *name, const char *value, int careful) {
    struct item *item = malloc(sizeof *item); /* taken, and lost */
    if (item == NULL)
        return NULL;
    item->name = strdup(name);
    if (item->name == NULL) {
        free(item);
        return NULL;
    }
    item->value = strdup(value); /* fails */
    if (item->value == NULL) {
        if (careful) {
            free(item->name);
            free(item);
        }
        return NULL;
    }
    return item;
}

static void lose(int careful) {
    struct item *item = make("name", "value", careful);
    if (item != NULL) {
        free(item->name);
        free(item->value);
        free(item);
    }
}

static void leave_open(void) {
    FILE *file = fopen("/dev/null", "r"); /* opened, and left */
    if (file == NULL)
        return;
    char *buffer = malloc(1000);
    if (buffer == NULL)
        return;
    free(buffer);
    fclose(file);
}

static void crash(void) {
    char *text = malloc(100);
    strcpy(text, "never looked at"); /* crashes */
    free(text);
}

static void hang(void) {
    void *block;
    while ((block = malloc(100)) == NULL)
        for (;;)
            ;
    free(block);
}

int main(int count, char **words) {
    const char *what = count > 1 ? words[1] : "";
    for (int i = count > 2 ? atoi(words[2]) : 1; i > 0; i--) {
        if (strcmp(what, "lose") == 0)
            lose(0);
        else if (strcmp(what, "free") == 0)
            lose(1);
        else if (strcmp(what, "leave-open") == 0)
            leave_open();
        else if (strcmp(what, "crash") == 0)
            crash();
        else if (strcmp(what, "hang") == 0)
            hang();
    }
    return 0;
}
