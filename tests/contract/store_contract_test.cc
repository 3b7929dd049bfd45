#include "contract/store_contract.h"

#include <filesystem>

#include "store/local_path.h"
#include "store/local_store.h"
#include "store/memory_store.h"
#include "store/router_store.h"

namespace calve::store {
namespace {

class LocalEnv final : public StoreEnv {
 public:
  explicit LocalEnv(std::string prefix) : prefix_(std::move(prefix)) {}
  ObjectStore& store() override { return store_; }
  std::string Uri(std::string_view name) override { return prefix_ + (dir_ / name); }

 private:
  TempDir dir_;
  std::string prefix_;
  LocalStore store_{{.sync = false}, SystemRng()};  // Thousands of fsyncs would prove nothing here.
};

class MemoryEnv final : public StoreEnv {
 public:
  ObjectStore& store() override { return store_; }
  std::string Uri(std::string_view name) override { return "memory://bucket/" + std::string(name); }

 private:
  MemoryStore store_;
};

class RouterEnv final : public StoreEnv {
 public:
  RouterEnv() {
    store_.Register({"memory"}, std::make_unique<MemoryStore>());
    store_.Register({"file"}, std::make_unique<LocalStore>());
  }
  ObjectStore& store() override { return store_; }
  std::string Uri(std::string_view name) override { return "memory://routed/" + std::string(name); }

 private:
  RouterStore store_;
};

template <typename Env, typename... Args>
StoreFactory Make(std::string name, Args... args) {
  return {.name = std::move(name), .make = [=] { return std::make_unique<Env>(args...); }};
}

INSTANTIATE_TEST_SUITE_P(LocalUri, StoreContract, testing::Values(Make<LocalEnv>("local-uri", "file://")));
INSTANTIATE_TEST_SUITE_P(LocalPath, StoreContract, testing::Values(Make<LocalEnv>("local-path", "")));
INSTANTIATE_TEST_SUITE_P(Memory, StoreContract, testing::Values(Make<MemoryEnv>("memory")));
INSTANTIATE_TEST_SUITE_P(Router, StoreContract, testing::Values(Make<RouterEnv>("router")));

}  // namespace
}  // namespace calve::store
