// Between Avro values and what manifests mean by them: fields found by id, partition values by type.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "avro/object_container.h"
#include "base/error.h"
#include "base/json.h"
#include "iceberg/literal.h"

namespace calve::iceberg {

/// The record schema that a field's type is, or is a union of with null; null when it is neither.
const Json* RecordSchemaOf(const Json& type);
/// The items of such an array.
const Json* ItemSchemaOf(const Json& type);

/// Where each field id stands in a record of some writer's. Fields without a "field-id" are known by their names.
class FieldMap {
 public:
  struct Name {
    int id;
    std::string_view name;
  };

  /// kCorrupt when `record_schema` is null or no record.
  static Result<FieldMap> Make(const Json* record_schema, std::initializer_list<Name> known);
  static Result<FieldMap> Make(const Json* record_schema, const std::vector<Name>& known);

  /// The field's position in the record, if it is there.
  std::optional<size_t> PositionOf(int id) const;
  /// The field's type in the writer's schema, or null.
  const Json* TypeOf(int id) const;
  /// The field's value in `record`; null when it is absent or null.
  avro::Value* Find(avro::Record& record, int id) const;

 private:
  const Json* fields_ = nullptr;
  std::vector<int> ids_;  // By position; -1 for a field that is none of ours.
};

/// Reads the fields of one record by id. Every error is kCorrupt and names the field by id.
class RecordReader {
 public:
  RecordReader(const FieldMap& map, avro::Record& record) : map_(map), record_(record) {}

  Result<int64_t> Long(int id) const;
  Result<int> Int(int id) const;
  Result<std::string> Text(int id) const;
  Result<bool> Boolean(int id) const;
  Result<std::optional<int64_t>> FindLong(int id) const;
  Result<std::optional<int>> FindInt(int id) const;
  Result<std::optional<std::string>> FindText(int id) const;
  Result<std::optional<bool>> FindBoolean(int id) const;
  /// Null when absent; kCorrupt when it is something else.
  Result<avro::Record*> FindRecord(int id) const;
  Result<avro::Array*> FindArray(int id) const;

 private:
  template <typename T>
  Result<T*> FindAs(int id) const;

  const FieldMap& map_;
  avro::Record& record_;
};

/// A partition value as Avro holds it, and back. Reading takes the older type of a promoted column too.
Result<avro::Value> PartitionValueToAvro(const Type& type, const Literal& value);
Result<Literal> PartitionValueFromAvro(const Type& type, const avro::Value& value);

}  // namespace calve::iceberg
