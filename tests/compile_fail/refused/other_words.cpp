// SPDX-License-Identifier: MIT
// expect: the width produced is 3
// The expected text stands in this comment too; what counts is what the compiler says.
template <int Produced>
void check() {
  static_assert(Produced == 4, "another message");
}

int main() { check<3>(); }
