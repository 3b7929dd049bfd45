#include "cli/plan_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/utf8.h"
#include "cli/cost.h"
#include "cli/table.h"
#include "cli/text.h"

namespace calve::cli {
namespace {

std::string StatusOf(const load::Planned& planned) {
  if (planned.committed) return "already-loaded";
  return planned.resumed ? "unfinished" : "new";
}

std::string Quoted(std::string_view text) { return "'" + Printable(text) + "'"; }

std::string CharText(char c) { return c == '\0' ? "none" : Quoted(std::string_view(&c, 1)); }

std::string NewlineText(const csv::Dialect& dialect) {
  switch (dialect.newline) {
    case csv::Newline::kLf:
      return "LF";
    case csv::Newline::kCrLf:
      return "CRLF";
    case csv::Newline::kCr:
      return "CR";
    case csv::Newline::kAny:
      return "any of LF, CRLF, CR";
    case csv::Newline::kCustom:
      return Quoted(dialect.custom_newline);
  }
  return "";
}

std::string DialectText(const csv::Dialect& dialect) {
  std::string out = fmt::format("delimiter {}, quote {}", Quoted(dialect.delimiter), CharText(dialect.quote));
  if (dialect.quote != '\0') {
    out += dialect.escape == dialect.quote ? " (doubled within)" : fmt::format(", escape {}", CharText(dialect.escape));
  }
  out += fmt::format(", lines end with {}, {}, {}", NewlineText(dialect), csv::EncodingName(dialect),
                     dialect.has_header ? "header" : "no header");
  if (dialect.header_offset_bytes > 0) out += fmt::format(" at byte {}", dialect.header_offset_bytes);
  if (dialect.comment != '\0') out += fmt::format(", comments {}", CharText(dialect.comment));
  if (dialect.trim) out += ", trimmed";
  if (dialect.trailing_delimiters > 0) out += ", delimiters at records' ends";
  if (dialect.literal_quotes) out += ", quotes inside fields literal";
  if (dialect.ragged == csv::Ragged::kPadNull) out += ", short records padded";
  std::string nulls;
  for (const std::string& null : dialect.null_strings) nulls += (nulls.empty() ? "" : " or ") + Quoted(null);
  return out + (nulls.empty() ? "" : ", null is " + nulls);
}

std::string NotesText(const load::Planned& planned) {
  std::string out;
  for (const std::string& note : planned.notes) out += fmt::format("note: {}\n", Printable(note));
  return out;
}

bool IsParquet(const load::Plan& plan) { return plan.format == load::SourceFormat::kParquet; }

struct ShownColumn {
  std::string name;
  std::string type;
  std::string source_name;
  std::string note;
};

std::vector<ShownColumn> ColumnsOf(const load::Plan& plan) {
  std::vector<ShownColumn> columns;
  for (const csv::Column& column : plan.columns) {
    std::string note = column.keep_leading_zeros ? "text, so that its leading zeros stay" : "";
    for (const std::string& null : column.null_strings) note += (note.empty() ? "null is " : " or ") + Quoted(null);
    columns.push_back({column.name, csv::TypeName(column.type), column.source_name, note});
  }
  for (const load::ParquetColumn& column : plan.parquet.columns) {
    columns.push_back({column.name, column.type, column.source_name, ""});
  }
  return columns;
}

std::string DollarText(double dollars) {
  return dollars < 0.01 ? fmt::format("${:.6f}", dollars) : fmt::format("${:.4f}", dollars);
}

std::string CostText(const load::Planned& planned) {
  const auto items = EstimateCost(planned.plan.source.size_bytes, ChunkEstimate(planned), planned.sampled_bytes, {});
  TextTable table({"cost", "quantity", "unit", "US dollars"}, {false, true, false, true});
  for (const CostItem& item : items) {
    table.Add({item.what,
               item.quantity < 10 ? fmt::format("{:.1f}", item.quantity)
                                  : HumanCount(static_cast<uint64_t>(std::llround(item.quantity))),
               item.unit, DollarText(item.dollars)});
  }
  table.Add({"total", "", "", DollarText(TotalDollars(items))});
  const CostAssumptions assumed;
  return fmt::format(
      "\nEstimated cost on AWS ({}, list prices of {}; {:.0f} MB/s per vCPU assumed; without storage):\n{}",
      Prices::kRegion, Prices::kDate, assumed.bytes_per_second / 1e6, table.Render());
}

Json CostJson(const load::Planned& planned) {
  const auto items = EstimateCost(planned.plan.source.size_bytes, ChunkEstimate(planned), planned.sampled_bytes, {});
  Json json;
  json["currency"] = "USD";
  json["region"] = Prices::kRegion;
  json["prices_of"] = Prices::kDate;
  json["items"] = Json::array();
  for (const CostItem& item : items) {
    json["items"].push_back(
        {{"what", item.what}, {"quantity", item.quantity}, {"unit", item.unit}, {"dollars", item.dollars}});
  }
  json["total_dollars"] = TotalDollars(items);
  return json;
}

}  // namespace

int ChunkEstimate(const load::Planned& planned) {
  const load::Plan& plan = planned.plan;
  if (plan.chunk_size_bytes == 0) return 0;
  if (plan.split_mode == load::SplitMode::kScan && !plan.scanned_starts.empty()) {
    return static_cast<int>(plan.scanned_starts.size());
  }
  const uint64_t bytes = plan.source.size_bytes - std::min(plan.source.size_bytes, plan.dialect.data_offset_bytes);
  return static_cast<int>(std::max<uint64_t>(1, (bytes + plan.chunk_size_bytes - 1) / plan.chunk_size_bytes));
}

uint64_t RowEstimate(const load::Planned& planned) {
  if (planned.rows) return *planned.rows;
  if (planned.sampled_bytes >= planned.plan.source.size_bytes) return planned.sampled_records;  // Nothing is unseen.
  if (!(planned.mean_record_bytes > 0)) return 0;
  const load::Plan& plan = planned.plan;
  const uint64_t bytes = plan.source.size_bytes - std::min(plan.source.size_bytes, plan.dialect.data_offset_bytes);
  return static_cast<uint64_t>(std::llround(static_cast<double>(bytes) / planned.mean_record_bytes));
}

Json PlanToJson(const std::string& source, const load::Planned& planned) {
  const load::Plan& plan = planned.plan;
  Json json;
  json["source"] = source;
  json["uri"] = plan.source.uri;
  json["size_bytes"] = plan.source.size_bytes;
  json["load_id"] = plan.load_id;
  json["table"] = plan.target.identifier;
  json["table_exists"] = planned.table_exists;
  json["status"] = StatusOf(planned);
  json["notes"] = planned.notes;
  if (planned.committed) {
    json["snapshot_ids"] = planned.committed->snapshot_ids;
    json["rows"] = planned.committed->rows;
    return json;
  }
  const bool parquet = IsParquet(plan);
  json["format"] = parquet ? "parquet" : "csv";
  if (!parquet) json["dialect"] = csv::DialectToJson(plan.dialect);
  json["columns"] = Json::array();
  for (const ShownColumn& column : ColumnsOf(plan)) {
    json["columns"].push_back(
        {{"name", column.name}, {"type", column.type}, {"source_name", column.source_name}, {"note", column.note}});
  }
  json["sql"] = plan.sql;
  json["result"] = Json::array();
  for (const iceberg::Field& field : plan.target.columns) {
    json["result"].push_back({{"name", field.name}, {"type", iceberg::TypeToString(field.type)}});
  }
  json["chunks"] = ChunkEstimate(planned);
  json["chunk_size_bytes"] = plan.chunk_size_bytes;
  json["sampled_bytes"] = planned.sampled_bytes;
  json["sampled_records"] = planned.sampled_records;
  json["estimated_rows"] = RowEstimate(planned);
  if (planned.rows) {
    json["rows"] = *planned.rows;
    json["row_groups"] = planned.row_groups;
  }
  json["cost"] = CostJson(planned);
  return json;
}

std::string PlanToText(const std::string& source, const load::Planned& planned) {
  const load::Plan& plan = planned.plan;
  std::vector<std::pair<std::string, std::string>> facts = {
      {"source", fmt::format("{} ({})", source, HumanBytes(plan.source.size_bytes))},
      {"table", plan.target.identifier + (planned.table_exists ? "" : " (to be created)")},
      {"load", plan.load_id + (planned.resumed ? " (begun already: the same plan goes on)" : "")}};
  if (planned.committed) {
    facts.emplace_back("status", fmt::format("already loaded: {} on {}", Plural(planned.committed->rows, "row"),
                                             UtcTime(planned.committed->committed_ms)));
    return RenderPairs(facts) + NotesText(planned);
  }
  if (IsParquet(plan)) {
    facts.emplace_back("format", "Parquet");
  } else {
    facts.emplace_back("dialect", DialectText(plan.dialect));
  }
  facts.emplace_back(
      "chunks", fmt::format("{}{} of {}",
                            plan.scanned_starts.empty() && plan.split_mode == load::SplitMode::kScan ? "about " : "",
                            ChunkEstimate(planned), HumanBytes(plan.chunk_size_bytes)));
  if (planned.rows) {
    facts.emplace_back("read", HumanBytes(planned.sampled_bytes) + " of footer");
    facts.emplace_back("rows",
                       fmt::format("{} in {}", HumanCount(*planned.rows), Plural(planned.row_groups, "row group")));
  } else if (planned.sampled_bytes > 0) {
    facts.emplace_back("read", fmt::format("{} in samples, {}", HumanBytes(planned.sampled_bytes),
                                           Plural(planned.sampled_records, "record")));
    facts.emplace_back("rows", "about " + HumanCount(RowEstimate(planned)));
  }
  if (!plan.row_preserving) facts.emplace_back("sql", plan.sql);
  std::string out = RenderPairs(facts);
  out += NotesText(planned);

  TextTable columns({"column", "type", "name in the file", "note"});
  for (const ShownColumn& column : ColumnsOf(plan)) {
    columns.Add({column.name, column.type, column.source_name, column.note});
  }
  out += "\n" + columns.Render();
  if (!plan.row_preserving) {
    TextTable result({"column in the table", "type"});
    for (const iceberg::Field& field : plan.target.columns) result.Add({field.name, iceberg::TypeToString(field.type)});
    out += "\n" + result.Render();
  }
  return out + CostText(planned);
}

}  // namespace calve::cli
