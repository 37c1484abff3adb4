package io.millrace.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import io.millrace.schemas.v1.DeadLetter;
import io.millrace.schemas.v1.JournalRecord;
import io.millrace.schemas.v1.PolicySnapshot;
import io.millrace.schemas.v1.StoreManifest;
import io.millrace.schemas.v1.Transition;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * What is on the wire stays readable: {@code golden/fields.txt} lists every field and enum value
 * that ever was, one a line, {@code message number name type}. A line is never changed or taken
 * away; a field that is gone has its number and its name reserved.
 */
class FieldNumbersTest {
  private static final List<FileDescriptor> FILES =
      List.of(
          DeadLetter.getDescriptor().getFile(),
          JournalRecord.getDescriptor().getFile(),
          PolicySnapshot.getDescriptor().getFile(),
          StoreManifest.getDescriptor().getFile(),
          Transition.getDescriptor().getFile());

  private final Map<String, Reservable> holders = new TreeMap<>();
  private final List<String> fields = new ArrayList<>();

  FieldNumbersTest() {
    for (var file : FILES) {
      file.getMessageTypes().forEach(this::add);
      file.getEnumTypes().forEach(this::add);
    }
  }

  @Test
  void coversEveryFile() throws Exception {
    try (var sources = Files.list(Path.of("src/main/protobuf/millrace/v1"))) {
      assertThat(FILES.stream().map(FileDescriptor::getName))
          .containsExactlyInAnyOrderElementsOf(
              sources.map(source -> "millrace/v1/" + source.getFileName()).toList());
    }
  }

  @Test
  void everyFieldIsListed() throws Exception {
    var missing = new ArrayList<>(fields);
    missing.removeAll(listed());
    assertThat(String.join("\n", missing))
        .as("fields that are not in schemas/src/test/resources/golden/fields.txt: append them")
        .isEmpty();
  }

  @Test
  void everyListedFieldIsThereOrReserved() throws Exception {
    for (String line : listed()) {
      if (!fields.contains(line)) {
        String[] parts = line.split(" ", 4);
        Reservable holder = holders.get(parts[0]);
        assertThat(holder).as("%s was removed", parts[0]).isNotNull();
        assertThat(holder.reserves(Integer.parseInt(parts[1]), parts[2]))
            .as("'%s' was changed or removed: expected number and name reserved", line)
            .isTrue();
      }
    }
  }

  @Test
  void noNumberIsListedTwice() throws Exception {
    assertThat(
            listed().stream()
                .map(line -> line.substring(0, line.indexOf(' ', line.indexOf(' ') + 1))))
        .doesNotHaveDuplicates();
  }

  private static List<String> listed() throws IOException {
    try (var in = FieldNumbersTest.class.getResourceAsStream("/golden/fields.txt")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
  }

  private void add(Descriptor message) {
    holders.put(
        message.getFullName(),
        (number, name) -> message.isReservedNumber(number) && message.isReservedName(name));
    for (FieldDescriptor field : message.getFields()) {
      fields.add(
          message.getFullName()
              + " "
              + field.getNumber()
              + " "
              + field.getName()
              + " "
              + type(field));
    }
    message.getNestedTypes().forEach(this::add);
    message.getEnumTypes().forEach(this::add);
  }

  private void add(EnumDescriptor values) {
    holders.put(
        values.getFullName(),
        (number, name) -> values.isReservedNumber(number) && values.isReservedName(name));
    for (var value : values.getValues()) {
      fields.add(values.getFullName() + " " + value.getNumber() + " " + value.getName() + " value");
    }
  }

  private static String type(FieldDescriptor field) {
    String type =
        switch (field.getType()) {
          case MESSAGE -> field.getMessageType().getFullName();
          case ENUM -> field.getEnumType().getFullName();
          default -> field.getType().name().toLowerCase(Locale.ROOT);
        };
    if (field.isRepeated()) {
      return (field.isPacked() ? "packed " : "repeated ") + type;
    }
    return isOptional(field) ? "optional " + type : type;
  }

  private static boolean isOptional(FieldDescriptor field) {
    return field.hasPresence()
        && field.getType() != FieldDescriptor.Type.MESSAGE
        && field.getRealContainingOneof() == null;
  }

  private interface Reservable {
    boolean reserves(int number, String name);
  }
}
