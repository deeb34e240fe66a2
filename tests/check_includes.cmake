# SPDX-License-Identifier: MIT
# Holds the dependency direction: cmake -DINCLUDE_DIR=include -DCOMPLETE=ON -P tests/check_includes.cmake
# Edit the two tables; what they don't allow is an error. COMPLETE: so is what they allow and nobody needs.
cmake_minimum_required(VERSION 3.23)

# A room (folder of include/evomlp, or a header beside the folders) and the rooms whose headers it may include. A row for
# one header of a room goes before the room's.
set(rooms
  "core:        core"
  "kernels:     core kernels"
  "contract:    core kernels contract"
  "compose:     core kernels contract compose"
  "layers:      core kernels contract compose layers"
  "losses:      core kernels losses"
  "init:        core compose init"
  "optim:       core contract compose optim"
  "net:         core kernels contract compose layers init net"
  "callbacks:   core net callbacks"
  "schedulers:  core callbacks schedulers"
  "metrics:     core losses metrics"
  "train:       core kernels contract compose losses optim net io callbacks schedulers metrics train version.hpp"
  "data:        core data"
  "io/gzip.hpp: core data io"
  "io/npz.hpp:  core data io"
  "io/onnx_layers.hpp: layers io"
  "io/model_npz.hpp: core data compose net io"
  "io:          core contract compose net io version.hpp"
  "diagnostics: core kernels contract compose layers optim net callbacks schedulers train diagnostics"
  "distributed: core distributed"
  "experiments: core kernels data experiments"
  "version.hpp:"
  "evomlp.hpp:  core kernels layers losses init optim net callbacks schedulers metrics train data io diagnostics experiments version.hpp"
  "inference.hpp: layers net version.hpp"
)

# What inference.hpp may include of the standard library, also through others of our headers; of others, nothing.
set(inference_may_include algorithm array bit cassert cmath concepts cstddef cstdint cstring limits numbers numeric optional span
    string_view tuple type_traits utility evomlp_stops_here)  # the last is nowhere: core/cxx20.hpp

# What is neither ours nor the standard library's, and the only headers that may include it.
set(foreign
  "^xtensor/:         core/tensor.hpp"
  "^xflens/:          kernels/blas.hpp"
  "^xsimd/:           kernels/xsimd.hpp"
  "^rapidjson/:       io/json.hpp io/json_writer.hpp io/rapidjson.hpp"
  "^zlib\\.h$:        io/deflate.hpp"
  "^mpi\\.h$:         distributed/mpi_call.hpp"
  "^xmmintrin\\.h$:   core/flush_denormals.hpp"
  "^(unistd|io)\\.h$: callbacks/progress_bar.hpp core/durable.hpp data/mapped_file.hpp"
  "^(fcntl|process)\\.h$: core/durable.hpp data/mapped_file.hpp"
  "^(sys/mman|sys/stat|windows)\\.h$: data/mapped_file.hpp"
)

# Headers that include none of ours, not even what says which C++ is needed.
set(languageless core/cxx20.hpp version.hpp)

# Of the standard library: slow to compile, or dependent on the machine's locale or the library's version.
set(unwanted iostream random regex locale)

set(faults "")
set(used "")  # "net>core": a header of the row net includes one of core
cmake_path(ABSOLUTE_PATH INCLUDE_DIR)
file(GLOB_RECURSE headers RELATIVE "${INCLUDE_DIR}/evomlp" "${INCLUDE_DIR}/evomlp/*.hpp")
if(NOT headers)
  message(FATAL_ERROR "no headers below ${INCLUDE_DIR}/evomlp")
endif()

foreach(header IN LISTS headers)
  string(REGEX REPLACE "/.*" "" room "${header}")
  set(allowed NOTFOUND)
  foreach(row IN LISTS rooms)
    string(REGEX MATCH "^([^:]+):(.*)$" matched "${row}")
    if(CMAKE_MATCH_1 STREQUAL room OR CMAKE_MATCH_1 STREQUAL header)
      set(row_name "${CMAKE_MATCH_1}")
      separate_arguments(allowed UNIX_COMMAND "${CMAKE_MATCH_2}")
      break()
    endif()
  endforeach()
  if(allowed STREQUAL "NOTFOUND")
    list(APPEND faults "${header}: ${room} has no row in the table of rooms")
    continue()
  endif()

  file(STRINGS "${INCLUDE_DIR}/evomlp/${header}" lines REGEX "^[ \t]*#[ \t]*include")
  if(NOT lines MATCHES "evomlp/" AND NOT header IN_LIST languageless)
    list(APPEND faults "${header}: include evomlp/core/cxx20.hpp, since nothing else of ours is")
  endif()
  foreach(line IN LISTS lines)
    if(NOT line MATCHES "include[ \t]*([<\"])([^>\"]+)[>\"]")
      list(APPEND faults "${header}: can't read '${line}'")
      continue()
    endif()
    set(quote "${CMAKE_MATCH_1}")
    set(name "${CMAKE_MATCH_2}")
    if(name MATCHES "^evomlp/([^/]+)")
      list(APPEND used "${row_name}>${CMAKE_MATCH_1}")
      if(NOT CMAKE_MATCH_1 IN_LIST allowed)
        list(APPEND faults "${header}: ${room} may not include ${name}")
      endif()
      if(NOT EXISTS "${INCLUDE_DIR}/${name}")
        list(APPEND faults "${header}: ${name} does not exist")
      endif()
    elseif(quote STREQUAL "\"")
      list(APPEND faults "${header}: write \"evomlp/...\" in full for ${name}")
    elseif(name IN_LIST unwanted)
      list(APPEND faults "${header}: <${name}> is not for headers")
    elseif(name MATCHES "[./]")
      set(allowed_here FALSE)
      foreach(row IN LISTS foreign)
        string(REGEX MATCH "^([^ ]*): +(.*)$" matched "${row}")
        set(pattern "${CMAKE_MATCH_1}")
        separate_arguments(users UNIX_COMMAND "${CMAKE_MATCH_2}")
        if(name MATCHES "${pattern}" AND header IN_LIST users)
          set(allowed_here TRUE)
        endif()
      endforeach()
      if(NOT allowed_here)
        list(APPEND faults "${header}: <${name}> is not allowed here")
      endif()
    endif()
  endforeach()
endforeach()

if(COMPLETE)
  foreach(row IN LISTS rooms)
    string(REGEX MATCH "^([^:]+):(.*)$" matched "${row}")
    set(row_name "${CMAKE_MATCH_1}")
    separate_arguments(allowed UNIX_COMMAND "${CMAKE_MATCH_2}")
    foreach(room IN LISTS allowed)
      if(NOT "${row_name}>${room}" IN_LIST used)
        list(APPEND faults "${row_name} includes nothing of ${room}, which its row allows")
      endif()
    endforeach()
  endforeach()
endif()

set(waiting inference.hpp)
set(seen "")
while(waiting)
  list(POP_FRONT waiting header)
  if(header IN_LIST seen OR NOT EXISTS "${INCLUDE_DIR}/evomlp/${header}")
    continue()
  endif()
  list(APPEND seen "${header}")
  file(STRINGS "${INCLUDE_DIR}/evomlp/${header}" lines REGEX "^[ \t]*#[ \t]*include")
  foreach(line IN LISTS lines)
    string(REGEX MATCH "include[ \t]*[<\"]([^>\"]+)[>\"]" matched "${line}")
    set(name "${CMAKE_MATCH_1}")
    if(name MATCHES "^evomlp/(.*)$")
      list(APPEND waiting "${CMAKE_MATCH_1}")
    elseif(NOT name IN_LIST inference_may_include)
      list(APPEND faults "${header}: <${name}> is not for prediction alone (inference.hpp)")
    endif()
  endforeach()
endwhile()

list(LENGTH headers count)
if(faults)
  list(JOIN faults "\n  " faults)
  message(FATAL_ERROR "includes against the dependency direction:\n  ${faults}")
endif()
message(STATUS "${count} headers, every include in the dependency direction")
