#include "load/add_columns_action.h"

#include <utility>

#include "load/target.h"

namespace calve::load {

Result<std::optional<Done>> AddColumnsAction::Find(const iceberg::LoadedTable& table) {
  CALVE_ASSIGN_OR_RETURN(const Binding binding, BindTarget(table_, table.metadata, columns_));
  return binding.unknown.empty() ? std::optional(Done{}) : std::nullopt;
}

Result<Built> AddColumnsAction::Build(const iceberg::LoadedTable& table) {
  CALVE_ASSIGN_OR_RETURN(const Binding binding, BindTarget(table_, table.metadata, columns_));
  CALVE_ASSIGN_OR_RETURN(iceberg::TableChange change, iceberg::AddColumns(table.metadata, binding.unknown));
  return Built{std::move(change), {}, {}};
}

}  // namespace calve::load
