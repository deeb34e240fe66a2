// SPDX-License-Identifier: MIT
// A real table, from its file to a model that another program can use: numbers and categories, some of them missing.
// What turns rows into numbers is fitted on the training part alone, and is saved with the model.
#include <evomlp/evomlp.hpp>

#include <cstdio>
#include <filesystem>
#include <span>
#include <string>
using namespace evomlp;

// 4 numbers, 3 islands, 2 sexes and "not known"
using Net = Sequential<Linear<10, 32>, ReLU, Dropout<0.2>, Linear<32, 3>>;

int main(int argc, char** argv) try {
  const std::string path = argc > 1 ? argv[1] : "examples/data/penguins.csv";
  const std::string file = (std::filesystem::temp_directory_path() / "penguins.safetensors").string();

  const Table penguins = read_csv(path);
  const auto [rest, test_rows] = train_test_split(penguins, {.test_size = 0.25, .stratify = "species", .seed = 1});
  const auto [train_rows, validation_rows] =
      train_test_split(rest, {.test_size = 0.2, .stratify = "species", .seed = 2});

  TableEncoder<float, Labels> encoder({.target = "species"});
  auto train = encoder.fit_transform(train_rows);
  const auto validation = encoder.transform(validation_rows), test = encoder.transform(test_rows);
  train.weights = balanced_weights(train);  // the rarest species counts as much as the others

  Model<Net> model(init::he_normal(), 1);
  const History history = fit(model, train, CrossEntropyLoss{}, AdamW{.lr = 1e-2},
                              {.epochs = 200, .batch_size = 16, .validation = &validation, .seed = 1},
                              ReduceLROnPlateau{.patience = 5}, EarlyStopping{.patience = 20});
  std::printf("%d epochs (%s), best after %d\n", history.epochs(),
              std::string(to_string(history.stop_reason())).c_str(), history.best_epoch() + 1);
  save(model, file, named("encoder", encoder));

  // Elsewhere, another day:
  Model<Net> loaded;
  TableEncoder<float, Labels> its_encoder({});
  load(loaded, file, named("encoder", its_encoder));
  const auto result = evaluate(loaded, its_encoder.transform(test_rows), CrossEntropyLoss{}, ConfusionMatrix{});
  std::printf("test accuracy %.3f on %zu penguins\n", result.accuracy, test.size());
  result.get<ConfusionMatrix>().print(its_encoder.classes());

  const Table found({"island", "bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g", "sex"},
                    {{"Biscoe", "46.1", "NA", "211", "4500", "NA"}});
  const auto label = static_cast<std::size_t>(predict_class(loaded, its_encoder.features(found))(0));
  std::printf("a penguin that somebody measured is a %s\n", its_encoder.classes()[label].c_str());
} catch (const Error& error) {
  return std::fprintf(stderr, "%s\n", error.what()), 1;
}
