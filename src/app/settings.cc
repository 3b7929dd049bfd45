#include "app/settings.h"

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "store/uri.h"

namespace calve::app {
namespace {

std::string Below(const std::string& folder, const char* name) {
  std::string path = folder;
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path + "/" + name;
}

}  // namespace

bool Settings::OnS3() const { return store::UriScheme(warehouse) != "file"; }

std::string Settings::Catalog() const {
  if (!catalog.empty()) return catalog;
  return OnS3() ? "glue" : Below(warehouse, "catalog.db");
}

std::string Settings::State() const { return state.empty() ? Below(warehouse, "_calve") : state; }

std::string Settings::Scratch() const {
  if (!scratch.empty()) return scratch;
  if (store::UriScheme(State()) == "file") return Below(State(), "tmp");
  const char* tmp = std::getenv("TMPDIR");
  return Below(tmp != nullptr && *tmp != '\0' ? tmp : "/tmp", "calve");
}

int Settings::Threads() const {
  return threads > 0 ? threads : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace calve::app
