# Flags of our own targets only; they are not passed on to users of the library.
add_library(tmq_build_flags INTERFACE)
target_compile_options(tmq_build_flags INTERFACE -Wall -Wextra -Wpedantic -Wconversion $<$<BOOL:${TMQ_WERROR}>:-Werror>)
# Files compiled together see each other's names.
set(unity $<BOOL:$<TARGET_PROPERTY:UNITY_BUILD>>)
target_compile_options(tmq_build_flags INTERFACE
  $<$<NOT:${unity}>:-Wshadow> $<$<AND:${unity},$<CXX_COMPILER_ID:GNU>>:-Wshadow=local> $<$<AND:${unity},$<CXX_COMPILER_ID:GNU>>:-Wno-subobject-linkage>)
# g++ 12 with a sanitizer takes Asio's coroutine frames for mismatched: their operator new ends in aligned_alloc, their delete in free.
# Its -Wrestrict sees overlaps in std::string's own operator+ (GCC bug 105329).
target_compile_options(tmq_build_flags INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-mismatched-new-delete -Wno-restrict>)
target_include_directories(tmq_build_flags INTERFACE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
target_link_libraries(tmq_build_flags INTERFACE Boost::headers fmt::fmt Threads::Threads)
