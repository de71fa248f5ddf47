// Build: c++ -std=c++17 -g -O1 -fno-builtin -o batch batch.cpp
// Usage: batch N [--twin]
// Rows are gathered in a static list, which is written out and cleared at each 1,000th: a sawtooth, no growth. The twin
// writes out each row.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

static std::vector<std::string> rows;
static std::size_t written;

static void flush() {
    for (const std::string &row : rows)
        written += row.size();
    rows.clear();
}

static void add(int i) {
    rows.push_back(std::string(240, static_cast<char>('a' + i % 26))); /*@site*/
}

int main(int argc, char **argv) {
    int n = argc > 1 ? std::atoi(argv[1]) : 10;
    bool twin = argc > 2 && !std::strcmp(argv[2], "--twin");
    for (int i = 0; i < n; i++) {
        add(i);
        if (twin || i % 1000 == 999)
            flush();
    }
    flush();
    std::printf("%zu letters\n", written);
}
