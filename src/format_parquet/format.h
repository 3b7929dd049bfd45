// Parquet as a source format: planned by its footer, cut between row groups.
#pragma once

#include "load/source_format.h"
#include "transform/describer.h"

namespace calve::format_parquet {

class ParquetFormat final : public load::SourceFormat {
 public:
  /// `describer` lends its engine, which knows what stands in a footer; it outlives this.
  explicit ParquetFormat(transform::DuckDbDescriber& describer) : describer_(describer) {}

  std::string_view name() const override;
  Result<bool> Recognises(store::ObjectStore& store, const load::Source& source, std::string_view head) const override;
  bool streams() const override { return false; }
  Result<load::Inspected> Inspect(const load::InspectTask& task) const override;
  Result<std::vector<uint64_t>> FindStarts(store::ObjectStore& store, const load::Plan& plan,
                                           const std::vector<uint64_t>& cuts, int threads,
                                           const CancelToken& cancel) const override;
  Result<load::Shown> Show(const load::Plan& plan) const override;
  std::vector<std::string> ChangedSettings(const load::PlanRequest& request, const load::Plan& standing) const override;

 private:
  transform::DuckDbDescriber& describer_;
};

}  // namespace calve::format_parquet
