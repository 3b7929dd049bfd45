// `calve status`: the ledger.
#include <fmt/format.h>

#include "app/status.h"
#include "base/json.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/run_reporter.h"
#include "cli/run_summary.h"
#include "cli/table.h"
#include "cli/text.h"
#include "store/uri.h"

namespace calve::cli {
namespace {

constexpr size_t kShortIdLength = 8;

int64_t WhenMs(const app::LoadStatus& load) {
  if (load.commit) return load.commit->committed_ms;
  return load.failure ? load.failure->failed_ms : load.planned_ms;
}

Json StatsToJson(const queue::QueueStats& stats) {
  return {{"visible", stats.visible}, {"in_flight", stats.in_flight}, {"dead", stats.dead}};
}

std::string StatsText(const queue::QueueStats& stats) {
  return fmt::format("{} waiting, {} in hand, {} dead", stats.visible, stats.in_flight, stats.dead);
}

/// What goes on with an unfinished load. The ledger does not know who planned it: where its messages are tells.
std::string HowToGoOn(const app::LoadStatus& load) {
  const auto any = [](const queue::QueueStats& stats) { return stats.visible + stats.in_flight + stats.dead > 0; };
  if (!any(load.queue) && !load.dead_letters.empty()) return "calve redrive chunks, then calve worker";
  if (!any(load.queue) && any(load.workers_queue))
    return "calve worker, if it was sent to workers; else the same calve run";
  return "the same calve run command again";
}

Json ToJson(const app::LoadStatus& load) {
  Json json;
  json["load_id"] = load.load_id;
  json["source"] = load.source;
  json["table"] = load.table;
  json["status"] = load.status;
  json["size_bytes"] = load.size_bytes;
  json["chunks"] = load.chunks;
  json["chunks_done"] = load.chunks_done;
  json["rows"] = load.rows;
  json["quarantined"] = load.quarantined;
  json["quarantine_files"] = load.quarantine_uris;
  json["first_bad_record"] = load.first_bad ? BadRecordToJson(*load.first_bad) : Json(nullptr);
  json["planned_ms"] = load.planned_ms;
  json["committed_ms"] = load.commit ? Json(load.commit->committed_ms) : Json(nullptr);
  json["snapshot_ids"] = load.commit ? Json(load.commit->snapshot_ids) : Json::array();
  json["failure"] = nullptr;
  if (load.failure) {
    json["failure"] = {
        {"kind", load.failure->kind}, {"message", load.failure->message}, {"failed_ms", load.failure->failed_ms}};
  }
  json["queue"] = StatsToJson(load.queue);
  json["workers_queue"] = StatsToJson(load.workers_queue);
  json["dead_letters"] = Json::array();
  for (const queue::DeadLetter& letter : load.dead_letters) {
    json["dead_letters"].push_back({{"message_id", letter.message_id},
                                    {"reason", letter.reason},
                                    {"receive_count", letter.receive_count},
                                    {"died_ms", letter.died_ms},
                                    {"body", letter.body}});
  }
  return json;
}

std::string SnapshotText(const app::LoadStatus& load) {
  if (!load.commit || load.commit->snapshot_ids.empty()) return "-";
  const auto& ids = load.commit->snapshot_ids;
  return ids.size() == 1 ? fmt::format("{}", ids[0]) : fmt::format("{} and {} more", ids[0], ids.size() - 1);
}

std::string ListText(const std::vector<app::LoadStatus>& loads) {
  TextTable table({"load", "table", "source", "status", "chunks", "rows", "quarantined", "snapshot", "when"},
                  {false, false, false, false, true, true, true, true, false});
  for (const app::LoadStatus& load : loads) {
    table.Add({load.load_id.substr(0, kShortIdLength), load.table, LastPart(load.source), load.status,
               fmt::format("{}/{}", load.chunks_done, load.chunks), HumanCount(load.rows), HumanCount(load.quarantined),
               SnapshotText(load), UtcTime(WhenMs(load))});
  }
  return table.Render();
}

/// A command that shows what is in the quarantine files.
std::string HowToLook(const std::vector<std::string>& uris) {
  const std::string& uri = uris.front();
  if (store::UriScheme(uri) != "file") {
    return fmt::format("each is JSON Lines, a bad record a line: aws s3 cp '{}' - | head", uri);
  }
  constexpr std::string_view kFile = "file://";
  const std::string path = uri.starts_with(kFile) ? uri.substr(kFile.size()) : uri;
  return fmt::format("each is JSON Lines, a bad record a line: head '{}'", path);
}

std::string DetailText(const app::LoadStatus& load) {
  std::vector<std::pair<std::string, std::string>> facts = {
      {"load", load.load_id},
      {"source", fmt::format("{} ({})", load.source, HumanBytes(load.size_bytes))},
      {"table", load.table},
      {"status", load.status},
      {"chunks", fmt::format("{} of {} done", load.chunks_done, load.chunks)},
      {"rows", HumanCount(load.rows)},
      {"planned", UtcTime(load.planned_ms)}};
  if (load.commit) {
    facts.emplace_back("committed", UtcTime(load.commit->committed_ms));
    facts.emplace_back("snapshot", SnapshotText(load));
    facts.emplace_back("files", fmt::format("{} ({})", load.commit->files, HumanBytes(load.commit->bytes_out)));
  } else if (load.failure) {
    facts.emplace_back("failed", UtcTime(load.failure->failed_ms));
    facts.emplace_back("because", fmt::format("{} ({})", load.failure->message, load.failure->kind));
  } else {
    facts.emplace_back("run's queue", StatsText(load.queue));
    facts.emplace_back("workers' queue", StatsText(load.workers_queue) + " (of all loads)");
    facts.emplace_back("to go on", HowToGoOn(load));
  }
  facts.emplace_back("quarantined", HumanCount(load.quarantined));
  if (load.first_bad) facts.emplace_back("first bad", DescribeBadRecord(*load.first_bad));
  std::string out = RenderPairs(facts);
  if (!load.quarantine_uris.empty()) {
    out += "\nquarantine files:\n";
    for (const std::string& uri : load.quarantine_uris) out += "  " + Printable(uri) + "\n";
    out += Printable(HowToLook(load.quarantine_uris)) + "\n";
  }
  if (!load.dead_letters.empty()) {
    out += "\ndead letters (the next calve run tries its own again, calve redrive those of workers):\n";
    TextTable table({"when", "deliveries", "reason"}, {false, true, false});
    for (const queue::DeadLetter& letter : load.dead_letters) {
      table.Add({UtcTime(letter.died_ms), fmt::format("{}", letter.receive_count), letter.reason});
    }
    out += table.Render("  ");
  }
  return out;
}

}  // namespace

Result<int> StatusCommand(Context& context) {
  const std::string prefix = context.line.arguments.empty() ? "" : context.line.arguments.front();
  CALVE_ASSIGN_OR_RETURN(const auto environment, app::Environment::Open(context.config.settings, /*create=*/false));
  CALVE_ASSIGN_OR_RETURN(const std::vector<app::LoadStatus> loads, app::ReadStatus(*environment, prefix));
  if (loads.empty() && !prefix.empty()) {
    return Err(ErrorKind::kNotFound,
               fmt::format("the ledger has no load whose id begins with '{}'; calve status lists them", prefix));
  }
  if (context.json()) {
    Json json;
    json["loads"] = Json::array();
    for (const app::LoadStatus& load : loads) json["loads"].push_back(ToJson(load));
    context.output.Write(json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
  } else if (prefix.empty()) {
    context.output.Write(loads.empty() ? "nothing has been loaded yet\n" : ListText(loads));
  } else {
    for (size_t i = 0; i < loads.size(); ++i) context.output.Write((i == 0 ? "" : "\n") + DetailText(loads[i]));
  }
  return 0;
}

}  // namespace calve::cli
