// Build: c++ -std=c++17 -g -O1 -fno-builtin -o sessions sessions.cpp
// Usage: sessions N [--twin]
// A static map remembers each session by its number, for ever. It is destroyed at exit, so that nothing is lost.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>

static std::map<int, std::string> sessions;

static std::size_t greet(int number) {
    std::string &text = sessions[number]; /*@site*/
    if (text.empty())
        text.assign(150, 'a'); /*@site2*/
    return text.size();
}

int main(int argc, char **argv) {
    int n = argc > 1 ? std::atoi(argv[1]) : 10;
    bool twin = argc > 2 && !std::strcmp(argv[2], "--twin");
    std::size_t letters = 0;
    for (int i = 0; i < n; i++) {
        letters += greet(i);
        if (twin)
            sessions.clear();
    }
    std::printf("%zu letters\n", letters);
}
