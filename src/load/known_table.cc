#include "load/known_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/backoff.h"

namespace calve::load {
namespace {

constexpr BackoffPolicy kAskAgain{
    .max_retries = 3, .min_wait = std::chrono::milliseconds(200), .max_wait = std::chrono::milliseconds(2'000)};

}  // namespace

Result<iceberg::LoadedTable> LoadKnownTable(const CommitContext& context, const iceberg::TableIdentifier& table) {
  Result<iceberg::LoadedTable> loaded = context.catalog.Load(table);
  for (int again = 0; again < kAskAgain.max_retries; ++again) {
    if (loaded.has_value() || loaded.error().kind != ErrorKind::kNotFound) return loaded;
    context.clock.SleepFor(BackoffWait(kAskAgain, again, context.rng));
    loaded = context.catalog.Load(table);
  }
  if (loaded.has_value() || loaded.error().kind != ErrorKind::kNotFound) return loaded;
  // Who may not list has no second witness, and goes by the first.
  const auto listed = context.catalog.List(table.ns);
  if (!listed.has_value() && listed.error().kind == ErrorKind::kUnavailable) return std::unexpected(listed.error());
  if (!listed.has_value() || std::ranges::find(*listed, table) == listed->end()) return loaded;
  return Err(ErrorKind::kUnavailable, fmt::format("the catalog lists table {}, and says that it is not there: {}",
                                                  table.ToString(), loaded.error().message));
}

}  // namespace calve::load
