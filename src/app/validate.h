// `calve validate`: proves that a table's metadata, manifests and data files belong together, and that the ledger
// agrees.
#pragma once

#include <string>
#include <vector>

#include "app/environment.h"
#include "base/error.h"

namespace calve::app {

struct Finding {
  bool error = false;  ///< Else a note.
  std::string message;
};

struct ValidationReport {
  std::string table;
  int64_t snapshots = 0;
  int64_t manifests = 0;
  int64_t data_files = 0;
  int64_t records = 0;
  std::vector<Finding> findings;
  bool ok() const;
};

/// Reads every manifest of the current snapshot; every data file must be there with the size that its entry says, every
/// summary total must be the sum, every load of the ledger must be in the history or prove that it was expired, and
/// none twice.
Result<ValidationReport> ValidateTable(Environment& environment, const std::string& table);

}  // namespace calve::app
