package io.millrace.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.app.configuration.ConfigurationFile;
import io.millrace.config.StreamOptions;
import io.millrace.trainer.TrainerOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** Holds docker-compose.yml against the command and the configuration that it names. */
class ComposeFileTest {
  private static final Path ROOT = Path.of("..");

  private record Service(String name, List<String> command, List<String> mounts) {
    boolean mounts(Path path) {
      return mounts.stream().map(mount -> mount.split(":", -1)[1]).anyMatch(path::startsWith);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Service> ourServices() throws IOException {
    return services().filter(service -> !service.command.isEmpty());
  }

  @ParameterizedTest
  @MethodSource("ourServices")
  void everyServiceOfOursRunsACommandThatThereIs(Service service) {
    var parsed = MillraceCommand.commandLine().parseArgs(service.command.toArray(String[]::new));
    assertThat(parsed.hasSubcommand()).isTrue();
  }

  @ParameterizedTest
  @MethodSource("ourServices")
  void everyFileThatACommandNamesIsInTheImageOrMounted(Service service) throws IOException {
    var image = Files.readString(ROOT.resolve("deploy/Dockerfile"));
    for (String word : service.command) {
      if (word.startsWith("/")) {
        var path = Path.of(word);
        assertThat(service.mounts(path) || image.contains(" " + path.getParent() + "/\n"))
            .as(word)
            .isTrue();
      }
    }
  }

  @Test
  void whatTheConfigurationNamesIsMountedWhereItIsUsed() throws IOException {
    var settings = ConfigurationFile.load(ROOT.resolve("deploy/compose/millrace.yaml"));
    var services = services().toList();
    for (String name : List.of("taskmanager", "jobmanager", "ingest", "trainer")) {
      assertThat(named(services, name).mounts(settings.get(StreamOptions.STORE_PATH)))
          .as(name)
          .isTrue();
    }
    assertThat(named(services, "trainer").mounts(settings.get(TrainerOptions.DIRECTORY))).isTrue();
    assertThat(settings.get(StreamOptions.BOOTSTRAP_SERVERS)).startsWith("kafka:");
  }

  private static Service named(List<Service> services, String name) {
    return services.stream().filter(service -> service.name.equals(name)).findAny().orElseThrow();
  }

  /** All services; those that do not run the millrace command have no command here. */
  private static Stream<Service> services() throws IOException {
    var file =
        (Map<?, ?>)
            new Load(LoadSettings.builder().build())
                .loadFromString(Files.readString(ROOT.resolve("docker-compose.yml")));
    return ((Map<?, ?>) file.get("services"))
        .entrySet().stream()
            .map(
                entry -> {
                  var service = (Map<?, ?>) entry.getValue();
                  boolean ours =
                      String.valueOf(get(service, "image")).startsWith("millrace:")
                          && !service.containsKey("entrypoint");
                  return new Service(
                      (String) entry.getKey(),
                      ours ? texts(get(service, "command")) : List.of(),
                      texts(get(service, "volumes")));
                });
  }

  /** The value of a key, from the merged map ("<<", which YAML 1.2 does not know) if need be. */
  private static Object get(Map<?, ?> service, String key) {
    return service.containsKey(key) ? service.get(key) : ((Map<?, ?>) service.get("<<")).get(key);
  }

  private static List<String> texts(Object list) {
    return ((List<?>) list).stream().map(String::valueOf).toList();
  }
}
