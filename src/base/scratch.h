// A machine's own folder for files in the making: what goes wrong there is the machine's fault, not the work's.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace calve {

/// The error that an errno value of a scratch file or folder stands for: kNoSpace, or kMachine.
Error ScratchError(int errno_value, std::string_view what);

/// Makes the folder (and those above it). kNoSpace, kMachine.
Status MakeScratchFolder(const std::string& path);

/// Whether files can be made in the folder: writes one of a megabyte, synced, and removes it. kNoSpace, kMachine.
Status ProbeScratch(const std::string& folder);

}  // namespace calve
