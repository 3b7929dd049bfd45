// Columns that a table does not have yet, added to it by name.
#pragma once

#include <vector>

#include "iceberg/schema.h"
#include "load/action.h"

namespace calve::load {

/// It has happened when the table has them all, whoever added them.
class AddColumnsAction final : public Action {
 public:
  /// `columns`: what the SQL yields. Both are borrowed.
  AddColumnsAction(const iceberg::TableIdentifier& table, const std::vector<iceberg::Field>& columns)
      : table_(table), columns_(columns) {}

  Result<std::optional<Done>> Find(const iceberg::LoadedTable& table) override;
  Result<Built> Build(const iceberg::LoadedTable& table) override;

 private:
  const iceberg::TableIdentifier& table_;
  const std::vector<iceberg::Field>& columns_;
};

}  // namespace calve::load
