// What the protocol must know of how a source is written. docs/formats.md says how to add one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/cancel.h"
#include "base/error.h"
#include "base/json.h"
#include "iceberg/schema.h"
#include "load/plan.h"
#include "load/plan_request.h"
#include "store/object_store.h"

namespace calve::load {

/// What was looked at, and what it says about the source.
struct Facts {
  uint64_t sampled_bytes = 0;
  std::string sampled = "in samples";  ///< Where those bytes were.
  uint64_t sampled_records = 0;
  double mean_record_bytes = 0;
  std::optional<uint64_t> rows;     ///< In the whole source, when it says so itself.
  std::string unit;                 ///< What it is cut between, where not between any two records: "row group".
  std::optional<uint64_t> units{};  ///< How many of those it has.
};

/// What a format makes of a source.
struct Inspected {
  Json pin;                           ///< Plan::pin
  std::vector<SourceColumn> columns;  ///< Plan::columns
  uint64_t first = 0;                 ///< Cuts::first
  std::vector<uint64_t> starts;       ///< Cuts::starts, when they are known already.
  std::string default_sql;            ///< Every column, called (and cast) as the table has it.
  Facts facts;
  std::vector<std::string> notes;  ///< For a person.
};

/// How much of a source's beginning formats are recognised by.
inline constexpr uint64_t kHeadBytes = 512;

/// A source to be planned. Of a compressed one `store` and `source` are its text.
struct InspectTask {
  store::ObjectStore& store;
  const Source& source;
  const PlanRequest& request;
  const iceberg::Schema* table;  ///< Its schema, when it is there.
  uint64_t chunk_bytes;          ///< Cuts::step
};

/// How a plan's source is written, for a person and for a program.
struct Shown {
  std::vector<std::pair<std::string, std::string>> facts;  ///< "dialect", "delimiter ',' ..."
  Json json;                                               ///< The same; an object.
  std::vector<std::string> column_notes;                   ///< One a column; may be empty texts.
};

/// Thread-safe.
class SourceFormat {
 public:
  virtual ~SourceFormat() = default;
  /// As it stands in plans.
  virtual std::string_view name() const = 0;
  /// Whether the source is written so, by its contents, whose first bytes are `head`. kBadData for one that is, but can
  /// never be read (encrypted).
  virtual Result<bool> Recognises(store::ObjectStore& store, const Source& source, std::string_view head) const = 0;
  /// Whether it is read from front to back, so that it may be compressed.
  virtual bool streams() const { return true; }
  /// Looks at the source, at as little of it as will do. kBadData (the source), kInvalidArgument (settings, columns
  /// that need SQL, a table that it does not fit), kConflict (replaced meanwhile).
  virtual Result<Inspected> Inspect(const InspectTask& task) const = 0;
  /// The first record's start at or behind each of `cuts`, by reading the source once; for formats that Inspect gives
  /// no starts for. `plan`: pin, columns and source.
  virtual Result<std::vector<uint64_t>> FindStarts(store::ObjectStore& store, const Plan& plan,
                                                   const std::vector<uint64_t>& cuts, int threads,
                                                   const CancelToken& cancel) const = 0;
  virtual Result<Shown> Show(const Plan& plan) const = 0;
  /// The flags that `request` says about how a source is written, and by which its rows would be others than by
  /// `standing`, a plan of this format. What is not said counts as what the plan has.
  virtual std::vector<std::string> ChangedSettings(const PlanRequest& request, const Plan& standing) const = 0;
};

/// The formats that there are, in the order in which a source is tried. Immutable, so thread-safe.
class SourceFormats {
 public:
  explicit SourceFormats(std::vector<std::unique_ptr<const SourceFormat>> formats) : formats_(std::move(formats)) {}

  /// The first one that recognises the source. kBadData when none does.
  Result<const SourceFormat*> Recognise(store::ObjectStore& store, const Source& source, std::string_view head) const;
  /// kInvalidArgument for a name that this calve does not know.
  Result<const SourceFormat*> Find(std::string_view name) const;

 private:
  std::vector<std::unique_ptr<const SourceFormat>> formats_;
};

}  // namespace calve::load
