#include "csv/sniff_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include "base/edit_distance.h"
#include "base/utf8.h"
#include "csv/sniff_text.h"

namespace calve::csv {
namespace {

bool IsKept(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c >= 0x80;
}

/// Characters beyond ASCII that are blanks or stand for broken bytes.
size_t BlankLength(std::string_view text, size_t at) {
  for (const std::string_view blank : {"\xC2\xA0", "\xE2\x80\x8B", "\xE3\x80\x80", "\xEF\xBB\xBF", "\xEF\xBF\xBD"}) {
    if (text.substr(at, blank.size()) == blank) return blank.size();
  }
  return 0;
}

}  // namespace

std::string NormaliseName(std::string_view source_name) {
  const std::string valid = MendedUtf8(source_name);
  std::string out;
  bool gap = false;
  for (size_t i = 0; i < valid.size();) {
    if (const size_t blank = BlankLength(valid, i); blank > 0) {
      gap = true;
      i += blank;
      continue;
    }
    const char c = valid[i++];
    if (!IsKept(static_cast<unsigned char>(c))) {
      gap = true;
      continue;
    }
    if (gap && !out.empty() && out.back() != '_' && c != '_') out.push_back('_');
    gap = false;
    out.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c);
  }
  if (!out.empty() && out[0] >= '0' && out[0] <= '9') out.insert(out.begin(), '_');
  return out;
}

std::vector<Column> NameColumns(std::span<const std::string> source_names, std::vector<std::string>& notes) {
  std::vector<Column> columns(source_names.size());
  std::set<std::string> wanted;
  for (size_t i = 0; i < columns.size(); ++i) {
    columns[i].source_name = MendedUtf8(source_names[i]);
    columns[i].name = NormaliseName(source_names[i]);
    wanted.insert(columns[i].name);
  }
  // A name goes to the column that has it as it is, then to the first in the order of the bytes: where two columns'
  // names differ in case alone, their places must not decide which is which.
  std::vector<size_t> order(columns.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, {}, [&](size_t i) {
    return std::pair(columns[i].name != columns[i].source_name, std::string_view(columns[i].source_name));
  });
  std::set<std::string> taken;
  std::map<size_t, std::string> said;  // By place.
  for (const size_t i : order) {
    Column& column = columns[i];
    const size_t number = i + 1;
    if (column.name.empty()) {
      column.name = fmt::format("column_{}", number);
      while (taken.contains(column.name) || wanted.contains(column.name)) column.name += "_";
      said[i] =
          fmt::format("column {} has {}: it is called {}", number,
                      column.source_name.empty() ? "no name" : fmt::format("no usable name ('{}')", column.source_name),
                      column.name);
    } else if (taken.contains(column.name)) {
      const std::string base = column.name;
      for (size_t n = 2; taken.contains(column.name) || wanted.contains(column.name); ++n) {
        column.name = fmt::format("{}_{}", base, n);
      }
      said[i] = fmt::format("column {} ('{}') repeats the name {}: it is called {}", number, column.source_name, base,
                            column.name);
    }
    taken.insert(column.name);
  }
  for (auto& [place, note] : said) notes.push_back(std::move(note));
  return columns;
}

std::string NearestName(std::string_view name, std::span<const std::string> names) {
  const auto nearest =
      std::ranges::min_element(names, {}, [&](const std::string& other) { return EditDistance(name, other); });
  return nearest == names.end() ? std::string() : *nearest;
}

Status OverrideTypes(const std::map<std::string, ColumnType>& types, std::span<Column> columns) {
  if (types.empty()) return {};
  std::map<std::string_view, Column*> by_name;
  std::map<std::string_view, Column*> by_source_name;
  for (Column& column : columns) {
    by_name.emplace(column.name, &column);
    by_source_name.emplace(column.source_name, &column);
  }
  const auto find = [&](const std::string& name) -> Column* {
    if (const auto it = by_name.find(name); it != by_name.end()) return it->second;
    if (const auto it = by_source_name.find(name); it != by_source_name.end()) return it->second;
    const auto it = by_name.find(NormaliseName(name));
    return it == by_name.end() ? nullptr : it->second;
  };
  for (const auto& [name, type] : types) {
    Column* const column = find(name);
    if (column == nullptr) {
      std::vector<std::string> names;
      for (const Column& known : columns) names.push_back(known.name);
      return Err(ErrorKind::kInvalidArgument,
                 fmt::format("there is no column '{}' to give the type {}; the nearest is '{}'", name, TypeName(type),
                             NearestName(name, names)));
    }
    column->type = type;
    column->keep_leading_zeros = column->keep_leading_zeros && type.kind == TypeKind::kVarchar;
  }
  return {};
}

}  // namespace calve::csv
