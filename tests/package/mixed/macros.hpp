// SPDX-License-Identifier: MIT
// Macros that other people's headers leave behind, before ours are read.
#pragma once

// <windows.h>, and its relatives.
#define near
#define far
#define small char
#define hyper long long
#define interface struct
#define IN
#define OUT
#define OPTIONAL
#define NEAR
#define FAR
#define CALLBACK __stdcall
#define CONST const
#define VOID void
#define TRUE 1
#define FALSE 0
#define DELETE 65536
#define ERROR 0
#define NO_ERROR 0
#define IGNORE 0
#define STRICT 1
#define DIFFERENCE 11
#define ABSOLUTE 1
#define RELATIVE 2
#define TRANSPARENT 1
#define pascal
#define cdecl
#define GetMessage GetMessageA
#define CreateFile CreateFileA
#define LoadLibrary LoadLibraryA
// <complex.h> and <math.h>.
#define I _Complex_I
#define complex _Complex
#define imaginary _Imaginary
#define DOMAIN 1
#define SING 2
#define OVERFLOW 3
#define UNDERFLOW 4
#define HUGE 3.4e38
// <ctype.h> of newlib and others.
#define _A 1
#define _B 2
#define _C 4
#define _L 8
#define _N 16
#define _P 32
#define _S 64
#define _U 128
#define _X 256
// X11.
#define None 0L
#define Status int
#define True 1
#define False 0
#define Always 2
#define Success 0
#define Unsorted 0
#define Above 0
#define Below 1
#define Convex 2
#define Complex 0
#define DestroyAll 0
// POSIX systems, Arduino, Qt.
#define major(device) ((device) >> 8)
#define minor(device) ((device) & 255)
#define makedev(a, b) ((a) << 8 | (b))
#define linux 1
#define unix 1
#define B0 0
#define B1 1
#define PI 3.1415927
#define EULER 2.7182818
#define DEFAULT 1
#define emit
#define slots
#define signals public
#define foreach for
// A program's own.
#define DEBUG 1
#define TEST 1
#define LOG(text)
#define CHECK(what)
