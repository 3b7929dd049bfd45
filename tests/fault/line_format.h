// A source format for tests: lines, behind one that is their header. What LineProcessor reads.
#pragma once

#include <string>
#include <vector>

#include "fault/line_processor.h"
#include "load/sample.h"
#include "load/source_format.h"

namespace calve::load {

class LineFormat final : public SourceFormat {
 public:
  std::string_view name() const override { return "lines"; }
  Result<bool> Recognises(store::ObjectStore& /*store*/, const Source& /*source*/,
                          std::string_view /*head*/) const override {
    return true;
  }

  Result<Inspected> Inspect(const InspectTask& task) const override {
    CALVE_ASSIGN_OR_RETURN(const std::string text, Read(task.store, task.source));
    const size_t end = text.find('\n');
    if (end == std::string::npos) return Err(ErrorKind::kBadData, "there is no line");
    Inspected inspected;
    inspected.pin = {{"header", text.substr(0, end)}};
    inspected.columns = {{"line", "line", "VARCHAR", {}}};
    inspected.first = end + 1;
    inspected.default_sql = "SELECT * FROM chunk";
    return inspected;
  }

  Result<std::vector<uint64_t>> FindStarts(store::ObjectStore& store, const Plan& plan,
                                           const std::vector<uint64_t>& cuts, int /*threads*/,
                                           const CancelToken& /*cancel*/) const override {
    CALVE_ASSIGN_OR_RETURN(const std::string text,
                           Read(store, {plan.source.uri, plan.source.version, plan.cuts.extent}));
    std::vector<uint64_t> starts;
    for (const uint64_t cut : cuts) starts.push_back(LineProcessor::LineStart(text, cut));
    return starts;
  }

  Result<Shown> Show(const Plan& plan) const override { return Shown{{{"format", "lines"}}, plan.pin, {}}; }
  std::vector<std::string> ChangedSettings(const PlanRequest& /*request*/, const Plan& /*standing*/) const override {
    return {};
  }

 private:
  static Result<std::string> Read(store::ObjectStore& store, const Source& source) {
    return ReadRange(store, source.uri, source.version, 0, source.size_bytes);
  }
};

inline SourceFormats OnlyLines() {
  std::vector<std::unique_ptr<const SourceFormat>> formats;
  formats.push_back(std::make_unique<LineFormat>());
  return SourceFormats(std::move(formats));
}

}  // namespace calve::load
