// SPDX-License-Identifier: MIT
// Every generator of artificial data.
#pragma once

#include "evomlp/data/make_circles.hpp"
#include "evomlp/data/make_moons.hpp"
#include "evomlp/data/make_spirals.hpp"
