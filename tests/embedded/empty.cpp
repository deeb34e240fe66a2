// SPDX-License-Identifier: MIT
// What a program takes that does nothing.
int main() {}
