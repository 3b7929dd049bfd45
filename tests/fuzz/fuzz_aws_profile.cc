// Any bytes as a profile file: never a crash, an error names its line, and settings and values have no blanks around
// them.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "aws/profile.h"

namespace calve::aws {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

bool IsTrimmed(std::string_view text) { return text.empty() || (!IsBlank(text.front()) && !IsBlank(text.back())); }

void Run(std::string_view text) {
  const auto sections = ParseProfileFile(text, "the file");
  if (!sections) {
    Require(sections.error().kind == ErrorKind::kInvalidArgument);
    Require(sections.error().message.starts_with("the file, line "));
    return;
  }
  size_t bytes = 0;
  for (const auto& [heading, section] : *sections) {
    Require(heading.find('\n') == std::string_view::npos);
    for (const auto& [key, value] : section) {
      Require(!key.empty() && IsTrimmed(key) && IsTrimmed(value));
      Require(std::ranges::none_of(key, [](char c) { return (c >= 'A' && c <= 'Z') || c == '\n' || c == '='; }));
      bytes += value.size();
    }
  }
  Require(bytes <= text.size());
}

}  // namespace
}  // namespace calve::aws

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  calve::aws::Run({reinterpret_cast<const char*>(data), size});
  return 0;
}
