// SPDX-License-Identifier: MIT
// Where a file should be there is something else, or nothing, or it goes away: what each reader and writer says.
#include "evomlp/data/csv.hpp"
#include "evomlp/data/load_idx.hpp"
#include "evomlp/data/load_npy.hpp"
#include "evomlp/data/mapped_npy.hpp"
#include "evomlp/io/gzip.hpp"
#include "evomlp/io/npz.hpp"
#include "evomlp/io/safetensors.hpp"
#include "evomlp/layers/linear.hpp"
#include "evomlp/layers/sequential.hpp"

#include "malformed/malformed.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#if !defined(_WIN32)
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

using namespace evomlp;
using namespace evomlp_test;
namespace fs = std::filesystem;

namespace {

using Net = Sequential<Linear<2, 1>>;

/// Every reader of a path says this about it, after its name.
void check_readers(const fs::path& path, const std::string& error) {
  CAPTURE(path.string());
  const auto check = [&](auto read) { CHECK(message_of<FileError>(read) == path.string() + ": " + error); };
  Model<Net> model;
  check([&] { load(model, path); });
  check([&] { load_npz(path); });
  check([&] { load_npy(path); });
  check([&] { MappedNpy(path, path); });
  check([&] { load_idx(path, path); });
  check([&] { read_gzip(path); });
  check([&] { read_csv(path); });
}

}  // namespace

TEST_CASE("Nothing there, or a directory") {
  const TemporaryFolder folder;
  check_readers(folder.path() / "none", "no such file");
  check_readers(folder.path(), "is a directory, expected a file");
}

#if !defined(_WIN32)
TEST_CASE("Symbolic links") {
  const TemporaryFolder folder;
  const auto link = folder.path() / "link", file = folder.path() / "file", other = folder.path() / "other";
  fs::create_symlink(file, link);
  check_readers(link, "no such file");
  const Model<Net> saved(init::he_normal(), 1);
  Model<Net> model;
  save(saved, file);
  load(model, link);
  CHECK(model == saved);

  save(Model<Net>(), link);  // takes the link's place
  CHECK(!fs::is_symlink(link));
  load(model, file);
  CHECK(model == saved);

  fs::create_symlink(other, folder.path() / "back");
  fs::create_symlink(folder.path() / "back", other);
  check_readers(other, "Too many levels of symbolic links");
  fs::create_directory_symlink(folder.path(), folder.path() / "folder");
  check_readers(folder.path() / "folder", "is a directory, expected a file");
}

TEST_CASE("Pipes and devices are neither read, which could wait for ever, nor replaced") {
  const TemporaryFolder folder;
  const auto pipe = folder.path() / "pipe";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  check_readers(pipe, "is not a regular file");
  const std::string not_regular = ": is not a regular file, expected the name of one";
  CHECK(message_of<FileError>([&] { save(Model<Net>(), pipe); }) == pipe.string() + not_regular);
  CHECK(fs::is_fifo(pipe));
  for (const std::string device : {"/dev/null", "/dev/zero", "/dev/full"}) {
    if (!fs::exists(device)) continue;
    check_readers(device, "is not a regular file");
    const auto link = folder.path() / "link";
    fs::create_symlink(device, link);
    for (const fs::path& path : {fs::path(device), link})
      CHECK(message_of<FileError>([&] { save(Model<Net>(), path); }) == path.string() + not_regular);
    CHECK(fs::is_character_file(device));
    fs::remove(link);
  }
}

namespace {

/// Runs `check` in a process of its own, whose rights or limits it may change; true if it returned true.
bool in_child(auto check) {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    bool holds = false;
    try {
      holds = check();
    } catch (...) {
    }
    _exit(holds ? 0 : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/// Nobody, where root runs the tests.
bool give_up_rights() {
  constexpr uid_t nobody = 65534;
  return geteuid() != 0 || (setgid(nobody) == 0 && setuid(nobody) == 0);
}

}  // namespace

TEST_CASE("Files that may not be read, folders that may not be written") {
  const TemporaryFolder folder;
  const auto file = folder.path() / "file";
  const Model<Net> saved(init::he_normal(), 1);
  save(saved, file);
  fs::permissions(file, fs::perms::none);
  fs::permissions(folder.path(), fs::perms::owner_all | fs::perms::others_read | fs::perms::others_exec);
  const bool root = geteuid() == 0;
  if (!root) fs::permissions(folder.path(), fs::perms::owner_read | fs::perms::owner_exec);
  CHECK(in_child([&] {
    Model<Net> model;
    return give_up_rights() && message_of<FileError>([&] { load(model, file); }) ==
                                   file.string() + ": can't be opened for reading: Permission denied";
  }));
  CHECK(in_child([&] {
    const std::string text = message_of<FileError>([&] { give_up_rights() ? save(Model<Net>(), file) : void(); });
    return contains(text, file.string() + ": can't create ") && contains(text, ": Permission denied (") &&
           text.ends_with("; what was there before is unchanged");
  }));
  fs::permissions(folder.path(), fs::perms::owner_all);
  fs::permissions(file, fs::perms::owner_all);
  Model<Net> model;
  load(model, file);
  CHECK(model == saved);
}

TEST_CASE("A disk that is full while a model is written") {
  const TemporaryFolder folder;
  const auto file = folder.path() / "file";
  const Model<Net> saved(init::he_normal(), 1);
  save(saved, file);
  // A limit on the size of files stands for the disk: write() fails in the same place.
  CHECK(in_child([&] {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{100, 100};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return false;
    const std::string text = message_of<FileError>([&] { save(Model<Net>(), file); });
    return contains(text, file.string() + ": can't write all of it to ") &&
           text.ends_with("; what was there before is unchanged");
  }));
  Model<Net> model;
  load(model, file);
  CHECK(model == saved);
  CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 1);
}
#endif

TEST_CASE("A file that comes and goes is read whole, or is an error") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "file";
  const Model<Net> saved(init::he_normal(), 1);
  std::atomic<bool> stop = false;
  std::thread other([&] {
    while (!stop) {
      save(saved, path);
      fs::remove(path);
    }
  });
  for (int i = 0; i < 2000; ++i) {
    Model<Net> model;
    const Model<Net> before;
    try {
      load(model, path);
      CHECK(model == saved);
    } catch (const FileError& error) {
      CHECK(std::string_view(error.what()).find(path.string()) == 0);
      CHECK(model == before);
    }
  }
  stop = true;
  other.join();
}
