# DuckDB's C API as the target DuckDB::duckdb: a system one when there is one (CALVE_SYSTEM_DUCKDB, on by default
# where duckdb.h and libduckdb are installed), else the pinned one that tools/fetch_duckdb.sh brings.
find_path(CALVE_SYSTEM_DUCKDB_INCLUDE duckdb.h)
find_library(CALVE_SYSTEM_DUCKDB_LIB duckdb)
if(CALVE_SYSTEM_DUCKDB_INCLUDE AND CALVE_SYSTEM_DUCKDB_LIB)
  set(calve_duckdb_default ON)
else()
  set(calve_duckdb_default OFF)
endif()
option(CALVE_SYSTEM_DUCKDB "Link the system's DuckDB" ${calve_duckdb_default})

add_library(DuckDB::duckdb SHARED IMPORTED GLOBAL)
if(CALVE_SYSTEM_DUCKDB)
  set(calve_duckdb_lib "${CALVE_SYSTEM_DUCKDB_LIB}")
  set(calve_duckdb_include "${CALVE_SYSTEM_DUCKDB_INCLUDE}")
else()
  set(calve_duckdb_dir "${PROJECT_SOURCE_DIR}/third_party/duckdb")
  execute_process(COMMAND "${PROJECT_SOURCE_DIR}/tools/fetch_duckdb.sh" RESULT_VARIABLE calve_duckdb_status)
  if(NOT calve_duckdb_status EQUAL 0)
    message(FATAL_ERROR "tools/fetch_duckdb.sh failed; run ./dev deps")
  endif()
  set(calve_duckdb_lib "${calve_duckdb_dir}/lib/libduckdb.so")
  set(calve_duckdb_include "${calve_duckdb_dir}/include")
endif()
set_target_properties(DuckDB::duckdb PROPERTIES
  IMPORTED_LOCATION "${calve_duckdb_lib}"
  IMPORTED_NO_SONAME TRUE)
target_include_directories(DuckDB::duckdb SYSTEM INTERFACE "${calve_duckdb_include}")
