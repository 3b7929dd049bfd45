#include "app/plan_request.h"

#include "app/version.h"

namespace calve::app {

Result<load::PlanRequest> MakePlanRequest(const Settings& settings, const std::string& source) {
  load::PlanRequest request;
  request.source_uri = source;
  if (settings.table.empty()) {
    return Err(ErrorKind::kInvalidArgument, "no table is named; say --table NAMESPACE.TABLE");
  }
  CALVE_ASSIGN_OR_RETURN(request.table, iceberg::TableIdentifier::Parse(settings.table));
  request.wishes = settings.load;
  request.threads = settings.Threads();
  if (settings.load.commit_mode == load::CommitMode::kChunk &&
      settings.load.read.split_mode == load::SplitMode::kSpeculate) {
    return Err(ErrorKind::kInvalidArgument,
               "--commit chunk needs exact chunk boundaries: leave --split out, or say --split scan");
  }
  request.created_by = std::string("calve ") + kVersion;
  return request;
}

}  // namespace calve::app
