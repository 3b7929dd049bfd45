// What a column's values look like, and how much a cell above them looks like a name rather than like one of them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "csv/dialect.h"
#include "csv/infer.h"

namespace calve::csv {

/// What the values of a column below any header look like.
struct Profile {
  ColumnInference inference;
  ColumnType type;
  std::map<std::string, uint64_t, std::less<>> values;
  std::map<std::string, uint64_t, std::less<>> shapes;
  uint64_t count = 0;
  uint64_t with_digit = 0;
  uint64_t addresses = 0;
  uint64_t words = 0;
  uint64_t years = 0;
  uint64_t lower_case = 0;  ///< Values that begin with a lower-case letter.
  size_t min_length = SIZE_MAX;
  size_t max_length = 0;

  void Add(std::string_view value);
};

/// What backslashes in a field are.
enum class Backslashes {
  kNone,
  kSequences,   ///< `\t`, `\n`, `\r`, and each other one doubled: as PostgreSQL and MySQL write texts.
  kCharacters,  ///< One at least is neither.
};
Backslashes BackslashesIn(std::string_view field);

/// For and against a record being a header.
struct Evidence {
  int header = 0;
  int data = 0;
  uint32_t typed_against = 0;  ///< Cells of typed columns that are no value of the type.
  uint32_t typed_for = 0;      ///< ... that are one.
};

/// What `cell`, above the values of `profile`, speaks for.
void WeighCell(const std::string& cell, const Profile& profile, Evidence& out);

/// Texts that stand for a value that is missing: a record with them is data, whatever its columns' types are.
bool LooksMissing(std::string_view text);
/// "1999": four digits that a person reads as a year.
bool LooksLikeYear(std::string_view text);
bool IsLowerCase(std::string_view text);  ///< Begins with a lower-case letter.
/// "(m)", "[kg]": a unit under a name.
bool IsBracketed(std::string_view text);
/// "-----", "====": a rule under a name.
bool IsRule(std::string_view text);
/// Without the blanks around.
std::string Trimmed(std::string_view text);

}  // namespace calve::csv
