#include "app/stores.h"

namespace calve::app {

Result<store::ObjectStore*> LazyStore::Route(std::string_view /*uri*/) {
  const std::lock_guard lock(mutex_);
  if (!store_) {
    CALVE_ASSIGN_OR_RETURN(store_, make_());
  }
  return store_.get();
}

}  // namespace calve::app
