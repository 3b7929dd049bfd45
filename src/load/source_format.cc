#include "load/source_format.h"

#include <fmt/format.h>

namespace calve::load {

Result<const SourceFormat*> SourceFormats::Recognise(store::ObjectStore& store, const Source& source,
                                                     std::string_view head) const {
  for (const auto& format : formats_) {
    CALVE_ASSIGN_OR_RETURN(const bool is, format->Recognises(store, source, head));
    if (is) return format.get();
  }
  return Err(ErrorKind::kBadData, source.uri + " is written in no format that is known");
}

Result<const SourceFormat*> SourceFormats::Find(std::string_view name) const {
  for (const auto& format : formats_) {
    if (format->name() == name) return format.get();
  }
  return Err(ErrorKind::kInvalidArgument,
             fmt::format("the plan's source is '{}', which this calve does not read: finish the load with the calve "
                         "that planned it",
                         name));
}

}  // namespace calve::load
