// Partition specs and transforms (spec: "Partitioning", "Partition Transforms", Appendix B "32-bit Hash Requirements").
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "iceberg/literal.h"
#include "iceberg/schema.h"

namespace calve::iceberg {

enum class TransformKind { kIdentity, kBucket, kTruncate, kYear, kMonth, kDay, kHour, kVoid, kUnknown };

struct Transform {
  TransformKind kind = TransformKind::kIdentity;
  int param = 0;     ///< bucket[N], truncate[W]
  std::string text;  ///< As the spec writes it; the only content of kUnknown.

  friend bool operator==(const Transform&, const Transform&) = default;
};

struct PartitionField {
  int source_id = 0;
  int field_id = 0;  ///< >= 1000
  std::string name;
  Transform transform;

  friend bool operator==(const PartitionField&, const PartitionField&) = default;
};

struct PartitionSpec {
  int spec_id = 0;
  std::vector<PartitionField> fields;

  friend bool operator==(const PartitionSpec&, const PartitionSpec&) = default;
};

/// "bucket[16]", "day", ... and back; an unknown one becomes kUnknown with its text.
Transform ParseTransform(std::string_view text);
std::string TransformToString(const Transform& transform);

/// The type of a transform's result (year, month, hour: int; day: date, which is an int of days in manifests; bucket:
/// int). kInvalidArgument when the transform does not take that type.
Result<Type> TransformResultType(const Transform& transform, const Type& source);

/// Applies the transform; null stays null. Exact for values before 1970 too (floor).
Result<Literal> ApplyTransform(const Transform& transform, const Type& source, const Literal& value);

/// Murmur3 x86 32-bit, seed 0.
uint32_t Murmur3_32(std::string_view bytes);

/// "day=2015-01-31/vendor=2": the human-readable, URL-escaped path of a partition tuple (one literal a spec field).
std::string PartitionPath(const PartitionSpec& spec, const Schema& schema, const std::vector<Literal>& tuple);

Json PartitionSpecToJson(const PartitionSpec& spec);
/// The fields array alone, as manifest headers hold it.
Json PartitionFieldsToJson(const PartitionSpec& spec);
Result<PartitionSpec> PartitionSpecFromJson(const Json& json);
/// The fields from such an array; fields without an id (version 1) are numbered from 1000 on.
Result<std::vector<PartitionField>> PartitionFieldsFromJson(const Json& json);

/// Parses one term of `--partition-by`: "col", "identity(col)", "day(col)", "bucket(16, col)", "truncate(4, col)", also
/// "bucket[16](col)", "bucket(col, 16)", plural "days(col)", "void(col)"; binds it to `schema`, names the field as the
/// reference implementation does (col_day, col_bucket, col_trunc, col for identity). kInvalidArgument naming the
/// columns or transforms there are.
Result<PartitionField> ParsePartitionTerm(std::string_view term, const Schema& schema, int field_id);

}  // namespace calve::iceberg
