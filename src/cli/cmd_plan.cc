// `calve plan`: what `calve run` would do.
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp is POSIX, not C++.

#include <cerrno>
#include <filesystem>
#include <memory>

#include "app/run.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/plan_summary.h"
#include "cli/signals.h"
#include "cli/text.h"

namespace calve::cli {
namespace {

namespace fs = std::filesystem;

/// Looked at by the signal handler, so it lives as long as the process.
CancelToken plan_cancel;

constexpr std::string_view kUnnamedTable = "default.new_table";

/// A folder that goes when this goes.
class TempFolder {
 public:
  static Result<std::unique_ptr<TempFolder>> Make() {
    std::error_code error;
    std::string path = (fs::temp_directory_path(error) / "calve-plan-XXXXXX").string();
    if (error || mkdtemp(path.data()) == nullptr) {
      return std::unexpected(ErrnoError(error ? error.value() : errno, "no temporary folder can be made"));
    }
    return std::unique_ptr<TempFolder>(new TempFolder(std::move(path)));
  }
  ~TempFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  explicit TempFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace

Result<int> PlanCommand(Context& context) {
  app::Settings settings = context.config.settings;
  const bool unnamed = settings.table.empty();
  if (unnamed) settings.table = kUnnamedTable;
  HandleInterrupts(&plan_cancel);
  // Declared before the environment, which has its files in it.
  std::unique_ptr<TempFolder> folder;
  auto opened = app::Environment::Open(settings, /*create=*/false);
  if (!opened.has_value() && opened.error().kind == ErrorKind::kNotFound) {
    context.console.Info("there is no warehouse at " + Printable(settings.warehouse) +
                         " yet: planned as for an empty one");
    CALVE_ASSIGN_OR_RETURN(folder, TempFolder::Make());
    settings.warehouse = folder->path();
    settings.catalog.clear();
    settings.state.clear();
    settings.scratch.clear();
    opened = app::Environment::Open(settings, /*create=*/true);
  }
  if (!opened.has_value()) return std::unexpected(std::move(opened).error());
  CALVE_ASSIGN_OR_RETURN(const auto plans, app::PlanLoads(**opened, context.line.arguments, plan_cancel));
  Json json;
  json["plans"] = Json::array();
  std::string text;
  for (const auto& [source, planned] : plans) {
    if (context.json()) {
      json["plans"].push_back(PlanToJson(source, planned));
    } else {
      text += (text.empty() ? "" : "\n") + PlanToText(source, planned);
    }
  }
  context.output.Write(context.json() ? json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n" : text);
  if (unnamed) context.console.Info("no table is named: --table NS.TABLE shows whether the file fits one");
  return 0;
}

}  // namespace calve::cli
