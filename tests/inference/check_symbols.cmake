# SPDX-License-Identifier: MIT
# cmake -DNM=nm -DOBJECT=every_layer.o -P check_symbols.cmake: prediction needs nothing of the heap, of exceptions,
# asserts (which would bring printf along) or threads.
execute_process(COMMAND "${NM}" -u "${OBJECT}" OUTPUT_VARIABLE symbols RESULT_VARIABLE failed)
if(failed OR NOT symbols MATCHES "exp")  # GELU, Sigmoid and others need it: the list is one of undefined symbols
  message(FATAL_ERROR "can't read the symbols of ${OBJECT}:\n${symbols}")
endif()
string(REGEX MATCHALL "[^ \n]*(_Znw|_Zna|_Zdl|_Zda|malloc|calloc|free|__cxa_|_Unwind|__gxx_personality|throw|__assert|pthread|_ZNSt)[^ \n]*" found
       "${symbols}")
if(found)
  message(FATAL_ERROR "prediction needs ${found}")
endif()
