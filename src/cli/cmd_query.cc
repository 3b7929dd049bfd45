// `calve query`: SQL over the warehouse's tables.
#include <limits>

#include "app/config_values.h"
#include "app/query.h"
#include "cli/commands.h"
#include "cli/table.h"

namespace calve::cli {
namespace {

constexpr size_t kTextRows = 1000;  ///< More are not read on a screen.

Result<size_t> MaxRows(const CommandLine& line) {
  if (!line.max_rows) return line.format == "text" ? kTextRows : 0;
  const Result<int64_t> rows = app::ParseInteger(*line.max_rows, 0, std::numeric_limits<int64_t>::max());
  if (!rows.has_value()) return WithContext(rows.error(), "--max-rows");
  return static_cast<size_t>(*rows);
}

}  // namespace

Result<int> QueryCommand(Context& context) {
  CALVE_ASSIGN_OR_RETURN(const size_t max_rows, MaxRows(context.line));
  CALVE_ASSIGN_OR_RETURN(const auto environment, app::Environment::Open(context.config.settings, /*create=*/false));
  CALVE_ASSIGN_OR_RETURN(const app::QueryOutput result,
                         app::RunQuery(*environment, context.line.arguments.front(), max_rows));
  if (context.json()) {
    context.output.Write(RenderJson(result));
  } else if (context.line.format == "csv") {
    context.output.Write(RenderCsv(result));
  } else {
    context.output.Write(RenderText(result));
  }
  if (result.truncated) context.console.Info("there are more rows; --max-rows N shows more of them, --max-rows 0 all");
  return 0;
}

}  // namespace calve::cli
