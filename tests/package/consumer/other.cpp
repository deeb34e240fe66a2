// SPDX-License-Identifier: MIT
// The second file that includes the library: a function that is not inline would be defined twice.
#include "net.hpp"
#ifdef CONSUMER_FILES
#include <evomlp/io/gzip.hpp>
#include <evomlp/io/npz.hpp>
#endif
#ifdef CONSUMER_MPI
#include <evomlp/distributed/mpi.hpp>
#endif

double loss_of_one_step(evomlp::Model<Net>& model, const evomlp::Dataset<float>& data) {
  evomlp::State state(model, evomlp::SGD{.lr = 0.01}, {.max_batch = 64});
  return evomlp::train_step(model, state, evomlp::BCEWithLogitsLoss{}, data.x, data.y);
}
