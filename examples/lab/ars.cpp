// SPDX-License-Identifier: MIT
// The founding experiment: residual blocks y = x + λ F(x) with an aggressive λ = 5 and a hard clip, against cautious
// scalings and plain nets. What is compared is here; one run is in ars/train.hpp, what is claimed in ars/claims.hpp.
#include "ars/claims.hpp"
#include "ars/setting.hpp"
#include "ars/train.hpp"
#include "support/lab.hpp"

#include <evomlp/evomlp.hpp>

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

using namespace ars;

namespace {

const std::vector<double> rates{1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2};
bool is_shared(double lr) { return lr == 1e-4 || lr == 1e-3; }

struct Ars {
  static constexpr const char* name = "ars";
  static constexpr const char* about =
      "Aggressive residual scaling: is y = x + 5 F(x) with a clip faster than plain nets, lambda = 0.1 and ReZero? "
      "Lambda, clip, start of the blocks, learning rate and depth, on two circles and two spirals, with many seeds.";

  static constexpr lab::Scale scales[] = {lab::Scale::full};

  static void measure(lab::Run& run) {
    const bool full = run.scale() == lab::Scale::full;
    if (full) run.takes("8 minutes of processor time");
    const Train train{run.setting("samples", run.by_scale(32, 1000))};
    run.setting("data", "two circles, noise 0.1, factor 0.3 (spirals: noise 0.02, 1.5 turns); each seed its own data, "
                        "start and order; as many fresh points");
    run.setting("training", "Adam 0.9 0.999 1e-8, batch 32, 150 epochs (depths 20 and 30: 60)");
    run.setting("networks", "ReLU, width 16, cross-entropy; plain N: N linear layers; lambda: 8 blocks F = ReLU(Wx + "
                            "b) between 2 linear layers, or depth - 2 blocks; He but for blocks' weights at 0.1 x He");
    run.setting("paper", "a reconstruction at a deliberately small rate: width 8, squared error, standardised inputs");
    run.setting("loss", "mean over the epoch's batches, before each step; 1e9: above it or not finite");
    run.setting("epochs to target", text("first epoch with loss <= ", target, "; one more than all: not reached"));
    run.setting("clipped", "share of the elements of all gradients, or updates, that the clip changed; early: epochs 1 "
                           "to 20");
    run.setting("first layer's gradient", "norm of it, in the first step (0) and the mean over an epoch");
    // These choose a model's own rate, and don't count there.
    run.setting("tuning seeds", 5);
    run.seeds(run.by_scale(1, 25));

    constexpr auto none = Clip::none, gradient = Clip::gradient, update = Clip::update;
    auto runs = for_each_net<Plain<8>, Plain<10>, Residual<0>>({"plain 8", "plain 10", "lambda 0"},
                                                               settings({1}, {none, gradient, update}, rates), train);
    const auto add = [&runs](auto more) { runs.insert(runs.end(), more.begin(), more.end()); };
    add(for_each_net<Residual<0.1>, Residual<1>, Residual<5>, Residual<10>, ReZero>(
        {"lambda 0.1", "lambda 1", "lambda 5", "lambda 10", "ReZero"},
        settings({0.1, 1}, {none, gradient, update}, rates), train));
    if (!full) {
      std::erase_if(runs, [&](const auto& one) {
        const Setting& setting = one.setting;
        const bool main = one.name.starts_with("lambda 5") || one.name.starts_with("lambda 1,");
        const bool tuned = main || one.name.starts_with("plain 8") || one.name.starts_with("ReZero, He") ||
                           one.name.starts_with("lambda 0.1, He");
        if (setting.clip == update) return !is_shared(setting.lr) || !one.name.starts_with("lambda 5");
        if (setting.clip == gradient) return !is_shared(setting.lr) || !main;
        return !is_shared(setting.lr) && (!tuned || setting.lr == 3e-4);
      });
      run.left_out("clips but for lambda 1 and 5 at the rates 1e-4 and 1e-3; the rate 3e-4; own rates of plain 10, "
                   "lambda 0, lambda 10 and of lambda 0.1 and ReZero at 0.1 x He (--full has them)");
    }

    // The same run with λ = 1: bit for bit for a power of two.
    const std::vector<Setting> controlled{{.start = 0.1, .lr = 1e-4}, {.start = 0.1, .clip = gradient, .lr = 1e-4}};
    std::vector<Setting> four, like_four, like_five;
    for (Setting setting : controlled) {
      four.push_back(named(setting));
      setting.like = 4;
      like_four.push_back(named(setting));
      setting.like = 5;
      like_five.push_back(named(setting));
    }
    add(for_each_net<Residual<4>>({"lambda 4"}, four, train));
    add(for_each_net<Residual<1>>({"lambda 1"}, like_four, train));
    add(for_each_net<Residual<1>>({"lambda 1"}, like_five, train));

    add(for_each_net<Plain<8>, Plain<10>>({"plain 8", "plain 10"},
                                          settings({1}, {none}, {1e-4, 1e-3}, Data::spirals), train));
    add(for_each_net<Residual<0.1>, Residual<1>, Residual<5>>(
        {"lambda 0.1", "lambda 1", "lambda 5"}, settings({0.1, 1}, {none}, {1e-4, 1e-3}, Data::spirals), train));

    add(for_each_net<Plain<20>, Plain<30>>({"plain 20", "plain 30"},
                                           settings({1}, {none}, {1e-3}, Data::circles, 60), train));
    add(for_each_net<Residual<0.1, 20>, Residual<1, 20>, Residual<0.1, 30>, Residual<1, 30>>(
        {"depth 20 lambda 0.1", "depth 20 lambda 1", "depth 30 lambda 0.1", "depth 30 lambda 1"},
        settings({0.1, 1}, {none}, {1e-3}, Data::circles, 60), train));
    add(for_each_net<Residual<5, 20>, Residual<5, 30>>(
        {"depth 20 lambda 5", "depth 30 lambda 5"},
        settings({0.1, 1}, {none, gradient}, {1e-3}, Data::circles, 60), train));

    const auto paper = settings({0.1}, {none, gradient}, {5e-5}, Data::standardised_circles);
    add(for_each_net<Plain<8, 8>, Residual<1, 10, 8>, Residual<5, 10, 8>>(
        {"paper plain 8", "paper lambda 1", "paper lambda 5"}, paper, train));

    std::vector<int> with_start{0};
    with_start.insert(with_start.end(), shown.begin(), shown.end());
    run.experiments(runs, lab::all({"epochs to target", "fresh loss", "clipped early", "clipped"},
                                   lab::along("loss", shown), lab::along("first layer's gradient", with_start)));
  }

  static lab::Claims judge(const lab::Results& results) { return ars::judge(results); }

  /// Both headlines in one table, then everything. (ReZero starts at the identity, so that its blocks can be He.)
  static void print(const lab::Results& results) {
    for (const auto& [key, value] : results.settings()) std::printf("%s: %s\n", key.c_str(), value.c_str());
    print_head("Blocks at 0.1 x He with the shared rate 1e-4, and He blocks with the shared rate 1e-3");
    for (const Setting& setting : {Setting{.start = 0.1, .lr = 1e-4}, Setting{.lr = 1e-3}})
      for (const char* net : {"plain 8", "plain 10", "lambda 0.1", "lambda 1", "lambda 5", "ReZero"})
        print_row(results, name_of(net, has_small_blocks(net) ? setting : Setting{.lr = setting.lr}));
    print_head("All");
    for (const std::string& one : results.configurations()) print_row(results, one);
  }

  static void draw(const lab::Results& results, lab::Pictures& to) {
    const std::vector<std::string> nets{"plain 8", "lambda 5", "lambda 1", "lambda 0.1", "ReZero", "plain 10"};
    const auto losses = [&](const std::string& title, const Setting& setting) {
      lab::Figure figure({.title = title,
                          .x = "epoch",
                          .y = "training loss (dotted: 0.0397)",
                          .log_x = true,
                          .log_y = true,
                          .x_range = std::pair{1, 150},
                          .y_range = setting.data == Data::spirals ? std::pair{1e-4, 1e1} : std::pair{1e-7, 1e3}});
      for (std::size_t i = 0; i < nets.size(); ++i) {
        Setting one = setting;
        if (!has_small_blocks(nets[i])) one.start = 1;
        if (const std::string run = name_of(nets[i], one); results.has(run))
          figure.line(nets[i], results.curve(run, "loss"), {.index = static_cast<int>(i), .band = i < 2});
      }
      return figure.level(target);
    };
    lab::Figure tuned({.title = "circles, blocks 0.1 x He, each rate (151: not reached)",
                       .x = "learning rate",
                       .y = "epochs to loss 0.0397",
                       .log_x = true,
                       .log_y = true,
                       .x_range = std::pair{8e-5, 4e-2},
                       .y_range = std::pair{1, 200}});
    const auto rate_line = [&](const std::string& title, const std::string& net, double start, int look) {
      std::vector<std::pair<double, std::string>> by_rate;
      for (const double lr : rates) by_rate.emplace_back(lr, name_of(net, {.start = start, .lr = lr}));
      tuned.line(title, results.across(by_rate, "epochs to target"), {.index = look});
    };
    rate_line("plain 8", "plain 8", 1, 0);
    rate_line("lambda 5", "lambda 5", 0.1, 1);
    rate_line("lambda 1", "lambda 1", 0.1, 2);
    rate_line("ReZero", "ReZero", 1, 4);
    rate_line("lambda 5, He", "lambda 5", 1, 6);
    to.save("ars", {losses("circles, blocks 0.1 x He, lr 1e-4", {.start = 0.1, .lr = 1e-4}),
                    losses("circles, blocks He, lr 1e-3", {.lr = 1e-3}), tuned,
                    losses("two spirals, blocks 0.1 x He, lr 1e-4",
                           {.start = 0.1, .lr = 1e-4, .data = Data::spirals})},
            {.columns = 2, .height = 420});
  }

 private:
  /// Whether the start of the blocks is a setting of it.
  static bool has_small_blocks(const std::string& net) { return net.starts_with("lambda"); }

  static void print_head(const char* title) {
    std::printf("\n%s\n%-58s %4s  %-19s  %9s  %9s  %9s  %s\n", title, "", "runs", "epochs to 0.0397", "loss@20",
                "loss@140", "fresh", "clipped early");
  }
  static void print_row(const lab::Results& results, const std::string& one) {
    if (!results.has(one) || !results.has(one, "epochs to target")) return;
    const lab::Quartiles q = results.quartiles(one, "epochs to target");
    const auto cell = [&](const char* figure) {
      return results.has(one, figure) ? lab::number(results.median(one, figure), 3) : std::string("-");
    };
    const std::string epochs = text(q.median, " [", q.lower, ", ", q.upper, "]");
    std::printf("%-58s %4zu  %-19s  %9s  %9s  %9s  %s\n", one.c_str(), results.values(one, "epochs to target").size(),
                epochs.c_str(), cell("loss@20").c_str(), cell("loss@140").c_str(), cell("fresh loss").c_str(),
                cell("clipped early").c_str());
  }
};

}  // namespace

int main(int argc, char** argv) { return lab::main<Ars>(argc, argv); }
