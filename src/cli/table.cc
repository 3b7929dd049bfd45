#include "cli/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/json.h"
#include "base/utf8.h"
#include "cli/text.h"

namespace calve::cli {
namespace {

bool IsNumeric(std::string_view type) {
  static const std::set<std::string_view> kTypes = {"TINYINT", "SMALLINT", "INTEGER",   "BIGINT",
                                                    "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER",
                                                    "UBIGINT", "UHUGEINT", "FLOAT",     "DOUBLE"};
  return kTypes.contains(type) || type.starts_with("DECIMAL(");
}

/// RFC 8259 section 6.
bool IsJsonNumber(std::string_view text) {
  size_t i = 0;
  const auto digits = [&] {
    const size_t begin = i;
    while (i < text.size() && text[i] >= '0' && text[i] <= '9') ++i;
    return i - begin;
  };
  if (i < text.size() && text[i] == '-') ++i;
  const bool zero = i < text.size() && text[i] == '0';
  const size_t whole = digits();
  if (whole == 0 || (zero && whole > 1)) return false;
  if (i < text.size() && text[i] == '.') {
    ++i;
    if (digits() == 0) return false;
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    if (digits() == 0) return false;
  }
  return i == text.size();
}

std::string JsonString(const std::string& text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string CsvField(const std::string& text) {
  if (!text.empty() && text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

std::vector<std::string> UniqueNames(const std::vector<std::string>& names) {
  std::vector<std::string> unique;
  std::set<std::string> taken(names.begin(), names.end());
  std::set<std::string> used;
  for (const std::string& name : names) {
    std::string candidate = name;
    for (int i = 1; used.contains(candidate); ++i) {
      const std::string next = fmt::format("{}_{}", name, i);
      if (!taken.contains(next)) candidate = next;
    }
    used.insert(candidate);
    unique.push_back(std::move(candidate));
  }
  return unique;
}

}  // namespace

TextTable::TextTable(std::vector<std::string> names, std::vector<bool> right)
    : names_(std::move(names)), right_(std::move(right)) {
  for (std::string& name : names_) name = Printable(name);
  right_.resize(names_.size());
}

void TextTable::Add(const std::vector<std::string>& cells) {
  std::vector<std::string>& row = rows_.emplace_back();
  for (size_t i = 0; i < names_.size(); ++i) row.push_back(i < cells.size() ? Printable(cells[i]) : "");
}

std::string TextTable::Render(std::string_view indent) const {
  std::vector<size_t> widths;
  for (size_t i = 0; i < names_.size(); ++i) {
    size_t width = DisplayWidth(names_[i]);
    for (const auto& row : rows_) width = std::max(width, DisplayWidth(row[i]));
    widths.push_back(width);
  }
  std::string out;
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string text(indent);
    for (size_t i = 0; i < cells.size(); ++i) {
      const std::string padding(widths[i] - DisplayWidth(cells[i]), ' ');
      text += (i == 0 ? "" : "  ") + (right_[i] ? padding + cells[i] : cells[i] + padding);
    }
    text.erase(text.find_last_not_of(' ') + 1);
    out += text + '\n';
  };
  line(names_);
  std::vector<std::string> dashes;
  for (const size_t width : widths) dashes.emplace_back(width, '-');
  line(dashes);
  for (const auto& row : rows_) line(row);
  return out;
}

std::string RenderPairs(const std::vector<std::pair<std::string, std::string>>& pairs) {
  size_t width = 0;
  for (const auto& [name, value] : pairs) width = std::max(width, DisplayWidth(name));
  std::string out;
  for (const auto& [name, value] : pairs) {
    out += fmt::format("{}{}  {}\n", name, std::string(width - DisplayWidth(name), ' '), Printable(value));
  }
  return out;
}

std::string RenderText(const app::QueryOutput& output) {
  std::vector<bool> right;
  for (const std::string& type : output.types) right.push_back(IsNumeric(type));
  TextTable table(output.names, std::move(right));
  for (const auto& row : output.rows) {
    std::vector<std::string> cells;
    for (const auto& cell : row) cells.push_back(cell.value_or("NULL"));
    table.Add(cells);
  }
  return table.Render() + fmt::format("({})\n", Plural(output.rows.size(), "row"));
}

std::string RenderCsv(const app::QueryOutput& output) {
  std::string out;
  for (size_t i = 0; i < output.names.size(); ++i) out += (i == 0 ? "" : ",") + CsvField(output.names[i]);
  out += '\n';
  for (const auto& row : output.rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      if (i > 0) out += ',';
      if (row[i]) out += CsvField(*row[i]);
    }
    out += '\n';
  }
  return out;
}

std::string RenderJson(const app::QueryOutput& output) {
  const std::vector<std::string> names = UniqueNames(output.names);
  std::string out = "[";
  for (size_t r = 0; r < output.rows.size(); ++r) {
    out += r == 0 ? "\n{" : ",\n{";
    for (size_t i = 0; i < names.size(); ++i) {
      const std::optional<std::string>& cell = output.rows[r][i];
      const std::string& type = output.types[i];
      out += (i == 0 ? "" : ",") + JsonString(names[i]) + ":";
      if (!cell) {
        out += "null";
      } else if ((IsNumeric(type) && IsJsonNumber(*cell)) ||
                 (type == "BOOLEAN" && (*cell == "true" || *cell == "false"))) {
        out += *cell;
      } else {
        out += JsonString(*cell);
      }
    }
    out += '}';
  }
  return out + (output.rows.empty() ? "]\n" : "\n]\n");
}

}  // namespace calve::cli
