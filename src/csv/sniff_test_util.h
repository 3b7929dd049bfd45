// What the sniffer's tests have in common.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "csv/sniff.h"

namespace calve::csv {

inline Result<SniffResult> SniffText(std::string_view text, const SniffOverrides& overrides = {}) {
  const std::vector<Sample> samples = {{.offset_bytes = 0, .bytes = text, .at_end = true}};
  return Sniff(samples, text.size(), overrides);
}

inline SniffResult Good(std::string_view text, const SniffOverrides& overrides = {}) {
  auto result = SniffText(text, overrides);
  EXPECT_TRUE(result.has_value()) << (result.has_value() ? "" : result.error().message);
  return result.has_value() ? *std::move(result) : SniffResult{};
}

inline Error Bad(std::string_view text, const SniffOverrides& overrides = {}) {
  auto result = SniffText(text, overrides);
  EXPECT_FALSE(result.has_value());
  return result.has_value() ? Error{} : result.error();
}

inline std::vector<std::string> Names(const SniffResult& result) {
  std::vector<std::string> out;
  for (const Column& column : result.columns) out.push_back(column.name);
  return out;
}

inline std::vector<std::string> Types(const SniffResult& result) {
  std::vector<std::string> out;
  for (const Column& column : result.columns) out.push_back(TypeName(column.type));
  return out;
}

}  // namespace calve::csv
