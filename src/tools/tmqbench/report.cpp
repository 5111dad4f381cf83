#include "tools/tmqbench/commands.hpp"

#include <fmt/core.h>

#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <vector>

namespace tmq::tools::tmqbench {

/// Becomes the script that draws the tables and pictures.
int report(arguments args) {
    std::vector<std::string> command = {"python3", TMQBENCH_REPORT};
    while (args.next())
        command.push_back(args.option());
    std::vector<char*> pointers;
    for (std::string& word : command)
        pointers.push_back(word.data());
    pointers.push_back(nullptr);
    ::execvp(pointers[0], pointers.data());
    throw std::system_error(errno, std::generic_category(), "python3");
}

}  // namespace tmq::tools::tmqbench
