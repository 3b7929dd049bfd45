#include "load/planner.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/ascii.h"
#include "load/add_columns_action.h"
#include "load/known_table.h"
#include "load/sample.h"
#include "load/target.h"
#include "load/text_store.h"

namespace calve::load {
using iceberg::Field;
using iceberg::LoadedTable;

struct Planner::Draft {
  Plan plan;
  const SourceFormat* format = nullptr;
  Source text;  ///< The source; of a compressed one, what it decompresses to.
  std::string head;
  std::string windows;                  ///< Of plan.encoding.
  std::optional<TextStore> text_store;  ///< Of a compressed source. Borrows from the rest: drafts stay where they are.
  std::optional<LoadedTable> table;
  std::vector<Field> sql_columns;
  std::optional<Plan> former;   ///< The generation before: it failed, or its table is gone.
  bool cuts_as_former = false;  ///< Some of its chunks may be in the table: they must be the same ones.
};

static constexpr size_t kTarMagicAt = 257;

uint64_t DefaultChunkSize(uint64_t source_bytes, int threads) {
  constexpr uint64_t kMiB = 1U << 20U;
  const uint64_t per_thread = source_bytes / (4 * static_cast<uint64_t>(std::max(threads, 1))) + 1;
  const uint64_t size = std::clamp(per_thread, 32 * kMiB, 512 * kMiB);
  return std::max(size, source_bytes / 10'000 + 1);
}

/// Settings that have no effect any more are told, never passed over.
void Planner::NoteChanges(const PlanRequest& request, const Plan& standing, Planned& planned) {
  const std::optional<std::string>& sql = request.wishes.sql.sql;
  std::vector<std::string> changed;
  if (sql ? *sql != standing.sql : !standing.row_preserving) changed.emplace_back(sql ? "--sql" : "no --sql");
  if (const auto format = reading_.formats.Find(standing.format); format.has_value()) {
    const std::vector<std::string> others = (*format)->ChangedSettings(request, standing);
    changed.insert(changed.end(), others.begin(), others.end());
  }
  if (changed.empty()) return;
  planned.notes.push_back(
      planned.committed
          ? fmt::format("it was loaded with other settings than now ({}), and stays as it is: to load it anew, remove "
                        "its rows and give the load another name with --pipeline",
                        fmt::join(changed, ", "))
          : fmt::format("an unfinished load of this source goes on with the plan that it was begun with; of no effect "
                        "now: {}",
                        fmt::join(changed, ", ")));
}

/// SQL that is run over each chunk by itself means something else than over the file, unless there is one chunk.
static Status JudgePerChunk(const PlanRequest& request, const Plan& plan, const std::string& why, Planned& planned) {
  const int chunks = plan.cuts.count();  // Of a dry run about as many: it does not look for starts.
  if (chunks == 1) return {};
  const std::string what = fmt::format(
      "the SQL does not take rows one by one: {}, and would be run over each of the {} chunks of {} by itself", why,
      chunks, plan.source.uri);
  if (request.wishes.sql.per_chunk) {
    planned.notes.push_back(what + " (--per-chunk)");
    return {};
  }
  return Err(ErrorKind::kInvalidArgument,
             fmt::format("{}: its result would not be the file's, and would depend on where the file is cut. Load the "
                         "rows and aggregate the table; or say --chunk-size {} to make it one chunk, if it is small "
                         "enough for one thread; or --per-chunk if that is what you mean",
                         what, plan.cuts.extent));
}

Result<Planned> Planner::MakePlan(const PlanRequest& request, const CancelToken& cancel) {
  if (Json(request.source_uri).dump(-1, ' ', false, Json::error_handler_t::ignore) !=
      Json(request.source_uri).dump(-1, ' ', false, Json::error_handler_t::replace)) {
    return Err(ErrorKind::kInvalidArgument,
               request.source_uri + ": the file's name is not UTF-8, so the plan cannot hold it; rename it");
  }
  CALVE_ASSIGN_OR_RETURN(const store::ObjectInfo info, context_.store.Head(request.source_uri));
  Planned planned;
  Draft draft;
  Plan& plan = draft.plan;
  plan.pipeline = request.wishes.pipeline;
  plan.source = {info.uri, info.version, info.size_bytes};
  plan.load_id = MakeLoadId(request.wishes.pipeline, request.table.ToString(), plan.source);
  plan.target.identifier = request.table.ToString();
  planned.plan = plan;

  CALVE_ASSIGN_OR_RETURN(planned.committed, ledger_.FindCommit(plan.load_id));
  std::optional<Plan> standing;
  if (!planned.committed) {
    CALVE_ASSIGN_OR_RETURN(standing, ledger_.FindPlan(plan.load_id));
  }
  // Only now: a table that the ledger speaks of was there before that was written. Had it been looked for earlier, the
  // table that another planner creates for the plan that it puts in between would seem to have been dropped.
  CALVE_ASSIGN_OR_RETURN(draft.table, FindTable(request.table, planned.committed || standing));
  planned.table_exists = draft.table.has_value();
  if (planned.committed) {
    if (draft.table && draft.table->metadata.uuid() == planned.committed->table_uuid) {
      // For a note alone: a plan that cannot be read any more changes nothing about a load that is in the table.
      const Result<Plan> loaded = ledger_.ReadPlan(plan.load_id, planned.committed->generation);
      if (loaded.has_value()) NoteChanges(request, *loaded, planned);
      return planned;
    }
    return Err(ErrorKind::kConflict,
               fmt::format("{} was loaded into a table {} (uuid {}) that is not there any more; to load it again, give "
                           "the load another name with --pipeline NAME",
                           info.uri, plan.target.identifier, planned.committed->table_uuid));
  }
  CALVE_ASSIGN_OR_RETURN(const bool resumed, Resume(request, std::move(standing), draft, planned));
  if (resumed) return planned;
  plan.generation = planned.plan.generation;
  if (info.size_bytes == 0) {
    return Err(ErrorKind::kBadData, info.uri + " is empty: there is no header to take columns from");
  }
  const LoadWishes& wishes = request.wishes;
  plan.metadata_columns = wishes.sql.metadata_columns;
  plan.commit_mode = draft.cuts_as_former ? CommitMode::kChunk : wishes.commit_mode;
  plan.bad_records = wishes.bad_records;
  plan.write = wishes.write;
  plan.max_record_bytes = wishes.read.max_record_bytes;
  plan.created_us = context_.clock.Now().time_since_epoch().count();
  plan.created_by = request.created_by;
  plan.records_attempts = true;
  CALVE_RETURN_IF_ERROR(Decode(request, cancel, draft, planned));
  CALVE_RETURN_IF_ERROR(Inspect(request, draft, planned));
  Result<Described> described = reading_.describer.Describe(plan);
  if (!described.has_value()) {
    if (!wishes.sql.sql) described.error().message += ", or leave it out, with --sql";
    return std::unexpected(std::move(described).error());
  }
  draft.sql_columns = std::move(described->columns);
  const bool scans = plan.commit_mode == CommitMode::kChunk || wishes.read.split_mode == SplitMode::kScan;
  planned.cuts_estimated = scans && !plan.cuts.exact() && request.dry_run;
  if (scans && !plan.cuts.exact() && !request.dry_run) {
    CALVE_RETURN_IF_ERROR(FindStarts(request, draft, cancel));
  }
  if (described->not_row_wise) CALVE_RETURN_IF_ERROR(JudgePerChunk(request, plan, *described->not_row_wise, planned));
  CALVE_RETURN_IF_ERROR(BindTable(request, draft, planned, cancel));
  if (!request.dry_run && !draft.windows.empty() && !draft.cuts_as_former) {
    CALVE_ASSIGN_OR_RETURN(plan.encoding->windows_uri, ledger_.PutWindows(plan.load_id, draft.windows));
  }
  planned.plan = std::move(plan);
  if (!request.dry_run) {
    CALVE_ASSIGN_OR_RETURN(planned.plan, ledger_.PutPlan(planned.plan));
  }
  CALVE_ASSIGN_OR_RETURN(planned.shown, draft.format->Show(planned.plan));
  return planned;
}

Result<std::optional<LoadedTable>> Planner::FindTable(const iceberg::TableIdentifier& table, bool known) {
  Result<LoadedTable> loaded = known ? LoadKnownTable(context_, table) : context_.catalog.Load(table);
  if (loaded.has_value()) return std::optional<LoadedTable>(std::move(loaded).value());
  if (loaded.error().kind == ErrorKind::kNotFound) return std::optional<LoadedTable>();
  return std::unexpected(std::move(loaded).error());
}

/// True: planned.plan is the plan to go on with. False: make one, of generation planned.plan.generation.
Result<bool> Planner::Resume(const PlanRequest& request, std::optional<Plan> standing, Draft& draft, Planned& planned) {
  if (!standing) return false;
  CALVE_ASSIGN_OR_RETURN(const std::optional<FailureRecord> failure, ledger_.FindFailure(*standing));
  const bool same_table = draft.table && draft.table->metadata.uuid() == standing->target.table_uuid;
  if (failure || !same_table) {
    if (!failure && !request.dry_run) {
      // Its table is gone, and with it every chance to commit.
      const FailureRecord gone{std::string(ErrorKindName(ErrorKind::kNotFound)), "the table was dropped",
                               ToMillis(context_.clock.Now())};
      CALVE_RETURN_IF_ERROR(ledger_.PutFailure(*standing, gone));
    }
    planned.plan.generation = standing->generation + 1;
    draft.cuts_as_former = standing->commit_mode == CommitMode::kChunk && same_table;
    draft.former = std::move(standing);
    return false;
  }
  planned.plan = *std::move(standing);
  planned.resumed = true;
  NoteChanges(request, planned.plan, planned);
  CALVE_ASSIGN_OR_RETURN(const SourceFormat* format, reading_.formats.Find(planned.plan.format));
  CALVE_ASSIGN_OR_RETURN(planned.shown, format->Show(planned.plan));
  return true;
}

/// A chunk of a stream that can be entered at few places is as long as the way from one to the next: none decompresses
/// much more than it reads.
static uint64_t StepOf(const PlanRequest& request, const Plan& plan) {
  const uint64_t step =
      request.wishes.read.chunk_size_bytes.value_or(DefaultChunkSize(plan.cuts.extent, request.threads));
  return plan.encoding ? std::max(step, plan.encoding->LargestGap()) : step;
}

/// What the name says of how the source is compressed, told where it is not so.
static void NoteName(const std::string& uri, const Plan& plan, Planned& planned) {
  const std::string name = AsciiLower(uri);
  const bool named = std::ranges::any_of(std::array{".gz", ".gzip", ".bgz", ".zst", ".zstd"},
                                         [&](std::string_view end) { return name.ends_with(end); });
  if (named == plan.encoding.has_value()) return;
  planned.notes.push_back(named ? "it is not compressed, whatever its name says: it is read as it is"
                                : fmt::format("it is compressed by {}, whatever its name says: its text is read",
                                              compression::CodecName(plan.encoding->codec)));
}

/// Finds out whether the source is compressed; then its text is what is planned from here on.
Status Planner::Decode(const PlanRequest& request, const CancelToken& cancel, Draft& draft, Planned& planned) {
  Plan& plan = draft.plan;
  CALVE_ASSIGN_OR_RETURN(draft.head, ReadRange(context_.store, plan.source.uri, plan.source.version, 0, kHeadBytes));
  draft.text = plan.source;
  const auto codec = compression::DetectCodec(draft.head);
  if (codec) {
    // Chunks that are meant to be small want ways in that are near.
    const uint64_t spacing =
        std::clamp<uint64_t>(request.wishes.read.chunk_size_bytes.value_or(kWaySpacing) / 4, 1, kWaySpacing);
    CALVE_ASSIGN_OR_RETURN(FoundWays found, FindWaysIn(context_.store, plan.source, *codec, spacing, cancel));
    plan.encoding = std::move(found.encoding);
    draft.windows = std::move(found.windows);
    draft.text.size_bytes = plan.encoding->text_bytes;
    draft.text_store.emplace(context_.store, plan.source, *plan.encoding, draft.windows);
    if (draft.text.size_bytes == 0) {
      return Err(ErrorKind::kBadData, plan.source.uri + " is empty behind its compression: there is no header");
    }
    CALVE_ASSIGN_OR_RETURN(draft.head,
                           ReadRange(*draft.text_store, plan.source.uri, plan.source.version, 0, kHeadBytes));
    if (std::string_view(draft.head).substr(std::min<size_t>(draft.head.size(), kTarMagicAt)).starts_with("ustar")) {
      return Err(ErrorKind::kBadData, plan.source.uri + " is a tar archive: unpack it, and load the files in it");
    }
  }
  NoteName(plan.source.uri, plan, planned);
  return {};
}

/// What the source is, and where it is cut as far as that is known without reading it.
Status Planner::Inspect(const PlanRequest& request, Draft& draft, Planned& planned) {
  Plan& plan = draft.plan;
  store::ObjectStore& store = draft.text_store ? *draft.text_store : context_.store;
  CALVE_ASSIGN_OR_RETURN(draft.format, reading_.formats.Recognise(store, draft.text, draft.head));
  plan.format = draft.format->name();
  if (plan.encoding && !draft.format->streams()) {
    return Err(ErrorKind::kBadData, fmt::format("{} is {} within {}: decompress it first", plan.source.uri, plan.format,
                                                compression::CodecName(plan.encoding->codec)));
  }
  plan.cuts.extent = draft.text.size_bytes;
  plan.cuts.step = StepOf(request, plan);
  const iceberg::Schema* schema = draft.table ? &draft.table->metadata.schema() : nullptr;
  CALVE_ASSIGN_OR_RETURN(Inspected inspected,
                         draft.format->Inspect({store, draft.text, request, schema, plan.cuts.step}));
  const std::optional<std::string>& sql = request.wishes.sql.sql;
  plan.row_preserving = !sql;
  plan.sql = sql.value_or(inspected.default_sql);
  plan.pin = std::move(inspected.pin);
  plan.columns = std::move(inspected.columns);
  plan.cuts.first = inspected.first;
  plan.cuts.starts = std::move(inspected.starts);
  planned.facts = std::move(inspected.facts);
  planned.notes.insert(planned.notes.end(), inspected.notes.begin(), inspected.notes.end());
  if (draft.cuts_as_former) {
    plan.format = draft.former->format;
    plan.pin = draft.former->pin;
    plan.columns = draft.former->columns;
    plan.encoding = draft.former->encoding;
    plan.cuts = draft.former->cuts;
  }
  const uint64_t most_bytes = plan.cuts.extent - std::min(plan.cuts.extent, plan.cuts.first);
  if (plan.cuts.exact() || most_bytes / plan.cuts.step < kMostChunks) return {};
  return Err(ErrorKind::kInvalidArgument,
             fmt::format("{}: chunks of {} bytes would be {} for {} bytes, more than {}; --chunk-size must be at least "
                         "{} here",
                         plan.source.uri, plan.cuts.step, most_bytes / plan.cuts.step + 1, plan.source.size_bytes,
                         kMostChunks, most_bytes / kMostChunks + 1));
}

Status Planner::BindTable(const PlanRequest& request, Draft& draft, Planned& planned, const CancelToken& cancel) {
  if (!draft.table) {
    if (request.dry_run) {
      iceberg::NewTable definition;
      CALVE_ASSIGN_OR_RETURN(definition.location, context_.catalog.DefaultLocation(request.table));
      if (definition.location.empty()) definition.location = "unset:";  // The catalog's server will choose.
      definition.schema.fields = draft.sql_columns;
      definition.partition_terms = request.wishes.table.partition_by;
      definition.format_version = request.wishes.table.format_version;
      CALVE_ASSIGN_OR_RETURN(iceberg::TableMetadata metadata,
                             iceberg::MakeTableMetadata(definition, context_.clock, context_.rng));
      draft.table = LoadedTable{"", std::move(metadata)};
    } else {
      CALVE_ASSIGN_OR_RETURN(draft.table, CreateTable(request, draft.sql_columns));
    }
  } else if (!request.wishes.table.partition_by.empty() && draft.table->metadata.spec().fields.empty()) {
    planned.notes.push_back("--partition-by is for a new table; " + request.table.ToString() +
                            " is there already and is not partitioned");
  }
  CALVE_ASSIGN_OR_RETURN(Binding binding, BindTarget(request.table, draft.table->metadata, draft.sql_columns));
  if (!binding.unknown.empty()) {
    std::vector<std::string> names;
    for (const Field& field : binding.unknown) names.push_back(field.name);
    if (!request.wishes.table.add_columns) {
      return Err(ErrorKind::kInvalidArgument,
                 fmt::format("table {} has no column {}; leave it out with --sql, or add it to the table with --evolve "
                             "add-columns",
                             request.table.ToString(), fmt::join(names, ", ")));
    }
    planned.notes.push_back(fmt::format("adds to table {}: {}", request.table.ToString(), fmt::join(names, ", ")));
    if (request.dry_run) {
      draft.plan.target = std::move(binding.target);
      return {};
    }
    CALVE_ASSIGN_OR_RETURN(draft.table, EvolveTable(request, *draft.table, draft.sql_columns, cancel));
    CALVE_ASSIGN_OR_RETURN(binding, BindTarget(request.table, draft.table->metadata, draft.sql_columns));
    if (!binding.unknown.empty()) {
      return Err(ErrorKind::kConflict,
                 "table " + request.table.ToString() + " was changed by somebody else meanwhile; run again");
    }
  }
  draft.plan.target = std::move(binding.target);
  if (draft.former && draft.former->target.table_uuid == draft.plan.target.table_uuid) {
    // A commit of the former generation may be in the table already, or on its way: it is looked for from where that
    // one began, and if it is there, so are the rows.
    draft.plan.target.base = draft.former->target.base;
    draft.plan.records_attempts = draft.former->records_attempts;
  }
  if (!request.wishes.codec_given) ApplyTableProperties(draft.table->metadata, draft.plan.write);
  return {};
}

Result<LoadedTable> Planner::CreateTable(const PlanRequest& request, const std::vector<Field>& columns) {
  iceberg::NewTable definition;
  CALVE_ASSIGN_OR_RETURN(definition.location, context_.catalog.DefaultLocation(request.table));
  definition.schema.fields = columns;
  definition.partition_terms = request.wishes.table.partition_by;
  definition.properties = request.wishes.table.properties;
  definition.format_version = request.wishes.table.format_version;
  Result<LoadedTable> created = context_.catalog.Create(request.table, definition);
  if (created.has_value()) return created;
  if (created.error().kind != ErrorKind::kAlreadyExists && created.error().kind != ErrorKind::kUnavailable)
    return created;
  Result<LoadedTable> loaded = context_.catalog.Load(request.table);  // Somebody's, or ours with the answer lost.
  if (!loaded.has_value() && loaded.error().kind == ErrorKind::kNotFound) return created;
  return loaded;
}

Result<LoadedTable> Planner::EvolveTable(const PlanRequest& request, const LoadedTable& table,
                                         const std::vector<Field>& columns, const CancelToken& cancel) {
  AddColumnsAction action(request.table, columns);
  const Result<CommitDone> done =
      CommitExactlyOnce(context_, CommitPolicy{}, {request.table, table.metadata.uuid()}, action, cancel);
  if (!done.has_value()) return WithContext(done.error(), "adding columns to " + request.table.ToString());
  return context_.catalog.Load(request.table);
}

Status Planner::FindStarts(const PlanRequest& request, Draft& draft, const CancelToken& cancel) {
  Plan& plan = draft.plan;
  std::vector<uint64_t> cuts;
  for (int i = 0; i < plan.cuts.count(); ++i) cuts.push_back(plan.cuts.At(i).start_bytes);
  store::ObjectStore& store = draft.text_store ? *draft.text_store : context_.store;
  CALVE_ASSIGN_OR_RETURN(plan.cuts.starts,
                         draft.format->FindStarts(store, plan, cuts, std::max(request.threads, 1), cancel));
  // Cuts inside one long record have the same next start: one chunk of it is enough.
  auto& starts = plan.cuts.starts;
  starts.erase(std::unique(starts.begin(), starts.end()), starts.end());
  if (starts.size() > 1 && starts.back() == plan.cuts.extent) starts.pop_back();
  return {};
}

}  // namespace calve::load
