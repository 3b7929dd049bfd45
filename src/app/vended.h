// What a catalog says of the storage of its tables: where it is, and credentials that it vends; the stores that use it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "aws/client.h"
#include "aws/credentials.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/rng.h"
#include "http/transport.h"
#include "iceberg/catalog.h"
#include "load/processor.h"
#include "store/prefix_store.h"
#include "store/s3_options.h"

namespace calve::app {

/// What the S3 stores of vended credentials are made with; all of it outlives them.
struct VendedContext {
  http::Transport& transport;
  Clock& clock;
  Rng& rng;
  std::function<store::S3Options()> options;  ///< What a catalog does not say.
  store::PrefixStore& stores;
  aws::Client& own;  ///< With the process's own credentials, for what the catalog says no other ones for.
  iceberg::StorageCredential catalog{};  ///< What the catalog's configuration says of its storage, for every table.
};

/// A catalog in front of one that vends: whatever it gives credentials for is from then on read and written with them.
/// Where it says only where the storage is (`s3.endpoint`), and the process has not been told another place, the files
/// are read and written there with the process's own ones. Credentials are asked for again, by loading their table,
/// before they expire or when the storage refuses them. Thread-safe.
class VendingCatalog final : public iceberg::Catalog {
 public:
  VendingCatalog(std::unique_ptr<iceberg::Catalog> inner, VendedContext context);
  ~VendingCatalog() override;

  Result<iceberg::LoadedTable> Load(const iceberg::TableIdentifier& table) override;
  Result<iceberg::LoadedTable> Create(const iceberg::TableIdentifier& table,
                                      const iceberg::NewTable& definition) override;
  iceberg::CommitOutcome Commit(const iceberg::TableIdentifier& table, const iceberg::LoadedTable& base,
                                const iceberg::TableChange& change) override {
    return inner_->Commit(table, base, change);
  }
  Result<std::vector<iceberg::TableIdentifier>> List(const std::vector<std::string>& ns) override {
    return inner_->List(ns);
  }
  Status Drop(const iceberg::TableIdentifier& table) override { return inner_->Drop(table); }
  Result<std::string> DefaultLocation(const iceberg::TableIdentifier& table) override {
    return inner_->DefaultLocation(table);
  }

  /// Loads the table unless this process has: whoever writes its files without looking at it needs its credentials.
  Status Know(const std::string& table);
  /// The bucket of `uri` is where the catalog's configuration says.
  void Serve(const std::string& uri) { UseOwn({BucketOf(uri), context_.catalog.config}); }

 private:
  class Source;
  /// Of one prefix.
  struct Vended {
    Source* source = nullptr;  ///< Owned by `credentials`.
    std::unique_ptr<aws::CredentialsProvider> credentials;
    std::unique_ptr<aws::Client> client;
  };

  Status Learn(const iceberg::TableIdentifier& table, const iceberg::LoadedTable& loaded);
  /// The bucket's URI, for s3:// and s3a://.
  static std::string BucketOf(std::string_view uri);
  /// Says where `storage` is, unless the process has been told.
  void UseOwn(const iceberg::StorageCredential& storage);
  void Use(const iceberg::TableIdentifier& table, const iceberg::StorageCredential& vended, aws::Credentials keys);

  const std::unique_ptr<iceberg::Catalog> inner_;
  const VendedContext context_;
  std::mutex mutex_;
  std::map<std::string, Vended> vended_;  ///< By prefix; never removed, since stores use them.
  std::set<std::string> known_;           ///< Tables.
};

/// `inner`, for tables whose credentials `catalog` vends. `catalog` outlives it.
std::unique_ptr<load::ChunkProcessor> WithVendedCredentials(std::unique_ptr<load::ChunkProcessor> inner,
                                                            VendingCatalog& catalog);

/// The keys in a vended config; nullopt when it has none (the server signs, or leaves it to us). kCorrupt when one is
/// missing or unreadable; the message never holds them.
Result<std::optional<aws::Credentials>> ReadVendedKeys(const iceberg::StorageCredential& vended);
/// `defaults`, and what the config says of region, endpoint and addressing.
store::S3Options VendedOptions(store::S3Options defaults, const iceberg::StorageCredential& vended);

}  // namespace calve::app
