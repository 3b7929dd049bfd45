#include "format_csv/pin.h"

#include <utility>

namespace calve::format_csv {

Json MakePin(const csv::Dialect& dialect) { return {{"dialect", csv::DialectToJson(dialect)}}; }

std::vector<load::SourceColumn> MakeColumns(std::span<const csv::Column> columns) {
  std::vector<load::SourceColumn> made;
  for (const csv::Column& column : columns) {
    Json details = csv::ColumnToJson(column);
    load::SourceColumn one{column.name, column.name, csv::TypeName(column.type), {}};
    details.erase("name");
    details.erase("type");
    // A name that is no UTF-8 stands among the details as bytes.
    if (details["source_name"].is_string()) {
      one.source_name = column.source_name;
      details.erase("source_name");
    }
    if (!details.empty()) one.details = std::move(details);
    made.push_back(std::move(one));
  }
  return made;
}

Result<csv::Dialect> DialectOf(const load::Plan& plan) {
  CALVE_ASSIGN_OR_RETURN(const Json dialect, JsonGet<Json>(plan.pin, "dialect"));
  return csv::DialectFromJson(dialect);
}

Result<std::vector<csv::Column>> ColumnsOf(const load::Plan& plan) {
  std::vector<csv::Column> columns;
  for (const load::SourceColumn& column : plan.columns) {
    Json json = {{"name", column.name}, {"source_name", column.source_name}, {"type", column.type}};
    if (column.details.is_object()) json.update(column.details);
    CALVE_ASSIGN_OR_RETURN(csv::Column one, csv::ColumnFromJson(json));
    columns.push_back(std::move(one));
  }
  return columns;
}

}  // namespace calve::format_csv
