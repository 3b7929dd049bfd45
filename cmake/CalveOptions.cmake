set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

option(CALVE_BUILD_TESTS "Build unit, contract, fault and property tests" ON)
option(CALVE_BUILD_FUZZERS "Build the libFuzzer targets (clang only)" OFF)
set(CALVE_SANITIZE "" CACHE STRING "Sanitizers to build with, e.g. address,undefined or thread")

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wconversion -Wno-sign-conversion -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports these inside libstdc++ headers at -O2 and above, on code that is sound.
  add_compile_options(-Wno-restrict -Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-array-bounds)
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # libstdc++ 12's stable_sort uses its own deprecated get_temporary_buffer, which Clang reports at our call.
  add_compile_options(-Wno-deprecated-declarations)
endif()

if(CALVE_SANITIZE)
  add_compile_options(-fsanitize=${CALVE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  # An error taken for a value, an index behind the end: nothing else sees them.
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
  add_link_options(-fsanitize=${CALVE_SANITIZE})
  if(CALVE_SANITIZE MATCHES "address")
    # AddressSanitizer sees these by itself, at run time; as checks they take a third of the compile time.
    add_compile_options(-fno-sanitize=null,object-size,vptr)
  endif()
endif()

if(CALVE_BUILD_FUZZERS)
  add_compile_options(-fsanitize=fuzzer-no-link)  # Coverage in the libraries too: it is what guides the fuzzers.
endif()

find_program(CALVE_CCACHE ccache)
if(CALVE_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CALVE_CCACHE}")
endif()
find_program(CALVE_MOLD mold)
if(CALVE_MOLD AND NOT CALVE_SANITIZE)
  add_link_options(-fuse-ld=mold)
endif()
