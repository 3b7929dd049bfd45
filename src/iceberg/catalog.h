// The catalog: which metadata file is a table's current one, and the atomic swap of it.
//
// A commit has three outcomes, not two. A failure of the call does not mean that nothing was committed: only kRejected
// is proof of that. Whoever sees kUnknown must load the table again and look, and must not delete anything.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "iceberg/table_metadata.h"

namespace calve::iceberg {

/// `ns.table`; namespaces may have several levels.
struct TableIdentifier {
  std::vector<std::string> ns;
  std::string name;

  /// "a.b.t": the last part is the table. kInvalidArgument when there is no namespace or a part is empty.
  static Result<TableIdentifier> Parse(std::string_view text);
  std::string ToString() const;
  friend bool operator==(const TableIdentifier&, const TableIdentifier&) = default;
};

/// Credentials for a part of the storage, as a catalog vends them. Never to be logged.
struct StorageCredential {
  std::string prefix;                         ///< Of the URIs that it is for; of those that fit the longest counts.
  std::map<std::string, std::string> config;  ///< `s3.access-key-id`, `s3.session-token`, `client.region` ...
};

struct LoadedTable {
  std::string metadata_location;
  TableMetadata metadata;
  std::vector<StorageCredential> storage_credentials{};  ///< From a REST catalog that vends them.
};

enum class CommitState {
  kCommitted,  ///< Proven: it is the table's state now, or was.
  kRejected,   ///< Proven: nothing changed and nothing will. Reload, rebuild, try again; what was written may be
               ///< deleted.
  kUnknown,    ///< Neither: reload and look. Delete nothing.
};

struct CommitOutcome {
  CommitState state = CommitState::kUnknown;
  Error error{ErrorKind::kInternal, ""};  ///< Why, unless committed. kRejected + kConflict: somebody was faster;
                                          ///< kRejected + any other kind: trying again will not help.
  std::string metadata_location;          ///< The new one, when committed.
};

/// Thread-safe. Load, Create, List, Drop: kUnavailable may be retried (Create: a retry may find its own table).
class Catalog {
 public:
  virtual ~Catalog() = default;
  /// kNotFound when the catalog itself says that there is no such table or namespace; what merely looks like it (a
  /// proxy's 404, a database that is gone) is kUnavailable.
  virtual Result<LoadedTable> Load(const TableIdentifier& table) = 0;
  /// Creates the table (and its namespace). kAlreadyExists when it is there.
  virtual Result<LoadedTable> Create(const TableIdentifier& table, const NewTable& definition) = 0;
  /// Checks `change.requirements` against the table's state and swaps atomically. Sent once: no retry inside.
  virtual CommitOutcome Commit(const TableIdentifier& table, const LoadedTable& base, const TableChange& change) = 0;
  /// All tables of a namespace; of every namespace when `ns` is empty.
  virtual Result<std::vector<TableIdentifier>> List(const std::vector<std::string>& ns) = 0;
  /// Removes the table from the catalog; its files stay. kNotFound.
  virtual Status Drop(const TableIdentifier& table) = 0;
  /// Where a new table's files go unless the user says otherwise, without a trailing slash. Empty: the catalog's server
  /// chooses when Create leaves the location empty.
  virtual Result<std::string> DefaultLocation(const TableIdentifier& table) = 0;
};

}  // namespace calve::iceberg
