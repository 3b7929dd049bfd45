// The terms of --partition-by: "day(pickup)", "bucket(16, id)", "vendor" ...
#include <algorithm>
#include <optional>
#include <utility>

#include "base/ascii.h"
#include "base/whole_number.h"
#include "iceberg/partition.h"

namespace calve::iceberg {
namespace {

struct TermName {
  std::string_view text;
  TransformKind kind;
};

constexpr TermName kTermNames[] = {
    {"identity", TransformKind::kIdentity}, {"bucket", TransformKind::kBucket}, {"truncate", TransformKind::kTruncate},
    {"year", TransformKind::kYear},         {"years", TransformKind::kYear},    {"month", TransformKind::kMonth},
    {"months", TransformKind::kMonth},      {"day", TransformKind::kDay},       {"days", TransformKind::kDay},
    {"date", TransformKind::kDay},          {"hour", TransformKind::kHour},     {"hours", TransformKind::kHour},
    {"void", TransformKind::kVoid}};

std::string_view Trim(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

std::optional<int> Positive(std::string_view text) {
  const auto value = WholeNumber<int>(text);
  return value && *value > 0 ? value : std::nullopt;
}

std::string_view Unquote(std::string_view name) {
  const bool quoted = name.size() >= 2 && name.starts_with('"') && name.ends_with('"');
  return quoted ? name.substr(1, name.size() - 2) : name;
}

/// A column by its name, or by its dotted path through structs.
const Field* FindColumn(const Schema& schema, std::string_view name) {
  if (const Field* field = schema.FindByName(name)) return field;
  const std::vector<Field>* fields = &schema.fields;
  while (true) {
    const size_t dot = name.find('.');
    const std::string_view part = name.substr(0, dot);
    const auto it = std::ranges::find_if(*fields, [&](const Field& field) { return field.name == part; });
    if (it == fields->end()) return nullptr;
    if (dot == std::string_view::npos) return &*it;
    if (it->type.id != TypeId::kStruct) return nullptr;
    fields = &it->type.fields;
    name.remove_prefix(dot + 1);
  }
}

std::string ColumnList(const Schema& schema) {
  std::string list;
  for (const Field& field : schema.fields) list += (list.empty() ? "" : ", ") + field.name;
  return list;
}

std::string_view Suffix(TransformKind kind) {
  switch (kind) {
    case TransformKind::kBucket:
      return "_bucket";
    case TransformKind::kTruncate:
      return "_trunc";
    case TransformKind::kYear:
      return "_year";
    case TransformKind::kMonth:
      return "_month";
    case TransformKind::kDay:
      return "_day";
    case TransformKind::kHour:
      return "_hour";
    case TransformKind::kVoid:
      return "_null";
    default:
      return "";
  }
}

struct Term {
  Transform transform;
  std::string_view column;
};

/// Takes a term with parentheses apart; an error's message ends with what would be right.
Result<Term> Split(std::string_view term) {
  const auto bad = [&](const std::string& why) {
    return Err(
        ErrorKind::kInvalidArgument,
        "--partition-by " + std::string(term) + ": " + why +
            "; write a column, or one of identity(col), bucket(N, col), truncate(W, col), year(col), month(col), "
            "day(col), hour(col), void(col)");
  };
  const size_t open = term.find('(');
  if (open == std::string_view::npos || !term.ends_with(')')) return bad("a parenthesis is missing");
  std::string_view head = Trim(term.substr(0, open));
  std::string_view inside = Trim(term.substr(open + 1, term.size() - open - 2));
  std::optional<int> parameter;
  if (const size_t bracket = head.find('['); bracket != std::string_view::npos && head.ends_with(']')) {
    parameter = Positive(Trim(head.substr(bracket + 1, head.size() - bracket - 2)));
    if (!parameter) return bad("the number in brackets must be positive");
    head = head.substr(0, bracket);
  }
  const std::string name = AsciiLower(head);
  const auto known =
      std::ranges::find_if(kTermNames, [&](const TermName& candidate) { return candidate.text == name; });
  if (known == std::end(kTermNames)) return bad("there is no transform '" + std::string(head) + "'");
  const bool wants_number = known->kind == TransformKind::kBucket || known->kind == TransformKind::kTruncate;
  if (wants_number && !parameter) {
    // The number stands in front, or behind.
    const size_t first = inside.find(',');
    const size_t last = inside.rfind(',');
    if (first == std::string_view::npos) return bad("it needs a number and a column");
    if (const auto front = Positive(Trim(inside.substr(0, first)))) {
      parameter = front;
      inside = Trim(inside.substr(first + 1));
    } else if (const auto back = Positive(Trim(inside.substr(last + 1)))) {
      parameter = back;
      inside = Trim(inside.substr(0, last));
    } else {
      return bad("it needs a positive number and a column");
    }
  }
  if (parameter && !wants_number) return bad(name + " takes no number");
  return Term{Transform{known->kind, parameter.value_or(0), ""}, inside};
}

}  // namespace

Result<PartitionField> ParsePartitionTerm(std::string_view term, const Schema& schema, int field_id) {
  term = Trim(term);
  std::string_view column = Unquote(term);
  const Field* source = FindColumn(schema, column);  // Also a column whose name has parentheses.
  Transform transform;
  if (source == nullptr && term.find('(') != std::string_view::npos) {
    CALVE_ASSIGN_OR_RETURN(const Term split, Split(term));
    transform = split.transform;
    column = Unquote(split.column);
    source = FindColumn(schema, column);
  }
  if (source == nullptr) {
    return Err(ErrorKind::kInvalidArgument, "--partition-by " + std::string(term) +
                                                ": there is no such column; the columns are " + ColumnList(schema));
  }
  transform.text = TransformToString(transform);
  if (auto type = TransformResultType(transform, source->type); !type) {
    return WithContext(std::move(type).error(), "--partition-by " + std::string(term));
  }
  PartitionField field{source->id, field_id, std::string(column) + std::string(Suffix(transform.kind)), transform};
  if (transform.kind != TransformKind::kIdentity && schema.FindByName(field.name) != nullptr) {
    return Err(ErrorKind::kInvalidArgument, "--partition-by " + std::string(term) +
                                                ": the partition field would be named " + field.name +
                                                ", but there is a column of that name; rename the column");
  }
  return field;
}

}  // namespace calve::iceberg
