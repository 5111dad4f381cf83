# cmake -DTMQ_SOURCE=... -DBINARY_DIR=... -DCXX=... -P check.cmake
# Configures the project and asks Ninja what it would build, which takes seconds; nothing is compiled.
file(REMOVE_RECURSE ${BINARY_DIR})
execute_process(
  COMMAND ${CMAKE_COMMAND} -G Ninja -S ${CMAKE_CURRENT_LIST_DIR}/project -B ${BINARY_DIR} -DTMQ_SOURCE=${TMQ_SOURCE} -DCMAKE_CXX_COMPILER=${CXX}
  COMMAND_ERROR_IS_FATAL ANY)
function(steps_of target variable)
  execute_process(
    COMMAND ${CMAKE_COMMAND} --build ${BINARY_DIR} --target ${target} -- -n -v
    OUTPUT_VARIABLE steps COMMAND_ERROR_IS_FATAL ANY)
  set(${variable} "${steps}" PARENT_SCOPE)
endfunction()

steps_of(all all)
if(NOT all MATCHES "consumer/consumer.cpp")
  message(FATAL_ERROR "the project does not build tmq::tmq")
endif()
foreach(unwanted IN ITEMS embedded_server/ tools/tmqcat GTest)
  if(all MATCHES "${unwanted}")
    message(FATAL_ERROR "the project builds ${unwanted}, which it does not use")
  endif()
endforeach()
steps_of(service_test test)
foreach(wanted IN ITEMS embedded_server/server.cpp libtmq_testing)
  if(NOT test MATCHES "${wanted}")
    message(FATAL_ERROR "a test that links tmq::testing does not build ${wanted}")
  endif()
endforeach()
