// The help texts, made from the tables of commands and options.
#pragma once

#include <string>

#include "cli/commands.h"

namespace calve::cli {

/// What calve is, its commands, first steps.
std::string GeneralHelp();
/// One command: usage, what it does, its flags by group, where else they can be set, examples.
std::string CommandHelp(const Command& command);

}  // namespace calve::cli
