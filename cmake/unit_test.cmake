# tmq_unit_test(NAME LAYER layer SOURCES ... [SUPPORT ...] [LINK ...]): a test program of src/<layer> and the layers under it.
# SUPPORT: files of tests/support, without their ending.
function(tmq_unit_test name)
  cmake_parse_arguments(test "" "LAYER" "SOURCES;SUPPORT;LINK" ${ARGN})
  list(TRANSFORM test_SUPPORT REPLACE "(.+)" "${PROJECT_SOURCE_DIR}/tests/support/\\1.cpp")
  add_executable(${name} ${test_SOURCES} ${test_SUPPORT})
  foreach(layer IN LISTS TMQ_LAYERS)
    target_sources(${name} PRIVATE $<TARGET_OBJECTS:tmq_${layer}>)
    if(layer STREQUAL test_LAYER)
      break()
    endif()
  endforeach()
  target_link_libraries(${name} PRIVATE
    tmq_build_flags simdjson::simdjson OpenSSL::SSL ${TMQ_INFLATE_LIBRARIES} GTest::gtest_main ${test_LINK})
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST)
endfunction()
