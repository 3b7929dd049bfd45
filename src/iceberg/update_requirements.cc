// Requirements of a commit (REST catalog specification, "TableRequirement").
#include <fmt/format.h>

#include "iceberg/metadata_json.h"
#include "iceberg/table_metadata.h"

namespace calve::iceberg {
namespace {

Status Expect(std::string_view what, int64_t wanted, int64_t found) {
  if (wanted == found) return {};
  return Err(ErrorKind::kConflict,
             fmt::format("the table's {} is {}, the change was built on {}", what, found, wanted));
}

Status ExpectInt(const Json& requirement, const char* member, std::string_view what, int found) {
  CALVE_ASSIGN_OR_RETURN(const int64_t wanted, JsonGet<int64_t>(requirement, member));
  return Expect(what, wanted, found);
}

std::string SnapshotText(const std::optional<int64_t>& id) { return id ? std::to_string(*id) : "none"; }

Status CheckOne(const TableMetadata* base, const Json& requirement) {
  CALVE_ASSIGN_OR_RETURN(const std::string type, JsonGet<std::string>(requirement, "type"));
  if (type == "assert-create") {
    if (base == nullptr) return {};
    return Err(ErrorKind::kConflict, "the table exists already");
  }
  if (base == nullptr) return Err(ErrorKind::kConflict, "the table does not exist");
  if (type == "assert-table-uuid") {
    CALVE_ASSIGN_OR_RETURN(const std::optional<std::string> uuid, JsonFind<std::string>(requirement, "uuid"));
    if (uuid.value_or("") == base->uuid()) return {};
    return Err(ErrorKind::kConflict, fmt::format("the table is another one: its uuid is '{}', the change is for '{}'",
                                                 base->uuid(), uuid.value_or("")));
  }
  if (type == "assert-ref-snapshot-id") {
    CALVE_ASSIGN_OR_RETURN(const std::string ref, JsonGet<std::string>(requirement, "ref"));
    CALVE_ASSIGN_OR_RETURN(const std::optional<int64_t> wanted, JsonFind<int64_t>(requirement, "snapshot-id"));
    const std::optional<int64_t> found = base->RefSnapshotId(ref);
    if (wanted == found) return {};
    return Err(ErrorKind::kConflict, fmt::format("ref '{}' is at snapshot {}, the change was built on {}", ref,
                                                 SnapshotText(found), SnapshotText(wanted)));
  }
  if (type == "assert-current-schema-id") {
    return ExpectInt(requirement, "current-schema-id", "current schema id", base->schema().schema_id);
  }
  if (type == "assert-last-assigned-field-id") {
    return ExpectInt(requirement, "last-assigned-field-id", "last assigned column id", base->last_column_id());
  }
  if (type == "assert-last-assigned-partition-id") {
    return ExpectInt(requirement, "last-assigned-partition-id", "last assigned partition field id",
                     base->last_partition_id());
  }
  if (type == "assert-default-spec-id") {
    return ExpectInt(requirement, "default-spec-id", "default partition spec id", base->spec().spec_id);
  }
  if (type == "assert-default-sort-order-id") {
    return ExpectInt(requirement, "default-sort-order-id", "default sort order id", base->default_sort_order_id());
  }
  return Err(ErrorKind::kInvalidArgument, fmt::format("'{}' is not a known requirement", type));
}

}  // namespace

Status CheckRequirements(const TableMetadata* base, const std::vector<Json>& requirements) {
  for (const Json& requirement : requirements) {
    Status status = CheckOne(base, requirement);
    if (status) continue;
    Error error = std::move(status).error();
    // Malformed is the builder's fault, not the table's.
    if (error.kind == ErrorKind::kCorrupt) error.kind = ErrorKind::kInvalidArgument;
    return WithContext(std::move(error), "requirement not met");
  }
  return {};
}

}  // namespace calve::iceberg
