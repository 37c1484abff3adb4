package io.millrace.app.command;

import com.google.protobuf.InvalidProtocolBufferException;
import io.millrace.app.kafka.TopicReader;
import io.millrace.config.Settings;
import io.millrace.config.StreamOptions;
import io.millrace.schemas.KafkaNames;
import io.millrace.schemas.v1.PolicySnapshot;
import io.millrace.schemas.v1.PolicySnapshotHeader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code millrace policies}. */
@Command(
    name = "policies",
    description = {"Look at the policies that have been published.", ""},
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      PoliciesCommand.ListAll.class,
      PoliciesCommand.Show.class,
      PoliciesCommand.Export.class
    })
final class PoliciesCommand {
  private PoliciesCommand() {}

  /** What a snapshot says of itself, as it is printed. */
  record Description(
      String policyId,
      long revision,
      String created,
      long update,
      long storeManifest,
      long storeRows,
      String algorithm,
      String modelFormat,
      long modelSizeBytes,
      String modelSha256,
      Map<String, Double> metrics,
      Map<String, String> hyperParameters) {
    static Description of(PolicySnapshotHeader header) {
      return new Description(
          header.getPolicyId(),
          header.getRevision(),
          Instant.EPOCH.plus(header.getCreatedTimeMicros(), ChronoUnit.MICROS).toString(),
          header.getUpdate(),
          header.getStorePosition().getManifestSequence(),
          header.getStorePosition().getRows(),
          header.getAlgorithm(),
          header.getModelFormat().name(),
          header.getModelSizeBytes(),
          HexFormat.of().formatHex(header.getModelSha256().toByteArray()),
          new TreeMap<>(header.getMetricsMap()),
          new TreeMap<>(header.getHyperParametersMap()));
    }
  }

  /** Which snapshot: the newest of a policy, or one of its history. */
  static final class Selection {
    @Mixin private ConfigurationOption configuration;

    @Parameters(
        paramLabel = "POLICY",
        arity = "0..1",
        description = "Policy id; may be left out if there is one only.")
    private String policyId;

    @Option(
        names = "--revision",
        paramLabel = "N",
        description = "A revision of its history (default: the newest).")
    private Long revision;

    PolicySnapshot snapshot() throws IOException {
      var settings = configuration.settings();
      var stream = settings.get(StreamOptions.NAME);
      var topic = revision == null ? KafkaNames.policies(stream) : KafkaNames.policyLog(stream);
      var id = policyId == null ? onlyPolicy(settings) : policyId;
      var found =
          newest(
              settings,
              topic,
              header ->
                  header.getPolicyId().equals(id)
                      && (revision == null || header.getRevision() == revision));
      if (found == null) {
        throw new CommandFailure(
            "policy "
                + id
                + (revision == null ? "" : " revision " + revision)
                + " is not on topic "
                + topic);
      }
      return found;
    }

    private static String onlyPolicy(Settings settings) {
      var ids = newestHeaders(settings).keySet();
      if (ids.size() != 1) {
        throw new CommandFailure(
            ids.isEmpty()
                ? "no policy has been published yet"
                : "there are several policies, name one: " + String.join(", ", ids));
      }
      return ids.iterator().next();
    }

    private static PolicySnapshot newest(
        Settings settings, String topic, Predicate<PolicySnapshotHeader> wanted) {
      var newest = new AtomicReference<PolicySnapshot>();
      TopicReader.read(
          settings,
          topic,
          record -> {
            if (record.value() != null) {
              var snapshot = parse(topic, record.offset(), record.value());
              if (wanted.test(snapshot.getHeader())) {
                newest.set(snapshot);
              }
            }
          });
      return newest.get();
    }
  }

  /** {@code millrace policies list}. */
  @Command(
      name = "list",
      description = {"List the newest revision of each policy.", ""})
  static final class ListAll implements Callable<Integer> {
    @Mixin private CommonOptions common;
    @Mixin private ConfigurationOption configuration;

    @Option(names = "--history", description = "List every revision that was ever published.")
    private boolean history;

    @Override
    public Integer call() throws Exception {
      var output = common.output();
      var settings = configuration.settings();
      var descriptions =
          (history ? allHeaders(settings) : List.copyOf(newestHeaders(settings).values()))
              .stream().map(Description::of).toList();
      output.object(descriptions);
      output.line(
          String.format(
              "%-24s  %8s  %-27s  %10s  %10s", "policy", "revision", "created", "update", "rows"));
      for (Description policy : descriptions) {
        output.line(
            String.format(
                Locale.ROOT,
                "%-24s  %8d  %-27s  %10d  %10d",
                policy.policyId(),
                policy.revision(),
                policy.created(),
                policy.update(),
                policy.storeRows()));
      }
      return 0;
    }
  }

  /** {@code millrace policies show}. */
  @Command(
      name = "show",
      description = {"Print what a snapshot says of itself.", ""})
  static final class Show implements Callable<Integer> {
    @Mixin private CommonOptions common;
    @Mixin private Selection selection;

    @Override
    public Integer call() throws Exception {
      var output = common.output();
      var policy = Description.of(selection.snapshot().getHeader());
      output.object(policy);
      output.line("policy            " + policy.policyId());
      output.line("revision          " + policy.revision());
      output.line("created           " + policy.created());
      output.line("update            " + policy.update());
      output.line(
          "store position    manifest "
              + policy.storeManifest()
              + ", "
              + policy.storeRows()
              + " rows");
      output.line("algorithm         " + policy.algorithm());
      output.line("model             " + policy.modelFormat());
      output.line("model size        " + policy.modelSizeBytes() + " bytes");
      output.line("model sha256      " + policy.modelSha256());
      policy
          .metrics()
          .forEach((name, value) -> output.line("metric            " + name + " = " + value));
      policy
          .hyperParameters()
          .forEach((name, value) -> output.line("hyper-parameter   " + name + " = " + value));
      return 0;
    }
  }

  /** {@code millrace policies export}. */
  @Command(
      name = "export",
      description = {"Write a snapshot's ONNX model to a file.", ""})
  static final class Export implements Callable<Integer> {
    @Mixin private CommonOptions common;
    @Mixin private Selection selection;

    @Option(
        names = {"-o", "--output"},
        paramLabel = "FILE",
        required = true,
        description = "Where to write it.")
    private Path file;

    @Override
    public Integer call() throws Exception {
      var output = common.output();
      var snapshot = selection.snapshot();
      Files.write(file, snapshot.getModel().toByteArray());
      var policy = Description.of(snapshot.getHeader());
      Map<String, Object> exported = new LinkedHashMap<>();
      exported.put("file", file.toString());
      exported.put("policyId", policy.policyId());
      exported.put("revision", policy.revision());
      output.object(exported);
      output.line(
          "policy " + policy.policyId() + " revision " + policy.revision() + " written to " + file);
      return 0;
    }
  }

  private static Map<String, PolicySnapshotHeader> newestHeaders(Settings settings) {
    var topic = KafkaNames.policies(settings.get(StreamOptions.NAME));
    Map<String, PolicySnapshotHeader> newest = new TreeMap<>();
    TopicReader.read(
        settings,
        topic,
        record -> {
          if (record.value() != null) {
            var header = parse(topic, record.offset(), record.value()).getHeader();
            newest.put(header.getPolicyId(), header);
          }
        });
    return newest;
  }

  private static List<PolicySnapshotHeader> allHeaders(Settings settings) {
    var topic = KafkaNames.policyLog(settings.get(StreamOptions.NAME));
    List<PolicySnapshotHeader> headers = new ArrayList<>();
    TopicReader.read(
        settings,
        topic,
        record -> headers.add(parse(topic, record.offset(), record.value()).getHeader()));
    return headers;
  }

  private static PolicySnapshot parse(String topic, long offset, byte[] value) {
    try {
      return PolicySnapshot.parseFrom(value);
    } catch (InvalidProtocolBufferException e) {
      throw new CommandFailure(
          "topic " + topic + ", offset " + offset + ": not a policy snapshot", e);
    }
  }
}
