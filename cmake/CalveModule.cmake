# calve_module(NAME [DEPS ...] [LIBS ...]): the folder's *.cc (its *_test.cc left out) become the static library
# calve_NAME, which may use the modules in DEPS (and, through them, no others by #include) and the libraries in LIBS.
# Its *_test.cc become the test program NAME_tests.
function(calve_module name)
  cmake_parse_arguments(ARG "" "" "DEPS;LIBS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cc")
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(TRANSFORM ARG_DEPS PREPEND calve_)
  if(sources)
    add_library(calve_${name} STATIC ${sources})
    target_include_directories(calve_${name} PUBLIC "${PROJECT_SOURCE_DIR}/src")
    target_link_libraries(calve_${name} PUBLIC ${ARG_DEPS} ${ARG_LIBS})
  else()
    add_library(calve_${name} INTERFACE)
    target_include_directories(calve_${name} INTERFACE "${PROJECT_SOURCE_DIR}/src")
    target_link_libraries(calve_${name} INTERFACE ${ARG_DEPS} ${ARG_LIBS})
  endif()
  if(CALVE_BUILD_TESTS AND tests)
    calve_test(${name}_tests SOURCES ${tests} LINK calve_${name})
  endif()
endfunction()

# calve_test(NAME SOURCES ... LINK ...): a GoogleTest program, each of its cases a ctest.
function(calve_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  find_package(GTest REQUIRED)
  include(GoogleTest)
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}/src" "${PROJECT_SOURCE_DIR}/tests")
  target_link_libraries(${name} PRIVATE ${ARG_LINK} GTest::gmock GTest::gtest_main)
  # The tests themselves are compiled for a quick build, what they test is not. Half of a sanitizer's compile time goes
  # into checks of GoogleTest's expansions.
  if(CALVE_SANITIZE MATCHES "address")
    target_compile_options(${name} PRIVATE -O0 -fno-sanitize=alignment,nonnull-attribute,returns-nonnull-attribute)
  else()
    target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O1>)
  endif()
  # Only where it is used: a path in a command line is a miss in the compiler cache of every other clone.
  set(golden ${ARG_SOURCES})
  list(FILTER golden INCLUDE REGEX "golden_test\\.cc$")
  if(golden)
    set_source_files_properties(${golden} PROPERTIES
      COMPILE_DEFINITIONS "CALVE_GOLDEN_DIR=\"${PROJECT_SOURCE_DIR}/tests/golden\"")
  endif()
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST PROPERTIES TIMEOUT 300)
endfunction()
