#include "app/settings.h"

#include <algorithm>
#include <thread>

namespace calve::app {
namespace {

std::string Below(const std::string& folder, const char* name) {
  std::string path = folder;
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path + "/" + name;
}

}  // namespace

std::string Settings::Catalog() const { return catalog.empty() ? Below(warehouse, "catalog.db") : catalog; }
std::string Settings::State() const { return state.empty() ? Below(warehouse, "_calve") : state; }
std::string Settings::Scratch() const { return scratch.empty() ? Below(State(), "tmp") : scratch; }
int Settings::Threads() const {
  return threads > 0 ? threads : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace calve::app
