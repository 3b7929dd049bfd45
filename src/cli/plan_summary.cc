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

std::string NotesText(const load::Planned& planned) {
  std::string out;
  for (const std::string& note : planned.notes) out += fmt::format("note: {}\n", Printable(note));
  return out;
}

std::string ColumnNote(const load::Planned& planned, size_t column) {
  return column < planned.shown.column_notes.size() ? planned.shown.column_notes[column] : "";
}

std::string DollarText(double dollars) {
  return dollars < 0.01 ? fmt::format("${:.6f}", dollars) : fmt::format("${:.4f}", dollars);
}

std::string CostText(const load::Planned& planned) {
  const auto items = EstimateCost(planned.plan.cuts.extent, ChunkEstimate(planned), planned.facts.sampled_bytes, {});
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
  const auto items = EstimateCost(planned.plan.cuts.extent, ChunkEstimate(planned), planned.facts.sampled_bytes, {});
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

int ChunkEstimate(const load::Planned& planned) { return planned.plan.cuts.step == 0 ? 0 : planned.plan.chunk_count(); }

uint64_t RowEstimate(const load::Planned& planned) {
  const load::Facts& facts = planned.facts;
  if (facts.rows) return *facts.rows;
  if (facts.sampled_bytes >= planned.plan.cuts.extent) return facts.sampled_records;  // Nothing is unseen.
  if (!(facts.mean_record_bytes > 0)) return 0;
  const load::Cuts& cuts = planned.plan.cuts;
  return static_cast<uint64_t>(
      std::llround(static_cast<double>(cuts.extent - std::min(cuts.extent, cuts.first)) / facts.mean_record_bytes));
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
  json["format"] = plan.format;
  if (plan.encoding) {
    json["compression"] = {{"codec", compression::CodecName(plan.encoding->codec)},
                           {"text_bytes", plan.encoding->text_bytes},
                           {"entry_points", plan.encoding->ways.size() + 1}};
  }
  json.update(planned.shown.json);
  json["columns"] = Json::array();
  for (size_t c = 0; c < plan.columns.size(); ++c) {
    const load::SourceColumn& column = plan.columns[c];
    json["columns"].push_back({{"name", column.name},
                               {"type", column.type},
                               {"source_name", column.source_name},
                               {"note", ColumnNote(planned, c)}});
  }
  json["sql"] = plan.sql;
  json["result"] = Json::array();
  for (const iceberg::Field& field : plan.target.columns) {
    json["result"].push_back({{"name", field.name}, {"type", iceberg::TypeToString(field.type)}});
  }
  json["chunks"] = ChunkEstimate(planned);
  json["chunk_size_bytes"] = plan.cuts.step;
  json["sampled_bytes"] = planned.facts.sampled_bytes;
  json["sampled_records"] = planned.facts.sampled_records;
  json["estimated_rows"] = RowEstimate(planned);
  if (planned.facts.rows) json["rows"] = *planned.facts.rows;
  if (planned.facts.units) {
    std::string key = planned.facts.unit + "s";
    std::ranges::replace(key, ' ', '_');
    json[key] = *planned.facts.units;
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
  if (plan.encoding) {
    facts.emplace_back("compressed", fmt::format("{}, {} of text, {}", compression::CodecName(plan.encoding->codec),
                                                 HumanBytes(plan.encoding->text_bytes),
                                                 Plural(plan.encoding->ways.size() + 1, "entry point")));
  }
  facts.insert(facts.end(), planned.shown.facts.begin(), planned.shown.facts.end());
  facts.emplace_back("chunks", fmt::format("{}{} of {}", planned.cuts_estimated ? "about " : "", ChunkEstimate(planned),
                                           HumanBytes(plan.cuts.step)));
  const load::Facts& seen = planned.facts;
  if (seen.sampled_bytes > 0) {
    facts.emplace_back("read", HumanBytes(seen.sampled_bytes) + " " + seen.sampled);
    if (!seen.rows) facts.back().second += ", " + Plural(seen.sampled_records, "record");
    facts.emplace_back("rows", seen.rows ? HumanCount(*seen.rows) : "about " + HumanCount(RowEstimate(planned)));
    if (seen.units) facts.back().second += " in " + Plural(*seen.units, seen.unit);
  }
  if (!plan.row_preserving) facts.emplace_back("sql", plan.sql);
  std::string out = RenderPairs(facts);
  out += NotesText(planned);

  TextTable columns({"column", "type", "name in the file", "note"});
  for (size_t c = 0; c < plan.columns.size(); ++c) {
    const load::SourceColumn& column = plan.columns[c];
    columns.Add({column.name, column.type, column.source_name, ColumnNote(planned, c)});
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
