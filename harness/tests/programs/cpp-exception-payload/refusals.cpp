// Build: c++ -std=c++17 -g -O1 -fno-builtin -o refusals refusals.cpp
// Usage: refusals N [--twin]
// An exception carries its text by a bare pointer, and whoever catches it does not know that it is theirs to free.
#include <cstdio>
#include <cstdlib>
#include <cstring>

struct Refusal {
    char *text;
};

static void check(int order) {
    if (order % 2 == 0)
        return;
    char *text = new char[160]; /*@site*/
    std::snprintf(text, 160, "order %d is refused", order);
    throw Refusal{text};
}

static std::size_t take(int order, bool twin) {
    try {
        check(order);
    } catch (const Refusal &refusal) {
        std::size_t letters = std::strlen(refusal.text);
        if (twin)
            delete[] refusal.text;
        return letters;
    }
    return 0;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? std::atoi(argv[1]) : 10;
    bool twin = argc > 2 && !std::strcmp(argv[2], "--twin");
    std::size_t letters = 0;
    for (int i = 0; i < n; i++)
        letters += take(i, twin);
    std::printf("%zu letters\n", letters);
}
