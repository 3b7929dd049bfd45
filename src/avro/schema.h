// Avro schemas as a tree of nodes, names resolved (Avro 1.11 specification, "Schema Declaration", "Names").
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"

namespace calve::avro {

enum class Kind {
  kNull,
  kBoolean,
  kInt,
  kLong,
  kFloat,
  kDouble,
  kBytes,
  kString,
  kFixed,
  kEnum,
  kArray,
  kMap,
  kRecord,
  kUnion
};

/// The kind's name as schemas write it.
std::string_view KindName(Kind kind);

struct Node;

struct RecordField {
  std::string name;
  const Node* node = nullptr;
};

/// One type of a schema. Nodes may refer to each other in cycles (a record that holds itself).
struct Node {
  Kind kind = Kind::kNull;
  std::string name;                   ///< Full name of a record, enum or fixed.
  uint64_t size_bytes = 0;            ///< fixed
  std::vector<std::string> symbols;   ///< enum
  std::vector<RecordField> fields;    ///< record
  std::vector<const Node*> branches;  ///< union
  const Node* items = nullptr;        ///< array items, map values
};

/// A whole schema: owns its nodes. Immutable after Parse.
class ParsedSchema {
 public:
  /// kCorrupt, saying where, when `json` is not a schema. Logical types and unknown attributes are passed over.
  static Result<std::unique_ptr<ParsedSchema>> Parse(const Json& json);

  const Node& root() const { return *root_; }

 private:
  friend class SchemaParser;
  ParsedSchema() = default;

  std::deque<Node> nodes_;
  const Node* root_ = nullptr;
};

/// How deep `text`'s JSON brackets nest, strings left out. Deep documents are refused before they are parsed, because
/// copying and printing a JSON value recurses.
size_t JsonNesting(std::string_view text);

/// The deepest JSON that we take from a file.
inline constexpr size_t kMaxJsonNesting = 200;

}  // namespace calve::avro
