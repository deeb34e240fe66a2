# SPDX-License-Identifier: MIT
"""EvoMLP as a Conan package. Conan Center has no xtensor-blas, so its recipe comes first:

    conan create packaging/conan/xtensor-blas --version 0.23.0
    conan create . --build missing -s compiler.cppstd=20
"""
import os
import re

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.files import copy, load
from conan.tools.layout import basic_layout

required_conan_version = ">=2.0"


class Evomlp(ConanFile):
    name = "evomlp"
    description = "Multilayer perceptrons as C++20 types"
    license = "MIT"
    topics = ("neural-network", "mlp", "machine-learning", "header-only")
    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"files": [True, False],  # gzip, NPZ: needs zlib
               "mpi": [True, False]}  # training by several processes: needs MPI
    default_options = {"files": True, "mpi": False}
    exports_sources = "include/*", "LICENSE"
    no_copy_source = True
    test_package_folder = "packaging/conan/test_package"

    def set_version(self):
        header = load(self, os.path.join(self.recipe_folder, "include", "evomlp", "version.hpp"))
        self.version = ".".join(re.findall(r"#define EVOMLP_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", header))

    def layout(self):
        basic_layout(self)

    def requirements(self):
        self.requires("xtensor-blas/[>=0.20 <0.24]")  # says which xtensor
        self.requires("xsimd/[>=8.1]")
        self.requires("rapidjson/1.1.0")
        if self.options.files:
            self.requires("zlib/[>=1.2.11 <2]")
        if self.options.mpi:
            self.requires("openmpi/[>=4.1 <5]")

    def package_id(self):
        self.info.clear()

    def validate(self):
        check_min_cppstd(self, 20)

    def package(self):
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        copy(self, "*.hpp", os.path.join(self.source_folder, "include"), os.path.join(self.package_folder, "include"))

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "evomlp")
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []
        core = self.cpp_info.components["core"]
        core.set_property("cmake_target_name", "evomlp::evomlp")
        core.requires = ["xtensor-blas::xtensor-blas", "xsimd::xsimd", "rapidjson::rapidjson"]
        core.defines = ["EVOMLP_HAS_OPENBLAS_THREADS=1"]
        core.bindirs = core.libdirs = []
        if self.options.files:
            files = self.cpp_info.components["files"]
            files.set_property("cmake_target_name", "evomlp::files")
            files.requires = ["core", "zlib::zlib"]
            files.bindirs = files.libdirs = []
        if self.options.mpi:
            mpi = self.cpp_info.components["mpi"]
            mpi.set_property("cmake_target_name", "evomlp::mpi")
            mpi.requires = ["core", "openmpi::openmpi"]
            mpi.bindirs = mpi.libdirs = []
