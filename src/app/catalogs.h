// Which catalog the settings mean.
#pragma once

#include <memory>

#include "app/environment.h"
#include "base/error.h"
#include "iceberg/catalog.h"

namespace calve::app {

/// A SQLite file, glue[:CATALOG_ID], an http(s):// REST catalog or postgresql://. With `create` an embedded catalog
/// that is not there is made; without, kNotFound says so.
Result<std::unique_ptr<iceberg::Catalog>> MakeCatalog(Environment& environment, bool create);

}  // namespace calve::app
