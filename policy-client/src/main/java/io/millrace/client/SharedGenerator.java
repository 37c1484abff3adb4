package io.millrace.client;

import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/** A seeded generator that threads share; on one thread a seed gives the same numbers each time. */
final class SharedGenerator implements RandomGenerator {
  private final RandomGenerator generator;

  SharedGenerator(long seed) {
    generator = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
  }

  @Override
  public synchronized long nextLong() {
    return generator.nextLong();
  }
}
