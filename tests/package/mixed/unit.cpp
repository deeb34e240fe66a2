// SPDX-License-Identifier: MIT
// Compiled several times, with -DUNIT=name.
#include "unit.hpp"

#define TEXT_OF(name) #name
#define TEXT(name) TEXT_OF(name)

Unit UNIT() { return make_unit(TEXT(UNIT)); }
