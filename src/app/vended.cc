#include "app/vended.h"

#include <fmt/format.h>

#include <functional>
#include <optional>
#include <string_view>
#include <utility>

#include "aws/credential_chain.h"
#include "base/whole_number.h"
#include "store/s3_store.h"
#include "store/uri.h"

namespace calve::app {
namespace {

// As Iceberg's own clients name them.
constexpr const char* kKeyId = "s3.access-key-id";
constexpr const char* kSecret = "s3.secret-access-key";
constexpr const char* kToken = "s3.session-token";
constexpr const char* kEndpoint = "s3.endpoint";
constexpr const char* kExpires = "s3.session-token-expires-at-ms";

std::string ValueOf(const iceberg::StorageCredential& vended, const char* key) {
  const auto it = vended.config.find(key);
  return it == vended.config.end() ? "" : it->second;
}

bool IsS3(std::string_view prefix) {
  const std::string scheme = store::UriScheme(prefix);
  return scheme == "s3" || scheme == "s3a";
}

class VendingProcessor final : public load::ChunkProcessor {
 public:
  VendingProcessor(std::unique_ptr<load::ChunkProcessor> inner, VendingCatalog& catalog)
      : inner_(std::move(inner)), catalog_(catalog) {}
  Result<load::ChunkResult> Process(const load::ChunkTask& task) override {
    CALVE_RETURN_IF_ERROR(catalog_.Know(task.plan.target.identifier));
    return inner_->Process(task);
  }

 private:
  const std::unique_ptr<load::ChunkProcessor> inner_;
  VendingCatalog& catalog_;
};

}  // namespace

/// The credentials of one prefix, from the last look at its table.
class VendingCatalog::Source final : public aws::CredentialSource {
 public:
  Source(std::string prefix, Clock& clock, std::function<Status()> look_again)
      : prefix_(std::move(prefix)), clock_(clock), look_again_(std::move(look_again)) {}

  std::string_view name() const override { return "the catalog"; }

  void Put(aws::Credentials credentials) {
    const std::lock_guard lock(mutex_);
    latest_ = std::move(credentials);
  }

  Result<aws::Found> Load() override {
    if (auto latest = Take()) return aws::Found{.credentials = std::move(latest)};
    CALVE_RETURN_IF_ERROR(look_again_());
    if (auto latest = Take()) return aws::Found{.credentials = std::move(latest)};
    return Err(ErrorKind::kPermissionDenied, fmt::format("the catalog no longer gives credentials for {}", prefix_));
  }

 private:
  /// What was put since the last time, unless the chain would ask again at once.
  std::optional<aws::Credentials> Take() {
    const std::lock_guard lock(mutex_);
    std::optional<aws::Credentials> latest = std::exchange(latest_, std::nullopt);
    if (latest && latest->expires && *latest->expires <= clock_.Now() + aws::kRefreshBefore) latest.reset();
    return latest;
  }

  const std::string prefix_;
  Clock& clock_;
  const std::function<Status()> look_again_;
  std::mutex mutex_;
  std::optional<aws::Credentials> latest_;
};

VendingCatalog::VendingCatalog(std::unique_ptr<iceberg::Catalog> inner, VendedContext context)
    : inner_(std::move(inner)), context_(std::move(context)) {}

VendingCatalog::~VendingCatalog() = default;

Result<iceberg::LoadedTable> VendingCatalog::Load(const iceberg::TableIdentifier& table) {
  Result<iceberg::LoadedTable> loaded = inner_->Load(table);
  if (loaded.has_value()) CALVE_RETURN_IF_ERROR(Learn(table, *loaded));
  return loaded;
}

Result<iceberg::LoadedTable> VendingCatalog::Create(const iceberg::TableIdentifier& table,
                                                    const iceberg::NewTable& definition) {
  Result<iceberg::LoadedTable> created = inner_->Create(table, definition);
  if (created.has_value()) CALVE_RETURN_IF_ERROR(Learn(table, *created));
  return created;
}

Status VendingCatalog::Know(const std::string& table) {
  {
    const std::lock_guard lock(mutex_);
    if (known_.contains(table)) return {};
  }
  CALVE_ASSIGN_OR_RETURN(const iceberg::TableIdentifier identifier, iceberg::TableIdentifier::Parse(table));
  CALVE_RETURN_IF_ERROR(Load(identifier));
  return {};
}

Status VendingCatalog::Learn(const iceberg::TableIdentifier& table, const iceberg::LoadedTable& loaded) {
  for (const iceberg::StorageCredential& vended : loaded.storage_credentials) {
    if (!IsS3(vended.prefix)) continue;
    CALVE_ASSIGN_OR_RETURN(std::optional<aws::Credentials> keys, ReadVendedKeys(vended));
    if (keys) {
      Use(table, vended, *std::move(keys));
    } else {
      UseOwn(vended);
    }
  }
  if (IsS3(loaded.metadata.location())) Serve(loaded.metadata.location());
  const std::lock_guard lock(mutex_);
  known_.insert(table.ToString());
  return {};
}

std::string VendingCatalog::BucketOf(std::string_view uri) {
  const size_t bucket = uri.find("://") + 3;
  return std::string(uri.substr(0, uri.find('/', bucket)));
}

void VendingCatalog::UseOwn(const iceberg::StorageCredential& storage) {
  const store::S3Options options = context_.options();
  if (!options.endpoint.empty() || ValueOf(storage, kEndpoint).empty()) return;
  context_.stores.Add(storage.prefix, [&] {
    return std::make_unique<store::S3Store>(context_.own, context_.clock, context_.rng,
                                            VendedOptions(options, storage));
  });
}

void VendingCatalog::Use(const iceberg::TableIdentifier& table, const iceberg::StorageCredential& vended,
                         aws::Credentials keys) {
  const std::lock_guard lock(mutex_);
  Vended& entry = vended_[vended.prefix];
  if (entry.source == nullptr) {
    auto source = std::make_unique<Source>(vended.prefix, context_.clock, [this, table]() -> Status {
      CALVE_RETURN_IF_ERROR(Load(table));
      return {};
    });
    entry.source = source.get();
    std::vector<std::unique_ptr<aws::CredentialSource>> sources;
    sources.push_back(std::move(source));
    entry.credentials = aws::MakeCredentialChain(std::move(sources), context_.clock);
    entry.client = std::make_unique<aws::Client>(context_.transport, *entry.credentials, context_.clock, context_.rng,
                                                 BackoffPolicy{.max_retries = 8});
  }
  entry.source->Put(std::move(keys));
  context_.stores.Add(vended.prefix, [&] {
    return std::make_unique<store::S3Store>(*entry.client, context_.clock, context_.rng,
                                            VendedOptions(context_.options(), vended));
  });
}

std::unique_ptr<load::ChunkProcessor> WithVendedCredentials(std::unique_ptr<load::ChunkProcessor> inner,
                                                            VendingCatalog& catalog) {
  return std::make_unique<VendingProcessor>(std::move(inner), catalog);
}

Result<std::optional<aws::Credentials>> ReadVendedKeys(const iceberg::StorageCredential& vended) {
  if (!vended.config.contains(kKeyId)) return std::optional<aws::Credentials>();
  aws::Credentials keys{
      .access_key_id = ValueOf(vended, kKeyId),
      .secret_access_key = ValueOf(vended, kSecret),
      .session_token = ValueOf(vended, kToken),
  };
  if (keys.access_key_id.empty() || keys.secret_access_key.empty()) {
    return Err(ErrorKind::kCorrupt,
               fmt::format("the catalog's credentials for {} lack {} or {}", vended.prefix, kKeyId, kSecret));
  }
  if (const std::string text = ValueOf(vended, kExpires); !text.empty()) {
    const auto milliseconds = WholeNumber<int64_t>(text);
    if (!milliseconds) {
      return Err(ErrorKind::kCorrupt,
                 fmt::format("the catalog's credentials for {} have an unreadable {}", vended.prefix, kExpires));
    }
    keys.expires = TimestampMicros(std::chrono::milliseconds(*milliseconds));
  }
  return std::optional(std::move(keys));
}

store::S3Options VendedOptions(store::S3Options defaults, const iceberg::StorageCredential& vended) {
  for (const char* key : {"client.region", "s3.region"}) {
    if (const std::string region = ValueOf(vended, key); !region.empty()) defaults.region = region;
  }
  if (const std::string endpoint = ValueOf(vended, kEndpoint); !endpoint.empty()) defaults.endpoint = endpoint;
  if (ValueOf(vended, "s3.path-style-access") == "true") defaults.addressing = aws::S3Addressing::kPath;
  return defaults;
}

}  // namespace calve::app
