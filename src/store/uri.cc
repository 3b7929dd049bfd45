#include "store/uri.h"

namespace calve::store {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool IsAlpha(char c) { return Lower(c) >= 'a' && Lower(c) <= 'z'; }
bool IsSchemeChar(char c) { return IsAlpha(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.'; }

}  // namespace

std::string UriScheme(std::string_view uri) {
  std::string scheme;
  size_t i = 0;
  while (i < uri.size() && IsSchemeChar(uri[i])) scheme += Lower(uri[i++]);
  const bool well_formed = !scheme.empty() && IsAlpha(scheme.front());
  if (well_formed && (uri.substr(i).starts_with("://") || (scheme == "file" && uri.substr(i).starts_with(":")))) {
    return scheme;
  }
  return "file";
}

}  // namespace calve::store
