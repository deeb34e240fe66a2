// SPDX-License-Identifier: MIT
int main() { return undeclared; }
