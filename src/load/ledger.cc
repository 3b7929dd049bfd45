#include "load/ledger.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/whole_number.h"

namespace calve::load {
namespace {

/// "000012" or "000012@345" (a result's object name without ".json") to its key.
std::optional<ResultKey> ParseResultName(std::string_view name) {
  const size_t at = name.find('@');
  const auto chunk = WholeNumber<decltype(ResultKey::chunk)>(name.substr(0, at));
  if (!chunk) return std::nullopt;
  ResultKey key{.chunk = *chunk, .pinned_start = std::nullopt};
  if (at == std::string_view::npos) return key;
  key.pinned_start = WholeNumber<uint64_t>(name.substr(at + 1));
  return key.pinned_start ? std::optional(key) : std::nullopt;
}

/// What a result names is read and deleted later: it must be the plan's own, whatever was put into the ledger.
bool IsDataFileOf(const Plan& plan, const ResultKey& key, std::string_view path) {
  const std::string folder = plan.target.data_location + "/";
  if (!path.starts_with(folder) || path.find("/../") != std::string_view::npos) return false;
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return name.starts_with(fmt::format("{}-{:06}-", plan.load_id, key.chunk)) && name.ends_with(".parquet");
}

Status CheckIsOf(const Plan& plan, const ResultKey& key, const ChunkResult& result, std::string_view quarantine) {
  if (result.load_id != plan.load_id || ResultKey{result.chunk, result.pinned_start} != key) {
    return Err(ErrorKind::kCorrupt, fmt::format("it is of load {}, chunk {}", result.load_id, result.chunk));
  }
  for (const iceberg::DataFile& file : result.files) {
    if (!IsDataFileOf(plan, key, file.file_path)) {
      return Err(ErrorKind::kCorrupt, fmt::format("{} is no data file of this chunk", file.file_path));
    }
  }
  const std::string_view bad = result.quarantine_uri;
  if (!bad.empty() && (!bad.starts_with(quarantine) || bad.substr(quarantine.size()).contains('/'))) {
    return Err(ErrorKind::kCorrupt, fmt::format("{} is no quarantine file of this load", bad));
  }
  return {};
}

}  // namespace

std::string Ledger::LoadPath(const std::string& load_id) const { return prefix_ + "/loads/" + load_id; }

std::string Ledger::GenerationPath(const std::string& load_id, int generation) const {
  return fmt::format("{}/g{:03}", LoadPath(load_id), generation);
}

std::string Ledger::ResultUri(const Plan& plan, const ResultKey& key) const {
  const std::string pinned = key.pinned_start ? fmt::format("@{}", *key.pinned_start) : "";
  return fmt::format("{}/results/{:06}{}.json", GenerationPath(plan.load_id, plan.generation), key.chunk, pinned);
}

std::string Ledger::QuarantineUri(const Plan& plan, int chunk, const std::string& attempt_id) const {
  return fmt::format("{}/quarantine/{:06}-{}.jsonl", GenerationPath(plan.load_id, plan.generation), chunk, attempt_id);
}

Result<std::optional<Json>> Ledger::FindJson(const std::string& uri) {
  Result<std::string> text = store::ReadAll(store_, uri);
  if (!text.has_value()) {
    if (text.error().kind == ErrorKind::kNotFound) return std::optional<Json>();
    return std::unexpected(std::move(text).error());
  }
  CALVE_ASSIGN_OR_RETURN(Json json, ParseJson(*text, uri));
  return std::optional<Json>(std::move(json));
}

Result<std::optional<Plan>> Ledger::FindPlan(const std::string& load_id) {
  CALVE_ASSIGN_OR_RETURN(const auto objects, store_.List(LoadPath(load_id) + "/g"));
  int newest = -1;
  for (const store::ObjectInfo& object : objects) {
    for (int generation = newest + 1; object.uri.ends_with("/plan.json") && generation < 1000; ++generation) {
      if (object.uri.starts_with(GenerationPath(load_id, generation) + "/")) newest = generation;
    }
  }
  if (newest < 0) return std::optional<Plan>();
  CALVE_ASSIGN_OR_RETURN(Plan plan, ReadPlan(load_id, newest));
  return std::optional<Plan>(std::move(plan));
}

Result<Plan> Ledger::ReadPlan(const std::string& load_id, int generation) {
  const std::string uri = GenerationPath(load_id, generation) + "/plan.json";
  CALVE_ASSIGN_OR_RETURN(const std::string text, store::ReadAll(store_, uri));
  CALVE_ASSIGN_OR_RETURN(const Json json, ParseJson(text, uri));
  Result<Plan> plan = PlanFromJson(json);
  if (!plan.has_value()) return WithContext(std::move(plan).error(), uri);
  if (plan->load_id != load_id || plan->generation != generation) {
    return Err(ErrorKind::kCorrupt,
               fmt::format("{}: it is of load {}, generation {}", uri, plan->load_id, plan->generation));
  }
  return plan;
}

Result<Plan> Ledger::PutPlan(const Plan& plan) {
  const std::string uri = GenerationPath(plan.load_id, plan.generation) + "/plan.json";
  const Status put = store_.Put(uri, JsonText(PlanToJson(plan), 1), store::PutMode::kIfAbsent);
  if (!put.has_value() && put.error().kind != ErrorKind::kAlreadyExists &&
      put.error().kind != ErrorKind::kUnavailable) {
    return std::unexpected(put.error());
  }
  Result<Plan> standing = ReadPlan(plan.load_id, plan.generation);
  if (!standing.has_value() && !put.has_value() && standing.error().kind == ErrorKind::kNotFound) {
    return std::unexpected(put.error());
  }
  return standing;
}

Result<std::string> Ledger::PutWindows(const std::string& load_id, std::string_view windows) {
  std::string uri = fmt::format("{}/windows-{}.bin", LoadPath(load_id), WindowHash(windows));
  const Status put = store_.Put(uri, windows, store::PutMode::kIfAbsent);
  if (put.has_value() || put.error().kind == ErrorKind::kAlreadyExists) return uri;
  // The answer may have been lost, and only that.
  if (put.error().kind == ErrorKind::kUnavailable && store_.Head(uri).has_value()) return uri;
  return std::unexpected(put.error());
}

Result<std::optional<ChunkResult>> Ledger::FindResult(const Plan& plan, const ResultKey& key) {
  const std::string uri = ResultUri(plan, key);
  CALVE_ASSIGN_OR_RETURN(const std::optional<Json> json, FindJson(uri));
  if (!json) return std::optional<ChunkResult>();
  Result<ChunkResult> result = ChunkResultFromJson(*json);
  if (!result.has_value()) return WithContext(std::move(result).error(), uri);
  const std::string quarantine = GenerationPath(plan.load_id, plan.generation) + "/quarantine/";
  if (auto ours = CheckIsOf(plan, key, *result, quarantine); !ours) return WithContext(std::move(ours).error(), uri);
  return std::optional<ChunkResult>(std::move(result).value());
}

Result<Publish> Ledger::PublishResult(const Plan& plan, const ChunkResult& result) {
  const ResultKey key{result.chunk, result.pinned_start};
  const Status put =
      store_.Put(ResultUri(plan, key), JsonText(ChunkResultToJson(result), 1), store::PutMode::kIfAbsent);
  if (put.has_value()) return Publish::kPublished;
  if (put.error().kind != ErrorKind::kAlreadyExists && put.error().kind != ErrorKind::kUnavailable) {
    return std::unexpected(put.error());
  }
  // Even "already exists" may be the echo of our own write that was repeated below us.
  CALVE_ASSIGN_OR_RETURN(const std::optional<ChunkResult> standing, FindResult(plan, key));
  if (!standing) return std::unexpected(put.error());
  return standing->attempt_id == result.attempt_id ? Publish::kPublished : Publish::kLost;
}

Result<std::vector<ResultKey>> Ledger::ListResults(const Plan& plan) {
  const std::string directory = GenerationPath(plan.load_id, plan.generation) + "/results/";
  CALVE_ASSIGN_OR_RETURN(const auto objects, store_.List(directory));
  std::vector<ResultKey> keys;
  for (const store::ObjectInfo& object : objects) {
    std::string_view name = std::string_view(object.uri).substr(object.uri.rfind('/') + 1);
    if (!name.ends_with(".json")) continue;
    name.remove_suffix(5);
    if (const auto key = ParseResultName(name)) keys.push_back(*key);
  }
  return keys;
}

Result<std::optional<CommitRecord>> Ledger::FindCommit(const std::string& load_id) {
  CALVE_ASSIGN_OR_RETURN(const std::optional<Json> json, FindJson(LoadPath(load_id) + "/committed.json"));
  if (!json) return std::optional<CommitRecord>();
  CALVE_ASSIGN_OR_RETURN(CommitRecord record, CommitRecordFromJson(*json));
  if (record.load_id != load_id) {
    return Err(ErrorKind::kCorrupt,
               fmt::format("{}/committed.json: it is of load {}", LoadPath(load_id), record.load_id));
  }
  return std::optional<CommitRecord>(std::move(record));
}

Result<CommitRecord> Ledger::PutCommit(const CommitRecord& record) {
  const std::string uri = LoadPath(record.load_id) + "/committed.json";
  const Status put = store_.Put(uri, JsonText(CommitRecordToJson(record), 1), store::PutMode::kIfAbsent);
  if (put.has_value()) return record;
  if (put.error().kind != ErrorKind::kAlreadyExists && put.error().kind != ErrorKind::kUnavailable) {
    return std::unexpected(put.error());
  }
  CALVE_ASSIGN_OR_RETURN(std::optional<CommitRecord> standing, FindCommit(record.load_id));
  if (!standing) return std::unexpected(put.error());
  return *std::move(standing);
}

Result<std::optional<FailureRecord>> Ledger::FindFailure(const Plan& plan) {
  const std::string uri = GenerationPath(plan.load_id, plan.generation) + "/failure.json";
  CALVE_ASSIGN_OR_RETURN(const std::optional<Json> json, FindJson(uri));
  if (!json) return std::optional<FailureRecord>();
  FailureRecord record;
  CALVE_ASSIGN_OR_RETURN(record.kind, JsonGet<std::string>(*json, "kind"));
  CALVE_ASSIGN_OR_RETURN(record.message, JsonGet<std::string>(*json, "message"));
  CALVE_ASSIGN_OR_RETURN(record.failed_ms, JsonGet<int64_t>(*json, "failed-ms"));
  return std::optional<FailureRecord>(std::move(record));
}

Status Ledger::PutFailure(const Plan& plan, const FailureRecord& record) {
  const Json json = {{"calve", "failure"},        {"version", 1},
                     {"load-id", plan.load_id},   {"kind", record.kind},
                     {"message", record.message}, {"failed-ms", record.failed_ms}};
  const std::string uri = GenerationPath(plan.load_id, plan.generation) + "/failure.json";
  Status put = store_.Put(uri, JsonText(json, 1), store::PutMode::kIfAbsent);
  if (!put.has_value() && put.error().kind == ErrorKind::kAlreadyExists) return {};
  return put;
}

Result<std::optional<int64_t>> Ledger::FindChunkCommit(const Plan& plan, int chunk) {
  const std::string uri = fmt::format("{}/commits/{:06}.json", LoadPath(plan.load_id), chunk);
  CALVE_ASSIGN_OR_RETURN(const std::optional<Json> json, FindJson(uri));
  if (!json) return std::optional<int64_t>();
  CALVE_ASSIGN_OR_RETURN(const int64_t id, JsonGet<int64_t>(*json, "snapshot-id"));
  return std::optional<int64_t>(id);
}

Status Ledger::PutChunkCommit(const Plan& plan, int chunk, int64_t snapshot_id) {
  const Json json = {{"calve", "chunk-commit"}, {"version", 1}, {"chunk", chunk}, {"snapshot-id", snapshot_id}};
  const std::string uri = fmt::format("{}/commits/{:06}.json", LoadPath(plan.load_id), chunk);
  Status put = store_.Put(uri, JsonText(json, 1), store::PutMode::kIfAbsent);
  if (!put.has_value() && put.error().kind == ErrorKind::kAlreadyExists) return {};
  return put;
}

/// Of the attempts' names: "load@" or "000012@".
static std::string AttemptPrefix(std::optional<int> chunk) {
  return chunk ? fmt::format("attempts/{:06}@", *chunk) : std::string("attempts/load@");
}

Status Ledger::PutAttempt(const std::string& load_id, std::optional<int> chunk, const iceberg::CleanPoint& base) {
  const auto number = [](std::optional<int64_t> value) { return value ? Json(*value) : Json(); };
  const auto text = [](std::optional<int64_t> value) { return value ? std::to_string(*value) : "none"; };
  const Json json = {{"calve", "attempt"},
                     {"version", 1},
                     {"base-snapshot-id", number(base.snapshot_id)},
                     {"base-sequence-number", number(base.sequence_number)}};
  const std::string uri = fmt::format("{}/{}{}@{}.json", LoadPath(load_id), AttemptPrefix(chunk),
                                      text(base.snapshot_id), text(base.sequence_number));
  Status put = store_.Put(uri, JsonText(json, 1), store::PutMode::kIfAbsent);
  if (!put.has_value() && put.error().kind == ErrorKind::kAlreadyExists) return {};
  return put;
}

Result<std::vector<iceberg::CleanPoint>> Ledger::ListAttempts(const std::string& load_id, std::optional<int> chunk) {
  CALVE_ASSIGN_OR_RETURN(const auto objects, store_.List(LoadPath(load_id) + "/" + AttemptPrefix(chunk)));
  std::vector<iceberg::CleanPoint> bases;
  for (const store::ObjectInfo& object : objects) {
    CALVE_ASSIGN_OR_RETURN(const std::string text, store::ReadAll(store_, object.uri));
    CALVE_ASSIGN_OR_RETURN(const Json json, ParseJson(text, object.uri));
    iceberg::CleanPoint base;
    CALVE_ASSIGN_OR_RETURN(base.snapshot_id, JsonFind<int64_t>(json, "base-snapshot-id"));
    CALVE_ASSIGN_OR_RETURN(base.sequence_number, JsonFind<int64_t>(json, "base-sequence-number"));
    bases.push_back(base);
  }
  return bases;
}

Result<std::vector<std::string>> Ledger::ListLoads() {
  const std::string directory = prefix_ + "/loads/";
  CALVE_ASSIGN_OR_RETURN(const auto objects, store_.List(directory));
  std::set<std::string> ids;
  for (const store::ObjectInfo& object : objects) {
    const size_t at = object.uri.rfind("/loads/");
    if (at == std::string::npos) continue;
    const std::string_view rest = std::string_view(object.uri).substr(at + 7);
    const std::string_view id = rest.substr(0, rest.find('/'));
    if (IsLoadId(id)) ids.emplace(id);  // Anything else there is not ours.
  }
  return std::vector<std::string>(ids.begin(), ids.end());
}

}  // namespace calve::load
