// A machine's own folder for files in the making: what goes wrong there is the machine's fault, not the work's.
#pragma once

#include <string>
#include <string_view>

#include "base/directories.h"
#include "base/error.h"

namespace calve {

/// The error that an errno value of a scratch file or folder stands for: kNoSpace, or kMachine.
Error ScratchError(int errno_value, std::string_view what);

/// Makes the folder (and those above it). kNoSpace, kMachine. kNo for folders within one that was made with kYes: the
/// scratch may be the first thing that is made of a warehouse, whose own name must last.
Status MakeScratchFolder(const std::string& path, Durable durable);

/// Whether files can be made in the folder: writes one of a megabyte, synced, and removes it. kNoSpace, kMachine.
Status ProbeScratch(const std::string& folder);

}  // namespace calve
