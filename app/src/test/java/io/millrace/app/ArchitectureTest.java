package io.millrace.app;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Dependencies point one way, from what a module is built on to what is built on it. */
class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.millrace");

  /** Module's package → the packages of ours that it may use. */
  private static final Map<String, List<String>> MODULES =
      Map.of(
          "schemas", List.of(),
          "config", List.of("schemas"),
          "broker", List.of(),
          "store", List.of("schemas"),
          "flink", List.of("schemas", "config", "store"),
          "kernels", List.of(),
          "trainer", List.of("schemas", "config", "store", "kernels"),
          "client", List.of("schemas"),
          "datasets", List.of("schemas"),
          "plants", List.of("schemas", "datasets"));

  /** Library's package → the modules that may use it. */
  private static final Map<String, List<String>> LIBRARIES =
      Map.of(
          "org.rocksdb", List.of("store"),
          "org.apache.flink", List.of("flink", "app"),
          "ai.djl", List.of("trainer", "datasets"),
          "jdk.incubator", List.of("kernels"),
          "ai.onnxruntime", List.of("client"),
          "org.tribuo", List.of("trainer"),
          "kafka", List.of("broker"),
          "picocli", List.of("app"),
          "org.snakeyaml", List.of("config"));

  static Stream<String> modules() {
    return MODULES.keySet().stream();
  }

  static Stream<String> libraries() {
    return LIBRARIES.keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("modules")
  void aModuleUsesOnlyWhatItIsBuiltOn(String module) {
    var others =
        Stream.concat(MODULES.keySet().stream(), Stream.of("app", "benchmarks"))
            .filter(other -> !other.equals(module) && !MODULES.get(module).contains(other))
            .map(other -> "io.millrace." + other + "..")
            .toArray(String[]::new);
    noClasses()
        .that()
        .resideInAPackage("io.millrace." + module + "..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(others)
        .check(CLASSES);
  }

  @ParameterizedTest
  @MethodSource("libraries")
  void aLibraryStaysBehindTheModulesThatOwnIt(String library) {
    var owners =
        LIBRARIES.get(library).stream()
            .map(owner -> "io.millrace." + owner + "..")
            .toArray(String[]::new);
    noClasses()
        .that()
        .resideOutsideOfPackages(owners)
        .should()
        .dependOnClassesThat()
        .resideInAPackage(library + "..")
        .check(CLASSES);
  }

  @Test
  void aServiceThatEmbedsTheClientGetsKafkaAndOnnxRuntimeAndNothingElse() {
    classes()
        .that()
        .resideInAPackage("io.millrace.client..")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "java..",
            "io.millrace.client..",
            "io.millrace.schemas..",
            "com.google.protobuf..",
            "org.apache.kafka..",
            "ai.onnxruntime..",
            "org.slf4j..")
        .check(CLASSES);
  }

  @Test
  void packagesDoNotDependOnEachOtherInCircles() {
    slices().matching("io.millrace.(**)").should().beFreeOfCycles().check(CLASSES);
  }
}
