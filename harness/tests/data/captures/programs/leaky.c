/* Loses 48 bytes, keeps 32, and fills a cache of eight, in each of so many iterations. What it takes once is no leak. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct node {
    struct node *next;
    char text[24];
};

static struct node *list;
static char *cache[8];
static char *volatile table;

__attribute__((noinline)) static void lose(int number) {
    char *text = malloc(48);
    snprintf(text, 48, "lost %d", number);
    __asm__ volatile("" : : "r"(text) : "memory");
}

__attribute__((noinline)) static void keep(int number) {
    struct node *node = malloc(sizeof *node);
    snprintf(node->text, sizeof node->text, "kept %d", number);
    node->next = list;
    list = node;
}

__attribute__((noinline)) static void remember(int number) {
    char **slot = &cache[number % 8];
    if (*slot == NULL)
        *slot = malloc(256);
    memset(*slot, number, 256);
}

__attribute__((noinline)) static void set_up(void) {
    table = malloc(4096);
    memset((char *)table, 0, 4096);
    char *once = malloc(100);
    memset(once, 1, 100);
    __asm__ volatile("" : : "r"(once) : "memory");
}

__attribute__((noinline)) static void scratch(int number) {
    char *text = malloc(1000);
    memset(text, number, 1000);
    __asm__ volatile("" : : "r"(text) : "memory");
    free(text);
}

__attribute__((noinline)) static void wipe(void) {
    char stack[4096];
    memset(stack, 0, sizeof stack);
    __asm__ volatile("" : : "r"(stack) : "memory");
}

int main(int count, char **words) {
    int iterations = count > 1 ? atoi(words[1]) : 10;
    set_up();
    for (int number = 0; number < iterations; number++) {
        lose(number);
        keep(number);
        remember(number);
        scratch(number);
    }
    wipe();
    return 0;
}
