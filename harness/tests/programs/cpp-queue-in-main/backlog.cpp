// Build: c++ -std=c++17 -g -O1 -fno-builtin -o backlog backlog.cpp
// Usage: backlog N [--twin]
// Three jobs come for each that is done. The queue is a local variable of main, freed when main returns, before any
// exit handler: whoever looks at the end sees nothing.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <queue>
#include <string>

static std::string job(int i) {
    return std::string(200, static_cast<char>('a' + i % 26)); /*@site*/
}

int main(int argc, char **argv) {
    int n = argc > 1 ? std::atoi(argv[1]) : 10;
    bool twin = argc > 2 && !std::strcmp(argv[2], "--twin");
    std::queue<std::string> queue;
    std::size_t letters = 0;
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < 3; j++)
            queue.push(job(i + j));
        for (int j = 0; j < (twin ? 3 : 1); j++) {
            letters += queue.front().size();
            queue.pop();
        }
    }
    std::printf("%zu letters\n", letters);
}
