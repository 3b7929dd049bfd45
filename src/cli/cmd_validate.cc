// `calve validate`: is the table whole?
#include <fmt/format.h>

#include "app/validate.h"
#include "base/json.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/table.h"
#include "cli/text.h"

namespace calve::cli {
namespace {

Json ToJson(const app::ValidationReport& report) {
  Json json;
  json["table"] = report.table;
  json["ok"] = report.ok();
  json["snapshots"] = report.snapshots;
  json["manifests"] = report.manifests;
  json["data_files"] = report.data_files;
  json["records"] = report.records;
  json["findings"] = Json::array();
  for (const app::Finding& finding : report.findings) {
    json["findings"].push_back({{"severity", finding.error ? "error" : "note"}, {"message", finding.message}});
  }
  return json;
}

std::string ToText(const app::ValidationReport& report) {
  const auto count = [](int64_t n) { return HumanCount(static_cast<uint64_t>(n)); };
  std::string out = RenderPairs({{"table", report.table},
                                 {"result", report.ok() ? "whole" : "NOT whole"},
                                 {"snapshots", count(report.snapshots)},
                                 {"manifests", count(report.manifests)},
                                 {"data files", count(report.data_files)},
                                 {"records", count(report.records)}});
  for (const app::Finding& finding : report.findings) {
    out += fmt::format("{}: {}\n", finding.error ? "error" : "note", Printable(finding.message));
  }
  return out;
}

}  // namespace

Result<int> ValidateCommand(Context& context) {
  CALVE_ASSIGN_OR_RETURN(const auto environment, app::Environment::Open(context.config.settings, /*create=*/false));
  CALVE_ASSIGN_OR_RETURN(const app::ValidationReport report,
                         app::ValidateTable(*environment, context.line.arguments.front()));
  context.output.Write(context.json() ? ToJson(report).dump(-1, ' ', false, Json::error_handler_t::replace) + "\n"
                                      : ToText(report));
  return report.ok() ? 0 : 1;
}

}  // namespace calve::cli
