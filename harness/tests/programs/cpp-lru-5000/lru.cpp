// Build: c++ -std=c++17 -g -O1 -fno-builtin -o lru lru.cpp
// Usage: lru N [--twin]
// A cache of the 5,000 answers last used: it grows in a straight line for 5,000 iterations and then no more. The twin
// keeps five.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <list>
#include <string>
#include <unordered_map>

struct Answer {
    int question;
    std::string text;
};

static std::list<Answer> answers;
static std::unordered_map<int, std::list<Answer>::iterator> places;

static std::size_t ask(int question, std::size_t room) {
    auto place = places.find(question);
    if (place != places.end()) {
        answers.splice(answers.begin(), answers, place->second);
        return place->second->text.size();
    }
    answers.push_front(Answer{question, std::string(300, 'x')}); /*@site*/
    places[question] = answers.begin();
    if (answers.size() > room) {
        places.erase(answers.back().question);
        answers.pop_back();
    }
    return 300;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? std::atoi(argv[1]) : 10;
    bool twin = argc > 2 && !std::strcmp(argv[2], "--twin");
    std::size_t letters = 0;
    for (int i = 0; i < n; i++)
        letters += ask(i, twin ? 5 : 5000);
    std::printf("%zu letters\n", letters);
}
