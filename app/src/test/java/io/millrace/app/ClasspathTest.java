package io.millrace.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import org.junit.jupiter.api.Test;

class ClasspathTest {
  @Test
  void oneRocksDbIsOnTheEmbeddedRuntimesClasspath() throws Exception {
    var places =
        Collections.list(
            ClasspathTest.class.getClassLoader().getResources("org/rocksdb/RocksDB.class"));
    assertThat(places)
        .singleElement()
        .satisfies(place -> assertThat(place.toString()).contains("/rocksdbjni-"));
  }
}
