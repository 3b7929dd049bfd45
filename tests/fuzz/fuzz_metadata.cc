// Table metadata from hostile text: Parse, SchemaFromJson, CheckRequirements and ApplyUpdates answer with a Result, and
// what they accept can be written and read again.
//
// The input is one JSON document, or an object {"metadata": ..., "updates": [...], "requirements": [...]}.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "iceberg/metadata_file.h"
#include "iceberg/table_metadata.h"

namespace {

using calve::Json;
using calve::iceberg::TableMetadata;

void Require(bool holds) {
  if (!holds) std::abort();
}

void CheckSchema(const Json& json) {
  const auto schema = calve::iceberg::SchemaFromJson(json);
  if (!schema) return;
  const auto again = calve::iceberg::SchemaFromJson(SchemaToJson(*schema));
  Require(again.has_value());
  Require(again->fields == schema->fields);
  for (const calve::iceberg::Field& field : schema->fields) {
    Require(schema->FindById(field.id) != nullptr);
    Require(IsPromotable(field.type, field.type));
    (void)TypeToString(field.type);
  }
}

void CheckTable(const TableMetadata& table) {
  const auto again = TableMetadata::Parse(table.json().dump(), "again");
  Require(again.has_value());
  Require(again->json() == table.json());
  (void)table.current_snapshot();
  (void)table.RefSnapshotId("main");
  (void)calve::iceberg::MetadataFolder(table);
}

void CheckChange(const TableMetadata& base, const std::vector<Json>& updates) {
  const auto changed = ApplyUpdates(base, "memory://t/00001-x.metadata.json", updates, calve::SystemClock());
  if (changed) {
    CheckTable(*changed);
    (void)ExpiredMetadataFiles(base, "memory://t/00001-x.metadata.json", *changed);
  }
}

std::vector<Json> Items(const Json& json, const char* key) {
  if (!json.is_object() || !json.contains(key) || !json[key].is_array()) return {};
  return {json[key].begin(), json[key].end()};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)calve::iceberg::GzipDecompress(text, size_t{1} << 16U, "fuzz");
  const auto direct = TableMetadata::Parse(text, "fuzz");
  if (direct) CheckTable(*direct);
  int depth = 0;  // The parser below has no limit of its own on nesting; the one above has.
  int deepest = 0;
  for (const char c : text) {
    if (c == '[' || c == '{') deepest = std::max(deepest, ++depth);
    if (c == ']' || c == '}') --depth;
  }
  if (deepest > 150) return 0;
  const auto json = calve::ParseJson(text, "fuzz");
  if (!json) return 0;
  CheckSchema(*json);
  if (!json->is_object() || !json->contains("metadata")) return 0;
  const auto base = TableMetadata::FromJson((*json)["metadata"], "fuzz");
  if (!base) return 0;
  CheckTable(*base);
  CheckSchema(SchemaToJson(base->schema()));
  (void)CheckRequirements(&*base, Items(*json, "requirements"));
  CheckChange(*base, Items(*json, "updates"));
  calve::iceberg::Field added;
  added.name = "added by the fuzzer";
  if (const auto change = AddColumns(*base, {added})) {
    Require(CheckRequirements(&*base, change->requirements).has_value());
    CheckChange(*base, change->updates);
  }
  return 0;
}
