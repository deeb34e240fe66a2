// SPDX-License-Identifier: MIT
// What is in a panel of a picture, as commands for gnuplot.
#pragma once

#include "grid.hpp"
#include "results.hpp"
#include "text.hpp"

#include <evomlp/evomlp.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lab {

/// The frame of a figure. Ranges are gnuplot's own unless given.
struct Axes {
  std::string title{}, x{}, y{};
  bool log_x = false, log_y = false;
  std::optional<std::pair<double, double>> x_range{}, y_range{};
  bool equal_scale = false;  ///< a unit is as long on both axes
};

/// Colour, dashes and the form of points belong together, so that a figure can be read without its colours. The first
/// seven are different; `index` chooses one, else it is the next one in this figure.
struct Look {
  int index = -1;
  bool marks = true;  ///< points on a line
  bool band = true;   ///< the quartiles around the median, where they are apart
};

/// One panel. Everything drawn has a title for the legend, which is below the figure; "" for none.
class Figure {
 public:
  explicit Figure(Axes axes) : axes_(std::move(axes)) {}

  /// Medians with the band of their quartiles, as Results::curve and across have them; or a path through places {x, y}.
  /// Nothing for no points.
  Figure& line(const std::string& title, const std::vector<Point>& points, Look look = {}) {
    const int style = style_of(look);
    if (points.empty()) return *this;
    const std::string data = add_data(points);
    const bool has_band = std::any_of(points.begin(), points.end(), [](const Point& p) { return p.lower < p.upper; });
    if (look.band && has_band)
      plot(data + " using 1:3:4 with filledcurves fs transparent solid 0.2 noborder lc rgb '" + colour(style) +
           "' notitle");
    const std::size_t every = (std::max)(points.size() / 12, std::size_t{1});
    const std::string marks = " pt " + mark(style) + " ps 0.9 pi " + std::to_string(every);
    plot(data + " using 1:2 with " + (look.marks ? "linespoints" : "lines") + " lw 2" + (look.marks ? marks : "") +
         " dt " + dashes(style) + " lc rgb '" + colour(style) + "' " + title_of(title));
    return *this;
  }
  /// Single points; from Results::curve with error bars from quartile to quartile.
  Figure& points(const std::string& title, const std::vector<Point>& points, Look look = {}) {
    const int style = style_of(look);
    plot(add_data(points) + " using 1:2:3:4 with yerrorbars lw 1.5 ps 1 pt " + mark(style) + " lc rgb '" +
         colour(style) + "' " + title_of(title));
    return *this;
  }

  /// A bar for each category, as high as the median, with the quartiles as an error bar. Bars of several calls stand
  /// side by side where their categories are the same.
  Figure& bars(const std::string& title, const std::vector<std::pair<std::string, Quartiles>>& values,
               Look look = {}) {
    const int style = style_of(look);
    for (const auto& [category, value] : values)
      if (category_index(category) == categories_.size()) categories_.push_back(category);
    bars_.push_back({title, values, style});
    return *this;
  }

  /// A map of colours from dark (low) to light (high). `colour_title` is beside its scale. Maps that are to be compared
  /// get the same colour_range.
  Figure& heat(const Grid& grid, const std::string& colour_title, bool log_colour = false,
               std::optional<std::pair<double, double>> colour_range = {}) {
    plot(add_grid(grid) + " using 1:2:3 with image notitle");
    if (!axes_.x_range) axes_.x_range = grid.x;
    if (!axes_.y_range) axes_.y_range = grid.y;
    colours_ = Colours{colour_title, log_colour, colour_range};
    return *this;
  }

  /// Lines of equal height, at the given ones.
  Figure& contours(const Grid& grid, const std::vector<double>& levels) {
    contours_.push_back({add_grid(grid), levels});
    return *this;
  }

  /// Text at a place of the axes.
  Figure& label(double x, double y, const std::string& words) {
    decorations_.push_back("set label " + quoted(words) + " at " + number(x, 9) + "," + number(y, 9) +
                           " point pt 7 ps 0.6 offset 0.8,-0.7 front boxed");
    return *this;
  }
  /// A grey dotted line over the whole width, or height, with its words. A range of gnuplot's own includes a level; a
  /// line outside the range that the axis was given would cross another panel, and is left out.
  Figure& level(double y, const std::string& words = "") {
    if (is_outside(y, axes_.y_range)) return *this;
    plot(number(y, 9) + " with lines lw 1.5 dt 3 lc rgb '#555555' notitle");
    if (!words.empty())
      decorations_.push_back("set label " + quoted(words) + " at graph 0.99, first " + number(y, 9) +
                             " right offset 0,0.5 tc rgb '#555555' front");
    return *this;
  }
  Figure& upright(double x, const std::string& words = "") {
    if (is_outside(x, axes_.x_range)) return *this;
    decorations_.push_back("set arrow from first " + number(x, 9) + ", graph 0 to first " + number(x, 9) +
                           ", graph 1 nohead lw 1.5 dt 3 lc rgb '#555555' front");
    if (!words.empty())
      decorations_.push_back("set label " + quoted(words) + " at first " + number(x, 9) +
                             ", graph 0.95 offset 0.5,0 tc rgb '#555555' front");
    return *this;
  }

 private:
  friend class Pictures;
  struct Bars {
    std::string title;
    std::vector<std::pair<std::string, Quartiles>> values;
    int style;
  };
  struct Colours {
    std::string title;
    bool log;
    std::optional<std::pair<double, double>> range;
  };
  struct Contours {
    std::string data;
    std::vector<double> levels;
  };

  // Okabe and Ito's colours, for all kinds of eyes.
  static std::string colour(int style) {
    constexpr const char* all[] = {"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"};
    return all[style % 7];
  }
  static std::string dashes(int style) {
    constexpr const char* all[] = {"1", "(10,4)", "(3,3)", "(10,4,3,4)", "(16,4)", "(6,3)", "(10,3,3,3,3,3)"};
    return all[style % 7];
  }
  static std::string mark(int style) {
    constexpr const char* all[] = {"7", "5", "9", "13", "11", "6", "4"};
    return all[style % 7];
  }
  int style_of(Look look) { return look.index >= 0 ? look.index : next_style_++; }

  static bool is_outside(double value, const std::optional<std::pair<double, double>>& range) {
    return range && !((std::min)(range->first, range->second) <= value &&
                      value <= (std::max)(range->first, range->second));
  }

  /// Of gnuplot, in a terminal without enhanced text.
  static std::string quoted(const std::string& words) {
    std::string all = "\"";
    for (const char c : words) {
      if (c == '"' || c == '\\') all += '\\';
      all += c;
    }
    return all + '"';
  }
  static std::string title_of(const std::string& title) {
    return title.empty() ? "notitle" : "title " + quoted(title);
  }
  static std::string cell(double value) { return evomlp::portable::is_finite(value) ? number(value, 7) : "NaN"; }

  /// A block of data; in its name § stands for the panel's number, which only Pictures knows.
  std::string add_block(const std::string& rows) {
    const std::string name = "$panel§_" + std::to_string(blocks_++);
    data_ += name + " << EOD\n" + rows + "EOD\n";
    return name;
  }
  std::string add_data(const std::vector<Point>& points) {
    std::string rows;
    for (const Point& p : points)
      rows += cell(p.at) + ' ' + cell(p.median) + ' ' + cell(p.lower) + ' ' + cell(p.upper) + '\n';
    return add_block(rows);
  }
  std::string add_grid(const Grid& grid) {
    std::string rows;
    for (std::size_t row = 0; row < grid.rows; ++row, rows += '\n')
      for (std::size_t column = 0; column < grid.columns; ++column)
        rows += cell(grid.x_at(column)) + ' ' + cell(grid.y_at(row)) + ' ' +
                cell(grid.values[row * grid.columns + column]) + '\n';
    return add_block(rows);
  }

  void plot(const std::string& element) { elements_.push_back(element); }
  std::size_t category_index(const std::string& category) const {
    return static_cast<std::size_t>(std::find(categories_.begin(), categories_.end(), category) - categories_.begin());
  }

  void place_bars() {
    const double width = 0.8 / static_cast<double>((std::max)(bars_.size(), std::size_t{1}));
    for (std::size_t k = 0; k < bars_.size(); ++k) {
      std::vector<Point> points;
      for (const auto& [category, q] : bars_[k].values)
        points.push_back({static_cast<double>(category_index(category)) - 0.4 + width * (static_cast<double>(k) + 0.5),
                          q.median, q.lower, q.upper});
      const std::string data = add_data(points), wide = number(0.92 * width);
      plot(data + " using 1:2:(" + wide + ") with boxes fs solid 1 noborder lc rgb '" + colour(bars_[k].style) + "' " +
           title_of(bars_[k].title));
      if (std::any_of(points.begin(), points.end(), [](const Point& p) { return p.lower < p.upper; }))
        plot(data + " using 1:3:(0):($4-$3) with vectors nohead lw 2 lc rgb '#333333' notitle");
    }
    bars_.clear();
  }

  void place_contours() {
    for (std::size_t k = 0; k < contours_.size(); ++k) {
      const std::string name = "$contour§_" + std::to_string(k);
      std::string levels;
      for (const double level : contours_[k].levels) levels.append(levels.empty() ? "" : ",").append(number(level, 9));
      data_ += "set contour base\nunset surface\nset cntrparam levels discrete " + levels + "\nset table " + name +
               "\nsplot " + contours_[k].data + " using 1:2:3\nunset table\nunset contour\nset surface\n";
      plot(name + " using 1:2 with lines lw 1 lc rgb '#999999' notitle");
      std::rotate(elements_.begin() + static_cast<std::ptrdiff_t>(heats()), elements_.end() - 1, elements_.end());
    }
    contours_.clear();
  }
  std::size_t heats() const {  // they are drawn first
    return static_cast<std::size_t>(std::count_if(elements_.begin(), elements_.end(), [](const std::string& element) {
      return element.find("with image") != std::string::npos;
    }));
  }

  std::string script(int columns) const {
    std::string text = "unset label\nunset arrow\nunset logscale\nset xtics auto norotate\nset size noratio\n";
    const bool has_titles = std::any_of(elements_.begin(), elements_.end(), [](const std::string& element) {
      return element.find(" title ") != std::string::npos;
    });
    // The legend stands too close below the axis unless there is an empty line between them.
    text += "set title " + quoted(axes_.title) + "\nset xlabel " + quoted(axes_.x) +
            (has_titles ? ".\"\\n\"" : "") + " offset 0,0.4\nset ylabel " + quoted(axes_.y) + "\n";
    const auto axis = [&](const char* name, bool log, const std::optional<std::pair<double, double>>& range) {
      if (log) text += std::string("set logscale ") + name + "\n";
      text += std::string("set format ") + name + (log ? " '%.0e'\n" : " '%g'\n");
      text += std::string("set ") + name + "range " +
              (range ? "[" + number(range->first, 9) + ":" + number(range->second, 9) + "]\n" : "[*:*]\n");
    };
    axis("x", axes_.log_x, axes_.x_range);
    axis("y", axes_.log_y, axes_.y_range);
    if (axes_.log_x) text += "set format x '%g'\n";
    if (axes_.equal_scale) text += "set size ratio -1\n";
    if (colours_)
      text += "set cblabel " + quoted(colours_->title) + "\n" + (colours_->log ? "set logscale cb\n" : "") +
              "set cbrange " +
              (colours_->range ? "[" + number(colours_->range->first) + ":" + number(colours_->range->second) + "]\n"
                               : "[*:*]\n");
    if (!categories_.empty()) {
      std::string tics;
      std::size_t longest = 0;
      for (std::size_t i = 0; i < categories_.size(); ++i) {
        tics += (i > 0 ? ", " : "") + quoted(categories_[i]) + " " + std::to_string(i);
        longest = (std::max)(longest, categories_[i].size());
      }
      const bool turned = longest * categories_.size() * static_cast<std::size_t>(columns) > 90;
      text += "set xtics (" + tics + ")" + (turned ? " rotate by -25" : "") + "\nset xrange [-0.6:" +
              number(static_cast<double>(categories_.size()) - 0.4) + "]\n" +
              (axes_.y_range || axes_.log_y ? "" : "set yrange [0:*]\n");
    }
    for (const std::string& decoration : decorations_) text += decoration + "\n";
    text += has_titles ? "set key below center horizontal Left reverse samplen 3.5 width 1 spacing 1.1\n"
                       : "unset key\n";
    for (std::size_t i = 0; i < elements_.size(); ++i) text += (i == 0 ? "plot " : ", \\\n     ") + elements_[i];
    return text + (elements_.empty() ? "plot [1:2][1:2] 3 notitle\n" : "\n");
  }

  Axes axes_;
  int next_style_ = 0, blocks_ = 0;
  std::string data_{};
  std::optional<Colours> colours_{};
  std::vector<std::string> elements_{}, decorations_{}, categories_{};
  std::vector<Bars> bars_{};
  std::vector<Contours> contours_{};
};

}  // namespace lab
