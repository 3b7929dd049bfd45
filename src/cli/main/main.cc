#include <unistd.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/console.h"
#include "cli/program.h"
#include "cli/signals.h"

int main(int argc, char** argv) {
  calve::cli::IgnoreBrokenPipes();
  calve::cli::HandleInterrupts(nullptr);
  std::vector<std::pair<std::string, std::string>> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const size_t equals = text.find('=');
    if (equals != std::string_view::npos) environment.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  std::vector<std::string> arguments(argv + 1, argv + argc);
  // Lambda starts its function without arguments, by the name bootstrap.
  const std::string_view name(argc > 0 ? argv[0] : "");
  if (arguments.empty() && name.substr(name.rfind('/') + 1) == "bootstrap") arguments = {"lambda"};
  calve::cli::Console console(stderr, isatty(STDERR_FILENO) != 0);
  calve::cli::Output output(stdout);
  return calve::cli::RunProgram(arguments, environment, console, output);
}
