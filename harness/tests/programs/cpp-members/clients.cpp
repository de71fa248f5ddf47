// Build: c++ -std=c++17 -g -O1 -fno-builtin -o clients clients.cpp
// Usage: clients N [--twin]
// An object made by new is forgotten, and with it the text and the list that are its members.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

struct Client {
    std::string name;
    std::vector<int> orders;
};

static Client *welcome(int i) {
    Client *client = new Client; /*@site*/
    client->name.assign(99, static_cast<char>('a' + i % 26)); /*@site2*/
    client->orders.resize(50, i); /*@site3*/
    return client;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? std::atoi(argv[1]) : 10;
    bool twin = argc > 2 && !std::strcmp(argv[2], "--twin");
    std::size_t sum = 0;
    for (int i = 0; i < n; i++) {
        Client *client = welcome(i);
        sum += client->name.size() + client->orders.size();
        if (twin)
            delete client;
    }
    std::printf("%zu\n", sum);
}
