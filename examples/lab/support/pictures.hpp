// SPDX-License-Identifier: MIT
// Figures drawn by gnuplot, each picture from a script with its numbers inside: OUT/NAME.gp draws OUT/NAME.png again
// anywhere.
#pragma once

#include "figure.hpp"

#include <evomlp/evomlp.hpp>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace lab {

/// How figures stand in one picture.
struct Layout {
  int columns = 1;
  int height = 400;  ///< of a row, in pixels; all are 800 wide
  std::string title{};
};

/// The folder the pictures go to.
class Pictures {
 public:
  explicit Pictures(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// Writes NAME.gp and, where gnuplot is, NAME.png. Throws evomlp::Error if gnuplot doesn't like the script.
  void save(const std::string& name, std::vector<Figure> panels, const Layout& layout = {}) const {
    const int rows = (static_cast<int>(panels.size()) + layout.columns - 1) / layout.columns;
    std::string data, plots;
    for (std::size_t i = 0; i < panels.size(); ++i) {
      panels[i].place_bars();
      panels[i].place_contours();
      data += numbered(panels[i].data_, i);
      plots += numbered(panels[i].script(layout.columns), i);
    }
    const std::string size = "800," + std::to_string(rows * layout.height);
    const std::string title = layout.title.empty() ? "" : " title " + Figure::quoted(layout.title);
    const std::string script =
        "# gnuplot " + name + ".gp draws " + name + ".png\n" + data +
        "set terminal pngcairo noenhanced font 'Sans,10' size " + size + " background '#FFFFFF'\n" +
        "set output '" + name + ".png'\n" +
        "set grid lc rgb '#DDDDDD'\nset border 3 lc rgb '#555555'\nset tics nomirror\n" +
        "set style textbox opaque noborder fillcolor '#FFFFFF' margins 0.4,0.4\n" +
        "set palette defined (0 '#440154', 1 '#3B528B', 2 '#21918C', 3 '#5EC962', 4 '#FDE725')\n" +
        "set multiplot layout " + std::to_string(rows) + "," + std::to_string(layout.columns) + title + "\n" + plots +
        "unset multiplot\n";
    const auto path = folder_ / (name + ".gp");
    evomlp::write_file(path, script);
    if (!has_gnuplot()) {
      std::printf("gnuplot not found: %s is not drawn\n", path.string().c_str());
      return;
    }
    if (draw(name + ".gp") != 0) {
      std::filesystem::remove(folder_ / (name + ".png"));  // what there is of it would pass for a picture
      throw evomlp::Error("gnuplot can't draw " + path.string());
    }
    std::printf("drawn: %s\n", (folder_ / (name + ".png")).string().c_str());
  }
  void save(const std::string& name, const Figure& figure) const { save(name, std::vector{figure}); }

 private:
  /// In its folder, so that no path has to be quoted for a shell.
  int draw(const std::string& script) const {
    struct Folder {  // back again whatever happens
      explicit Folder(const std::filesystem::path& to) { std::filesystem::current_path(to); }
      ~Folder() {
        std::error_code ignored;
        std::filesystem::current_path(before, ignored);
      }
      Folder(const Folder&) = delete;
      Folder& operator=(const Folder&) = delete;
      std::filesystem::path before = std::filesystem::current_path();
    };
    const Folder here(folder_);
    return std::system(("gnuplot " + script).c_str());
  }

  static bool has_gnuplot() {
#if defined(_WIN32)
    return std::system("gnuplot --version >nul 2>&1") == 0;
#else
    return std::system("gnuplot --version >/dev/null 2>&1") == 0;
#endif
  }

  static std::string numbered(std::string text, std::size_t panel) {
    const std::string mark = "§";
    for (std::size_t at = 0; (at = text.find(mark, at)) != std::string::npos;)
      text.replace(at, mark.size(), std::to_string(panel));
    return text;
  }

  std::filesystem::path folder_;
};

}  // namespace lab
