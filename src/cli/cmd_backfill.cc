// `calve backfill`: send what has landed and was not loaded. `calve redrive`: dead letters back to their queue.
#include <fmt/format.h>

#include "app/backfill.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/signals.h"
#include "cli/table.h"
#include "cli/text.h"

namespace calve::cli {
namespace {

/// Looked at by the signal handler, so it lives as long as the process.
CancelToken backfill_cancel;

}  // namespace

Result<int> BackfillCommand(Context& context) {
  const app::Settings& settings = context.config.settings;
  HandleInterrupts(&backfill_cancel);
  CALVE_ASSIGN_OR_RETURN(const auto environment, app::Environment::Open(settings, /*create=*/true));
  CALVE_ASSIGN_OR_RETURN(const app::OpenQueue events, environment->OpenEventQueue({}));
  CALVE_ASSIGN_OR_RETURN(const std::vector<app::BackfillEntry> entries,
                         app::Backfill(*environment, *events.queue, context.line.arguments.front(), backfill_cancel));
  if (context.json()) {
    Json sources = Json::array();
    for (const app::BackfillEntry& entry : entries) {
      sources.push_back({{"source", entry.source},
                         {"size_bytes", entry.size_bytes},
                         {"status", entry.status},
                         {"load_id", entry.load_id}});
    }
    context.output.Write(JsonText({{"sources", std::move(sources)}, {"dry_run", settings.dry_run}}) + "\n");
    return 0;
  }
  TextTable table({"source", "size", "status"}, {false, true, false});
  uint64_t sent = 0;
  for (const app::BackfillEntry& entry : entries) {
    if (entry.status == "sent") ++sent;
    table.Add({entry.source, HumanBytes(entry.size_bytes),
               entry.status == "sent" && settings.dry_run ? "would be sent" : entry.status});
  }
  context.output.Write(table.Render());
  context.output.Write(fmt::format("{} of {} {}\n", HumanCount(sent), Plural(entries.size(), "source"),
                                   settings.dry_run ? "would be sent" : "sent; a worker loads them: calve worker"));
  return 0;
}

Result<int> RedriveCommand(Context& context) {
  const std::string which = context.line.arguments.empty() ? "all" : context.line.arguments.front();
  if (which != "all" && which != "chunks" && which != "events") {
    return Err(ErrorKind::kInvalidArgument, "redrive what? chunks, events, or nothing for both; not '" + which + "'");
  }
  CALVE_ASSIGN_OR_RETURN(const auto environment, app::Environment::Open(context.config.settings, /*create=*/false));
  Json json = Json::object();
  std::string text;
  const auto redrive = [&](const char* name, Result<app::OpenQueue> queue) -> Status {
    if (!queue.has_value()) return std::unexpected(std::move(queue).error());
    CALVE_ASSIGN_OR_RETURN(const int64_t moved, queue->dead_letters->Redrive());
    json[name] = moved;
    text += fmt::format("{}: {} back on the queue\n", name, Plural(static_cast<uint64_t>(moved), "dead letter"));
    return {};
  };
  if (which != "chunks") CALVE_RETURN_IF_ERROR(redrive("events", environment->OpenEventQueue({})));
  if (which != "events") CALVE_RETURN_IF_ERROR(redrive("chunks", environment->OpenChunkQueue({})));
  context.output.Write(context.json() ? JsonText({{"redriven", json}}) + "\n" : text);
  return 0;
}

}  // namespace calve::cli
