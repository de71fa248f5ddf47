// Build: c++ -std=c++17 -g -O1 -fno-builtin -o alarms alarms.cpp
// Usage: alarms N [--twin]
// Throws a pointer to a new exception. The handler looks at it and does not delete it. (The exception object proper,
// which holds the pointer, is freed by the language.)
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

static void ring(int i) {
    throw new std::runtime_error(i % 2 ? "fire, or so it seems" : "water, or so it seems"); /*@site*/
}

static std::size_t answer(int i, bool twin) {
    try {
        ring(i);
    } catch (std::runtime_error *alarm) {
        std::size_t letters = std::strlen(alarm->what());
        if (twin)
            delete alarm;
        return letters;
    }
    return 0;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? std::atoi(argv[1]) : 10;
    bool twin = argc > 2 && !std::strcmp(argv[2], "--twin");
    std::size_t letters = 0;
    for (int i = 0; i < n; i++)
        letters += answer(i, twin);
    std::printf("%zu letters\n", letters);
}
