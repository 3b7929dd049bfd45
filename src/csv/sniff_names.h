// Column names from header cells. docs/sniffing.md has the rule.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "csv/dialect.h"

namespace calve::csv {

/// The name that SQL sees: ASCII letters lower-cased; each run of characters other than ASCII letters, digits,
/// underscores and characters beyond ASCII becomes one underscore, none at the ends or beside another; an underscore
/// goes before a leading digit. May be empty.
std::string NormaliseName(std::string_view source_name);

/// One column for each header cell, in order, VARCHAR: empty names become column_N (N from 1), repeated ones name_2
/// ..., each with a note.
std::vector<Column> NameColumns(std::span<const std::string> source_names, std::vector<std::string>& notes);

/// The one of `names` with the fewest edits from `name`; empty when there are none.
std::string NearestName(std::string_view name, std::span<const std::string> names);

/// Gives the columns the types that were said for them, by a column's name, its source's, or one that normalises to its
/// name. kInvalidArgument names the nearest when there is none.
Status OverrideTypes(const std::map<std::string, ColumnType>& types, std::span<Column> columns);

}  // namespace calve::csv
