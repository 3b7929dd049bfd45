// Aligned text tables, CSV and JSON of rows of text.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/query.h"

namespace calve::cli {

/// A plain aligned table: a line of names, a line of dashes, the rows. Cells are made printable and one line each.
class TextTable {
 public:
  /// `right[i]`: column i holds figures, which stand at the right. Missing entries are false.
  explicit TextTable(std::vector<std::string> names, std::vector<bool> right = {});
  void Add(const std::vector<std::string>& cells);
  bool empty() const { return rows_.empty(); }
  /// Every line ends with '\n' and has no spaces before it; each begins with `indent`.
  std::string Render(std::string_view indent = "") const;

 private:
  std::vector<std::string> names_;
  std::vector<bool> right_;
  std::vector<std::vector<std::string>> rows_;
};

/// Two columns without a head: "name   value" lines.
std::string RenderPairs(const std::vector<std::pair<std::string, std::string>>& pairs);

/// A query's result as a table with a line "(3 rows)"; null is NULL.
std::string RenderText(const app::QueryOutput& output);
/// RFC 4180 with LF; null is an empty field, the empty string "".
std::string RenderCsv(const app::QueryOutput& output);
/// An array of objects. Numbers are numbers as they stand, with all of their digits; NaN and infinities are text. Of
/// columns with the same name the later ones get a suffix.
std::string RenderJson(const app::QueryOutput& output);

}  // namespace calve::cli
