# SPDX-License-Identifier: MIT
# check_includes.cmake must refuse each of these: cmake -DSCRATCH=folder -P tests/check_includes_finds_faults.cmake
cmake_minimum_required(VERSION 3.23)

set(language "#include \"evomlp/core/cxx20.hpp\"\n")

# A header, the line in it after `language`, what must be said about it ("" = nothing), and further arguments.
function(expect header line message)
  file(REMOVE_RECURSE "${SCRATCH}")
  file(WRITE "${SCRATCH}/evomlp/core/cxx20.hpp" "")
  file(WRITE "${SCRATCH}/evomlp/core/real.hpp" "#include \"evomlp/core/cxx20.hpp\"\n#include <cstddef>\n")
  file(WRITE "${SCRATCH}/evomlp/layers/relu.hpp" "#include \"evomlp/core/real.hpp\"\n")
  file(WRITE "${SCRATCH}/evomlp/${header}" "${language}${line}\n")
  execute_process(COMMAND ${CMAKE_COMMAND} -DINCLUDE_DIR=${SCRATCH} ${ARGN} -P
                          ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/check_includes.cmake
                  RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(message STREQUAL "" AND NOT result EQUAL 0)
    message(SEND_ERROR "${header} with '${line}' was refused:\n${output}")
  elseif(NOT message STREQUAL "")
    string(FIND "${output}" "${message}" found)
    if(result EQUAL 0 OR found EQUAL -1)
      message(SEND_ERROR "${header} with '${line}' gave ${result}, without '${message}':\n${output}")
    endif()
  endif()
endfunction()

expect(layers/linear.hpp "#include \"evomlp/layers/relu.hpp\"" "")
expect(core/tensor.hpp "#include <xtensor/xtensor.hpp>" "")
expect(io/deflate.hpp "#include <zlib.h>" "")
expect(core/view.hpp "#include \"evomlp/layers/relu.hpp\"" "core may not include evomlp/layers/relu.hpp")
expect(losses/mse.hpp "#  include <evomlp/layers/relu.hpp>" "losses may not include evomlp/layers/relu.hpp")
expect(core/view.hpp "#include \"evomlp/core/gone.hpp\"" "evomlp/core/gone.hpp does not exist")
expect(core/view.hpp "#include \"real.hpp\"" "write \"evomlp/...\" in full")
expect(core/view.hpp "#include <xtensor/xtensor.hpp>" "<xtensor/xtensor.hpp> is not allowed here")
expect(kernels/affine.hpp "#include <xsimd/xsimd.hpp>" "<xsimd/xsimd.hpp> is not allowed here")
expect(io/onnx.hpp "#include <rapidjson/document.h>" "<rapidjson/document.h> is not allowed here")
expect(core/random.hpp "#include <random>" "<random> is not for headers")
expect(io/npy.hpp "#include <zlib.h>" "<zlib.h> is not allowed here")
expect(train/fit.hpp "#include <mpi.h>" "<mpi.h> is not allowed here")
expect(inference.hpp "#include <vector>" "<vector> is not for prediction alone")
expect(attic/old.hpp "#include <vector>" "attic has no row")
expect(losses/loss.hpp "" "losses includes nothing of kernels, which its row allows" -DCOMPLETE=ON)
set(language "")
expect(core/view.hpp "#include <vector>" "core/view.hpp: include evomlp/core/cxx20.hpp")
