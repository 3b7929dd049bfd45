#include "format_csv/changed_settings.h"

#include <fmt/format.h>

#include <algorithm>

namespace calve::format_csv {
namespace {

void AddDialect(const csv::SniffOverrides& said, const csv::Dialect& has, std::vector<std::string>& changed) {
  const auto check = [&](std::string_view flag, const auto& now, const auto& then) {
    if (now && *now != then) changed.emplace_back(flag);
  };
  check("--delimiter", said.delimiter, has.delimiter);
  check("--quote", said.quote, has.quote);
  check("--escape", said.escape, has.escape);
  check("--header", said.header, has.has_header);
  check("--newline", said.newline, has.newline);
  check("--comment", said.comment, has.comment);
  check("--ragged", said.ragged, has.ragged);
  check("--inner-quotes", said.literal_quotes, has.literal_quotes);
  if (said.encoding && (*said.encoding != has.encoding || said.charset != has.charset)) {
    changed.emplace_back("--encoding");
  }
  if (!said.null_strings.empty() && said.null_strings != has.null_strings) changed.emplace_back("--null");
  if (said.trim && !has.trim) changed.emplace_back("--trim");
}

void AddTypes(const csv::SniffOverrides& said, const std::vector<csv::Column>& has, std::vector<std::string>& changed) {
  for (const auto& [name, type] : said.columns) {
    const bool same = std::ranges::any_of(has, [&](const csv::Column& column) {
      return (column.name == name || column.source_name == name) && column.type == type;
    });
    if (!same) changed.push_back(fmt::format("--column {}={}", name, csv::TypeName(type)));
  }
  const auto typed = [](const csv::Column& column) { return column.type.kind != csv::TypeKind::kVarchar; };
  if (said.all_varchar && std::ranges::any_of(has, typed)) changed.emplace_back("--all-varchar");
}

}  // namespace

std::vector<std::string> ChangedSettings(const csv::SniffOverrides& said, const csv::Dialect& dialect,
                                         const std::vector<csv::Column>& columns) {
  std::vector<std::string> changed;
  AddDialect(said, dialect, changed);
  AddTypes(said, columns, changed);
  return changed;
}

}  // namespace calve::format_csv
