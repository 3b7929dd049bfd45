// `calve version`: what to name in a report.
#include <duckdb.h>
#include <sqlite3.h>

#include "app/version.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/table.h"

namespace calve::cli {

Result<int> VersionCommand(Context& context) {
  if (context.json()) {
    Json json;
    json["calve"] = app::kVersion;
    json["duckdb"] = duckdb_library_version();
    json["sqlite"] = sqlite3_libversion();
    context.output.Write(json.dump() + "\n");
  } else {
    context.output.Write(RenderPairs(
        {{"calve", app::kVersion}, {"DuckDB", duckdb_library_version()}, {"SQLite", sqlite3_libversion()}}));
  }
  return 0;
}

}  // namespace calve::cli
