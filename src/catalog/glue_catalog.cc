#include "catalog/glue_catalog.h"

#include <fmt/format.h>

#include <algorithm>

#include "catalog/glue_table.h"
#include "catalog/json_members.h"

namespace calve::catalog {
namespace {

using iceberg::CommitOutcome;
using iceberg::CommitState;
using iceberg::LoadedTable;
using iceberg::TableIdentifier;

constexpr ErrorKind kInvalid = ErrorKind::kInvalidArgument;
constexpr std::string_view kNoSuchEntity = "EntityNotFoundException";

bool HasUpperCase(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

/// Names that Glue keeps as they are.
Status CheckName(const TableIdentifier& table) {
  CALVE_RETURN_IF_ERROR(CheckIdentifier(table));
  if (table.ns.size() != 1) {
    return Err(kInvalid,
               fmt::format("Glue's databases have one level: write '{}' as database.table", table.ToString()));
  }
  if (HasUpperCase(table.name) || HasUpperCase(table.ns[0])) {
    return Err(kInvalid, fmt::format("Glue keeps names in lower case: write '{}' in lower case", table.ToString()));
  }
  return {};
}

Error NoSuchTable(const TableIdentifier& table) {
  return {ErrorKind::kNotFound, fmt::format("there is no table {} in Glue", table.ToString())};
}

/// What a caller may do about a refusal of Glue's; the client has read the status and the common codes.
Error ToError(aws::ServiceError error) {
  // "A resource was not ready for a transaction": may pass.
  if (error.code == "ResourceNotReadyException") error.error.kind = ErrorKind::kUnavailable;
  return std::move(error.error);
}

/// The same for a call that changes something: after a lost answer, whatever came last.
Error ToWriteError(aws::ServiceError error) {
  if (error.may_have_taken_effect) error.error.kind = ErrorKind::kUnavailable;
  return ToError(std::move(error));
}

}  // namespace

GlueCatalog::GlueCatalog(GlueCatalogOptions options, aws::Client& client, store::ObjectStore& store, Clock& clock,
                         Rng& rng)
    : options_(std::move(options)), client_(client), store_(store), swap_(store, clock, rng) {}

aws::Answer<Json> GlueCatalog::Call(std::string_view operation, Json input, aws::Attempts attempts) {
  if (!options_.catalog_id.empty()) input["CatalogId"] = options_.catalog_id;
  aws::Call call;
  call.attempts = attempts;
  auto answer =
      client_.SendJson(options_.endpoint, fmt::format("AWSGlue.{}", operation), "1.1", input, std::move(call));
  if (!answer && answer.error().error.kind == ErrorKind::kNotFound && answer.error().code != kNoSuchEntity) {
    // Not Glue's word for "no such table or database": somebody else's 404 proves nothing.
    answer.error().error.kind = ErrorKind::kUnavailable;
    answer.error().may_have_taken_effect = true;
  }
  return answer;
}

Result<Json> GlueCatalog::GetTable(const TableIdentifier& table) {
  // No such name can have been created here: a lookup would find another one's table.
  if (!CheckName(table)) return std::unexpected(NoSuchTable(table));
  auto answer = Call("GetTable", {{"DatabaseName", table.ns[0]}, {"Name", table.name}});
  if (!answer) {
    if (answer.error().error.kind == ErrorKind::kNotFound) return std::unexpected(NoSuchTable(table));
    return std::unexpected(ToError(std::move(answer).error()));
  }
  return Json(MemberOf(*answer, "Table"));
}

Result<LoadedTable> GlueCatalog::Load(const TableIdentifier& table) {
  return LoadPointedTo(store_, table, [&]() -> Result<std::string> {
    CALVE_ASSIGN_OR_RETURN(const Json found, GetTable(table));
    CALVE_ASSIGN_OR_RETURN(GluePointer pointer, ReadGlueTable(found, table.ToString()));
    return std::move(pointer.metadata_location);
  });
}

Status GlueCatalog::CreateDatabase(const std::string& database) {
  const auto answer = Call("CreateDatabase", {{"DatabaseInput", {{"Name", database}}}});
  if (answer || answer.error().error.kind == ErrorKind::kAlreadyExists) return {};
  return std::unexpected(ToWriteError(answer.error()));
}

Result<LoadedTable> GlueCatalog::Create(const TableIdentifier& table, const iceberg::NewTable& definition) {
  CALVE_RETURN_IF_ERROR(CheckName(table));
  CALVE_ASSIGN_OR_RETURN(Staged staged, swap_.StageCreate(definition));
  const Json input = {{"DatabaseName", table.ns[0]},
                      {"TableInput", NewGlueTable(table.name, staged.metadata_location, staged.metadata)}};
  // Once: a second sending would find the first one's table, and take it for somebody else's.
  auto answer = Call("CreateTable", input, aws::Attempts::kOnce);
  if (!answer && answer.error().error.kind == ErrorKind::kNotFound && !answer.error().may_have_taken_effect &&
      options_.create_databases) {
    if (Status status = CreateDatabase(table.ns[0]); !status) {
      swap_.Discard(staged);
      return std::unexpected(std::move(status).error());
    }
    answer = Call("CreateTable", input, aws::Attempts::kOnce);
  }
  if (answer) return LoadedTable{std::move(staged.metadata_location), std::move(staged.metadata)};
  aws::ServiceError refused = std::move(answer).error();
  if (!refused.may_have_taken_effect) swap_.Discard(staged);
  Error error = ToWriteError(std::move(refused));
  if (error.kind == ErrorKind::kAlreadyExists) {
    error.message = fmt::format("there is a table {} in Glue already", table.ToString());
  }
  return std::unexpected(std::move(error));
}

CommitOutcome GlueCatalog::Commit(const TableIdentifier& table, const LoadedTable& base,
                                  const iceberg::TableChange& change) {
  const auto rejected = [](Error error) { return CommitOutcome{CommitState::kRejected, std::move(error), ""}; };
  auto found = GetTable(table);
  if (!found) return rejected(std::move(found).error());
  auto pointer = ReadGlueTable(*found, table.ToString());
  if (!pointer) return rejected(std::move(pointer).error());
  if (pointer->metadata_location != base.metadata_location) {
    return rejected({ErrorKind::kConflict, fmt::format("another commit to {} was faster", table.ToString())});
  }
  if (pointer->version_id.empty()) {
    return rejected(
        {ErrorKind::kCorrupt,
         fmt::format("Glue gives no VersionId for table {}, so no commit to it is safe", table.ToString())});
  }
  auto staged = swap_.StageCommit(base, change);
  if (!staged) return rejected(std::move(staged).error());
  const Json input = {{"DatabaseName", table.ns[0]},
                      {"TableInput", MovedGlueTable(*found, staged->metadata_location, staged->metadata)},
                      // Else each commit leaves a version of the table, until Glue takes no more of them.
                      {"SkipArchive", true},
                      {"VersionId", pointer->version_id}};
  auto answer = Call("UpdateTable", input, aws::Attempts::kOnce);
  if (answer) {
    swap_.DeleteExpired(base, staged->metadata);
    return {CommitState::kCommitted, Error{ErrorKind::kInternal, ""}, std::move(staged->metadata_location)};
  }
  aws::ServiceError refused = std::move(answer).error();
  if (refused.may_have_taken_effect) return {CommitState::kUnknown, ToWriteError(std::move(refused)), ""};
  swap_.Discard(*staged);
  return rejected(ToError(std::move(refused)));
}

Status GlueCatalog::ListDatabase(const std::string& database, std::vector<TableIdentifier>& found) {
  std::string token;
  do {
    Json input = {{"DatabaseName", database}};
    if (!token.empty()) input["NextToken"] = token;
    auto answer = Call("GetTables", std::move(input));
    if (!answer) {
      if (answer.error().error.kind == ErrorKind::kNotFound) return {};  // No such database, or dropped meanwhile.
      return std::unexpected(ToError(std::move(answer).error()));
    }
    for (const Json& table : ListOf(*answer, "TableList")) {
      if (IsIcebergTable(table)) found.push_back({{database}, TextOf(table, "Name")});
    }
    token = TextOf(*answer, "NextToken");
  } while (!token.empty());
  return {};
}

Result<std::vector<TableIdentifier>> GlueCatalog::List(const std::vector<std::string>& ns) {
  std::vector<TableIdentifier> found;
  if (ns.size() > 1) return found;
  if (ns.size() == 1) {
    CALVE_RETURN_IF_ERROR(ListDatabase(ns[0], found));
    return found;
  }
  std::vector<std::string> databases;
  std::string token;
  do {
    Json input = Json::object();
    if (!token.empty()) input["NextToken"] = token;
    auto answer = Call("GetDatabases", std::move(input));
    if (!answer) return std::unexpected(ToError(std::move(answer).error()));
    for (const Json& database : ListOf(*answer, "DatabaseList")) databases.push_back(TextOf(database, "Name"));
    token = TextOf(*answer, "NextToken");
  } while (!token.empty());
  for (const std::string& database : databases) CALVE_RETURN_IF_ERROR(ListDatabase(database, found));
  return found;
}

Status GlueCatalog::Drop(const TableIdentifier& table) {
  CALVE_ASSIGN_OR_RETURN(const Json found, GetTable(table));
  // Only Iceberg tables are ours to drop. One whose metadata location is missing is.
  if (!IsIcebergTable(found)) {
    const auto pointer = ReadGlueTable(found, table.ToString());
    if (!pointer) return std::unexpected(pointer.error());
  }
  const auto answer = Call("DeleteTable", {{"DatabaseName", table.ns[0]}, {"Name", table.name}});
  // It was there a moment ago: gone now by our first attempt, or by somebody who wanted the same.
  if (answer || answer.error().error.kind == ErrorKind::kNotFound) return {};
  return std::unexpected(ToWriteError(answer.error()));
}

Result<std::string> GlueCatalog::DefaultLocation(const TableIdentifier& table) {
  CALVE_RETURN_IF_ERROR(CheckName(table));
  CALVE_RETURN_IF_ERROR(LocationUnder(options_.warehouse_location, table));
  auto answer = Call("GetDatabase", {{"Name", table.ns[0]}});
  if (!answer && answer.error().error.kind != ErrorKind::kNotFound) {
    return std::unexpected(ToError(std::move(answer).error()));
  }
  std::string own = answer ? TextOf(MemberOf(*answer, "Database"), "LocationUri") : std::string();
  while (own.size() > 1 && own.ends_with('/')) own.pop_back();
  if (!own.empty()) return own + "/" + table.name;
  std::string warehouse = options_.warehouse_location;
  while (warehouse.size() > 1 && warehouse.ends_with('/')) warehouse.pop_back();
  if (warehouse.empty()) {
    return Err(kInvalid, fmt::format("Glue's database {} has no location; give a warehouse", table.ns[0]));
  }
  return fmt::format("{}/{}.db/{}", warehouse, table.ns[0], table.name);
}

}  // namespace calve::catalog
