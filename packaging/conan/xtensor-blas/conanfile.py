# SPDX-License-Identifier: MIT
"""xtensor-blas, which Conan Center does not have: conan create packaging/conan/xtensor-blas --version 0.23.0"""
import os

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.files import copy
from conan.tools.layout import basic_layout
from conan.tools.scm import Git

required_conan_version = ">=2.0"


class XtensorBlas(ConanFile):
    name = "xtensor-blas"
    description = "BLAS for xtensor's containers"
    license = "BSD-3-Clause"
    url = homepage = "https://github.com/xtensor-stack/xtensor-blas"
    topics = ("linear-algebra", "blas", "header-only")
    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"
    no_copy_source = True

    def layout(self):
        basic_layout(self, src_folder="src")

    def requirements(self):
        self.requires("xtensor/" + self.conan_data["sources"][self.version]["xtensor"])
        self.requires("openblas/[>=0.3.24 <1]")

    def package_id(self):
        self.info.clear()

    def validate(self):
        check_min_cppstd(self, 14 if self.version == "0.20.0" else 20)

    def source(self):
        Git(self).fetch_commit(self.url, self.conan_data["sources"][self.version]["commit"])

    def package(self):
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        # xblas.hpp and xlapack.hpp include a .cxx each. There are archives of other libraries beside them.
        for headers in ("*.hpp", "*.h", "*.tcc", "*.cxx"):
            copy(self, headers, os.path.join(self.source_folder, "include"), os.path.join(self.package_folder, "include"))

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "xtensor-blas")
        self.cpp_info.set_property("cmake_target_name", "xtensor-blas")
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []
        # Only the headers for products are used here; openblas may be built without LAPACK.
        self.cpp_info.requires = ["xtensor::xtensor", "openblas::openblas"]
