package io.millrace.app.fleet;

import io.millrace.plants.CartPole;
import io.millrace.plants.Pendulum;
import io.millrace.plants.Plant;
import io.millrace.schemas.StreamSpec;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** The plants that can be simulated, of which no two have the same rows. */
public final class Plants {
  private static final List<Supplier<Plant>> ALL = List.of(Pendulum::new, CartPole::new);

  private Plants() {}

  /** Makes the plant whose steps are rows of the stream, if there is one. */
  public static Optional<Supplier<Plant>> of(StreamSpec spec) {
    return ALL.stream().filter(plant -> plant.get().spec(spec.stream()).equals(spec)).findFirst();
  }

  /** What the rows of each plant look like, in a stream of that name. */
  public static List<StreamSpec> specs(String stream) {
    return ALL.stream().map(plant -> plant.get().spec(stream)).toList();
  }
}
