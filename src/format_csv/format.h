// CSV as a source format: sniffed from samples, cut anywhere.
#pragma once

#include "load/source_format.h"

namespace calve::format_csv {

/// Recognises everything: to be tried last.
class CsvFormat final : public load::SourceFormat {
 public:
  std::string_view name() const override;
  Result<bool> Recognises(store::ObjectStore& store, const load::Source& source, std::string_view head) const override;
  Result<load::Inspected> Inspect(const load::InspectTask& task) const override;
  Result<std::vector<uint64_t>> FindStarts(store::ObjectStore& store, const load::Plan& plan,
                                           const std::vector<uint64_t>& cuts, int threads,
                                           const CancelToken& cancel) const override;
  Result<load::Shown> Show(const load::Plan& plan) const override;
  std::vector<std::string> ChangedSettings(const load::PlanRequest& request, const load::Plan& standing) const override;
};

}  // namespace calve::format_csv
