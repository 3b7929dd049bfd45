#include "aws/credential_chain.h"

#include <fmt/format.h>

#include <chrono>
#include <mutex>
#include <utility>

namespace calve::aws {
namespace {

constexpr std::chrono::seconds kRefreshPause(30);

class Chain final : public CredentialsProvider {
 public:
  Chain(std::vector<std::unique_ptr<CredentialSource>> sources, Clock& clock)
      : sources_(std::move(sources)), clock_(clock) {}

  Result<Credentials> Get() override {
    const std::lock_guard lock(mutex_);  // Who comes while another one asks waits for its answer.
    const TimestampMicros now = clock_.Now();
    if (kept_ && !stale_ && (!kept_->expires || now < *kept_->expires - kRefreshBefore)) return *kept_;
    // Some sources hand out what they have until shortly before it expires: not to be asked with every request.
    const bool alive = kept_ && !stale_ && now < *kept_->expires;
    if (alive && clock_.Monotonic() < next_refresh_) return *kept_;
    next_refresh_ = clock_.Monotonic() + kRefreshPause;
    Result<Credentials> fresh = Ask();
    if (fresh.has_value()) {
      kept_ = *fresh;
      stale_ = false;
      return fresh;
    }
    if (alive) return *kept_;
    return fresh;
  }

  void Invalidate() override {
    const std::lock_guard lock(mutex_);
    stale_ = true;
  }

 private:
  Result<Credentials> Ask() {
    std::string tried;
    for (const auto& source : sources_) {
      Result<Found> found = source->Load();
      if (!found.has_value())
        return WithContext(std::move(found).error(), fmt::format("AWS credentials ({})", source->name()));
      if (found->credentials) return std::move(*found->credentials);
      tried += fmt::format("{}{}: {}", tried.empty() ? "" : "; ", source->name(), found->why_not);
    }
    return Err(ErrorKind::kPermissionDenied, fmt::format("no AWS credentials. {}", tried));
  }

  const std::vector<std::unique_ptr<CredentialSource>> sources_;
  Clock& clock_;
  std::mutex mutex_;
  std::optional<Credentials> kept_;
  bool stale_ = false;
  Deadline next_refresh_{};
};

}  // namespace

std::unique_ptr<CredentialsProvider> MakeCredentialChain(std::vector<std::unique_ptr<CredentialSource>> sources,
                                                         Clock& clock) {
  return std::make_unique<Chain>(std::move(sources), clock);
}

std::unique_ptr<CredentialsProvider> MakeDefaultCredentials(SourceContext context) {
  std::vector<std::unique_ptr<CredentialSource>> sources;
  sources.push_back(MakeEnvironmentSource(context));
  sources.push_back(MakeWebIdentitySource(context));
  sources.push_back(MakeProfileSource(context));
  sources.push_back(MakeContainerSource(context));
  sources.push_back(MakeInstanceSource(context));
  return MakeCredentialChain(std::move(sources), context.clock);
}

}  // namespace calve::aws
