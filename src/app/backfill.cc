#include "app/backfill.h"

#include <fmt/format.h>

#include <utility>

#include "app/intake.h"
#include "app/plan_request.h"
#include "store/glob.h"
#include "store/local_path.h"
#include "store/uri.h"

namespace calve::app {
namespace {

constexpr size_t kBatch = 10;

Result<std::vector<std::string>> FindObjects(Environment& environment, const std::string& prefix) {
  if (store::IsGlobPattern(prefix)) return store::ExpandGlob(environment.store(), prefix);
  std::string below = prefix;
  if (store::UriScheme(prefix) == "file") {
    CALVE_ASSIGN_OR_RETURN(below, store::CanonicalFileUri(prefix));
    const Result<store::ObjectInfo> file = environment.store().Head(below);
    if (file.has_value()) return std::vector<std::string>{below};
    below += '/';
  }
  CALVE_ASSIGN_OR_RETURN(const std::vector<store::ObjectInfo> objects, environment.store().List(below));
  std::vector<std::string> uris;
  for (const store::ObjectInfo& object : objects) {
    // A key that ends in a slash is a console's idea of a folder.
    if (!object.uri.ends_with('/')) uris.push_back(object.uri);
  }
  return uris;
}

}  // namespace

Result<std::vector<BackfillEntry>> Backfill(Environment& environment, queue::Queue& events, const std::string& prefix,
                                            const CancelToken& cancel) {
  const Settings& settings = environment.settings();
  CALVE_ASSIGN_OR_RETURN(const load::PlanRequest request, MakePlanRequest(settings, ""));
  CALVE_ASSIGN_OR_RETURN(const std::vector<std::string> found, FindObjects(environment, prefix));
  const std::string own = environment.warehouse_uri() + "/";
  std::vector<BackfillEntry> entries;
  std::vector<queue::Message> batch;
  const auto flush = [&]() -> Status {
    if (batch.empty()) return {};
    CALVE_RETURN_IF_ERROR(events.Send(batch));
    batch.clear();
    return {};
  };
  for (const std::string& uri : found) {
    if (cancel.cancelled()) return Err(ErrorKind::kCancelled, "stopped; what was sent stays sent");
    if (uri.starts_with(own)) continue;
    const Result<store::ObjectInfo> info = environment.store().Head(uri);
    if (!info.has_value()) {
      if (info.error().kind == ErrorKind::kNotFound) continue;  // Deleted since it was listed.
      return std::unexpected(info.error());
    }
    BackfillEntry entry{info->uri, info->size_bytes, "sent", ""};
    entry.load_id = load::MakeLoadId(request.wishes.pipeline, request.table.ToString(),
                                     {info->uri, info->version, info->size_bytes});
    if (info->size_bytes == 0) {
      entry.status = "empty";
    } else {
      CALVE_ASSIGN_OR_RETURN(const std::optional<load::CommitRecord> commit,
                             environment.ledger().FindCommit(entry.load_id));
      if (commit) {
        entry.status = "loaded";
      } else if (!settings.dry_run) {
        batch.push_back({MakeSourceMessage(info->uri), "source/" + entry.load_id});
        if (batch.size() == kBatch) CALVE_RETURN_IF_ERROR(flush());
      }
    }
    entries.push_back(std::move(entry));
  }
  CALVE_RETURN_IF_ERROR(flush());
  if (entries.empty()) return Err(ErrorKind::kNotFound, fmt::format("nothing has landed below {}", prefix));
  return entries;
}

}  // namespace calve::app
